"""Columns shared with the app: what okrseed wrote is put back, what the app added stays (okr, section 2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.merges import keep_added_ids, keep_added_keys, merge_metadata
from tests.okr.tenant_rows import SIZES, WORKSPACES, tenant_rows

KEYS = st.sampled_from(["debug", "theme", "okrseed", "a", "b"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(KEYS, JSON, max_size=4)
IDS = st.lists(st.sampled_from("abcdef"), max_size=6, unique=True)
STAMPS = st.fixed_dictionaries(
    {
        "blueprint": st.just("okr/1"),
        "seed": st.sampled_from(["one", "two"]),
        "size": st.sampled_from(SIZES),
        "as_of": st.sampled_from(["2026-02-11", "2026-11-21"]),
        "calendar": st.sampled_from(["fixed", "rolled"]),
        "workspaces": st.sets(st.sampled_from(WORKSPACES), min_size=1).map(sorted),
    }
)
METADATA = st.builds(lambda stamp: {"okrseed": stamp}, STAMPS)
ADDED = st.dictionaries(st.sampled_from(["billing", "theme"]), JSON, max_size=2)


def stamped(**facts: Any) -> dict[str, Any]:
    stamp = {"blueprint": "okr/1", "seed": "one", "size": "demo", "as_of": "2026-02-11", "calendar": "fixed"}
    return {"okrseed": stamp | {"workspaces": ["sales"]} | facts}


@settings(max_examples=50)
@given(actual=DOCUMENTS | st.none(), desired=DOCUMENTS)
def test_merging_settings_again_changes_nothing(actual: Any, desired: Any) -> None:
    once = keep_added_keys(actual, desired)

    assert keep_added_keys(once, desired) == once


@settings(max_examples=50)
@given(actual=DOCUMENTS, desired=DOCUMENTS)
def test_keys_that_the_app_added_stay_as_they_are(actual: Any, desired: Any) -> None:
    merged = keep_added_keys(actual, desired)

    assert {key: merged[key] for key in actual.keys() - desired.keys()} == {
        key: actual[key] for key in actual.keys() - desired.keys()
    }


@settings(max_examples=50)
@given(actual=DOCUMENTS, desired=st.dictionaries(KEYS, st.integers(), max_size=4))
def test_keys_that_okrseed_wrote_are_put_back(actual: Any, desired: Any) -> None:
    assert keep_added_keys(actual, desired).items() >= desired.items()


def test_keys_that_the_app_added_deeper_down_stay() -> None:
    actual = {"debug": {"rbacInspectorEnabled": False, "traceSql": True}, "theme": "dark"}
    desired = {"debug": {"rbacInspectorEnabled": True}}

    assert keep_added_keys(actual, desired) == {
        "debug": {"rbacInspectorEnabled": True, "traceSql": True},
        "theme": "dark",
    }


@settings(max_examples=50)
@given(desired=DOCUMENTS)
def test_where_there_are_no_settings_the_desired_ones_stand(desired: Any) -> None:
    assert keep_added_keys(None, desired) == desired


@settings(max_examples=50)
@given(actual=IDS | st.none(), desired=IDS | st.none())
def test_merging_the_whitelist_again_changes_nothing(actual: Any, desired: Any) -> None:
    once = keep_added_ids(actual, desired)

    assert keep_added_ids(once, desired) == once


@settings(max_examples=50)
@given(actual=IDS, desired=IDS)
def test_the_whitelist_holds_what_was_there_and_what_is_desired(actual: list[str], desired: list[str]) -> None:
    assert set(keep_added_ids(actual, desired)) == {*actual, *desired}


@settings(max_examples=50)
@given(actual=IDS, desired=IDS)
def test_the_whitelist_names_nobody_twice(actual: list[str], desired: list[str]) -> None:
    merged = keep_added_ids(actual, desired)

    assert len(set(merged)) == len(merged)


@settings(max_examples=50)
@given(actual=IDS)
def test_a_whitelist_is_left_alone_where_none_is_desired(actual: list[str]) -> None:
    assert keep_added_ids(actual, None) == actual


@settings(max_examples=50)
@given(actual=st.builds(lambda added, stamp: added | stamp, ADDED, METADATA) | ADDED | st.none(), desired=METADATA)
def test_merging_metadata_again_changes_nothing(actual: Any, desired: Any) -> None:
    once = merge_metadata(actual, desired)

    assert merge_metadata(once, desired) == once


@settings(max_examples=50)
@given(added=ADDED, before=METADATA, desired=METADATA)
def test_metadata_that_the_app_added_stay(added: Any, before: Any, desired: Any) -> None:
    assert merge_metadata(added | before, desired).items() >= added.items()


@settings(max_examples=50)
@given(before=METADATA, desired=METADATA)
def test_the_stamp_keeps_the_largest_size(before: Any, desired: Any) -> None:
    sizes = [document["okrseed"]["size"] for document in (before, desired)]

    assert merge_metadata(before, desired)["okrseed"]["size"] == max(sizes, key=SIZES.index)


@settings(max_examples=50)
@given(before=METADATA, desired=METADATA)
def test_the_stamp_names_every_workspace_of_its_seed_string_sorted(before: Any, desired: Any) -> None:
    earlier, now = before["okrseed"], desired["okrseed"]
    same = earlier["seed"] == now["seed"]
    wanted = sorted({*now["workspaces"], *(earlier["workspaces"] if same else ())})

    assert merge_metadata(before, desired)["okrseed"]["workspaces"] == wanted


@settings(max_examples=50)
@given(before=METADATA, desired=METADATA)
def test_the_rest_of_the_stamp_is_the_latest(before: Any, desired: Any) -> None:
    merged = merge_metadata(before, desired)["okrseed"]

    assert {key: merged[key] for key in ("blueprint", "seed", "as_of", "calendar")} == {
        key: desired["okrseed"][key] for key in ("blueprint", "seed", "as_of", "calendar")
    }


@settings(max_examples=50)
@given(desired=METADATA)
def test_a_tenant_without_stamp_gets_the_desired_one(desired: Any) -> None:
    assert merge_metadata({"theme": "dark"}, desired) == {"theme": "dark", **desired}


@pytest.mark.parametrize(
    "broken",
    [{"size": 7}, {"size": "huge"}, {"workspaces": None}, {"workspaces": "sales"}, {"seed": None}],
    ids=str,
)
def test_a_broken_stamp_is_repaired(broken: dict[str, Any]) -> None:
    assert merge_metadata(stamped(**broken), stamped()) == stamped()


def test_seeding_one_workspace_after_the_other_stamps_both() -> None:
    documents = [tenant_rows("tiny", workspaces=(name,)).organization.metadata for name in ("support", "sales")]
    merged = merge_metadata(documents[0], documents[1])

    assert merged["okrseed"]["workspaces"] == ["sales", "support"]


@pytest.mark.parametrize(
    ("table", "column"),
    [("organizations", "metadata"), ("organizations", "execOnlyWhitelist"), ("users", "settings")],
)
def test_columns_shared_with_the_app_are_merged(table: str, column: str) -> None:
    assert column in OkrBlueprint().entities()[table].merges
