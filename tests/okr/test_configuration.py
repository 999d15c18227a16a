"""A configuration table gives a blueprint, or an error that names the key (specification: okr, section 4)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.configuration import blueprint
from okrseed.errors import Exit, UsageError
from tests.okr.tenant_rows import SIZES, TABLES, TenantRows, selection_for

TEAMS = ["Contracts", "Compliance"]


def workspace(**facts: Any) -> dict[str, Any]:
    return {"name": "Legal", "teams": TEAMS, **facts}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"nmae": "Harbour"}, "okr.nmae"),
    ({"name": 5}, "okr.name"),
    ({"name": ""}, "okr.name"),
    ({"name": "   "}, "okr.name"),
    ({"name": "a" * 201}, "okr.name"),
    ({"name": "line\nbreak"}, "okr.name"),
    ({"name": "\x1b[31m"}, "okr.name"),
    ({"slug": "acme\u202e"}, "okr.slug"),
    ({"domain": "acme\u200b.example"}, "okr.domain"),
    ({"pillars": ["Growth", "\x9b"]}, "okr.pillars[1]"),
    ({"workspaces": [workspace(teams=["Contracts", "\ud800"])]}, "okr.workspaces[0].teams[1]"),
    ({"pillars": [f"pillar {number}" for number in range(1_001)]}, "okr.pillars"),
    ({"slug": True}, "okr.slug"),
    ({"domain": ["harbour.example"]}, "okr.domain"),
    ({"pillars": "Growth"}, "okr.pillars"),
    ({"pillars": []}, "okr.pillars"),
    ({"pillars": ["Growth", 7]}, "okr.pillars[1]"),
    ({"workspaces": {}}, "okr.workspaces"),
    ({"workspaces": []}, "okr.workspaces"),
    ({"workspaces": ["Legal"]}, "okr.workspaces[0]"),
    ({"workspaces": [workspace(), {"name": "Finance"}]}, "okr.workspaces[1]"),
    ({"workspaces": [{"teams": TEAMS}]}, "okr.workspaces[0]"),
    ({"workspaces": [workspace(name=1)]}, "okr.workspaces[0].name"),
    ({"workspaces": [workspace(teams="Contracts")]}, "okr.workspaces[0].teams"),
    ({"workspaces": [workspace(teams=[])]}, "okr.workspaces[0].teams"),
    ({"workspaces": [workspace(teams=["Contracts", ""])]}, "okr.workspaces[0].teams[1]"),
    ({"workspaces": [workspace(head=1)]}, "okr.workspaces[0].head"),
    ({"workspaces": [workspace(members="many")]}, "okr.workspaces[0].members"),
    ({"workspaces": [workspace(members=0)]}, "okr.workspaces[0].members"),
    ({"workspaces": [workspace(members=-3)]}, "okr.workspaces[0].members"),
    ({"workspaces": [workspace(members=2.5)]}, "okr.workspaces[0].members"),
    ({"workspaces": [workspace(members=True)]}, "okr.workspaces[0].members"),
    ({"workspaces": [workspace(leads=10_001)]}, "okr.workspaces[0].leads"),
    ({"workspaces": [workspace(team_leads=datetime.date(2026, 1, 1))]}, "okr.workspaces[0].team_leads"),
]
COLLIDING: list[tuple[dict[str, Any], str]] = [
    ({"workspaces": [workspace(), workspace(teams=["Privacy"])]}, "legal"),
    ({"workspaces": [workspace(name="Legal!"), workspace(teams=["Privacy"])]}, "legal"),
    ({"workspaces": [workspace(teams=["R&D", "r d"])]}, "r-d"),
    ({"workspaces": [workspace(), workspace(name="Finance", teams=["Contracts"])]}, "contracts"),
    ({"pillars": ["Growth", "Growth"]}, "Growth"),
]
UNUSABLE: list[dict[str, Any]] = [
    {"workspaces": [workspace(name="日本")]},
    {"workspaces": [workspace(teams=["!!!"])]},
    {"workspaces": [workspace(leads=1)]},
]


@pytest.mark.parametrize(("table", "key"), BAD, ids=[key for _, key in BAD])
def test_a_bad_value_is_an_error_that_names_its_key(table: dict[str, Any], key: str) -> None:
    with pytest.raises(UsageError) as caught:
        blueprint(table)

    assert key in caught.value.message


@pytest.mark.parametrize("character", ["\n", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800"])
def test_a_character_that_cannot_be_shown_is_named_and_not_repeated(character: str) -> None:
    with pytest.raises(UsageError) as caught:
        blueprint({"name": f"Acme{character}"})

    assert f"U+{ord(character):04X}" in caught.value.message
    assert character not in caught.value.message


@pytest.mark.parametrize(("table", "name"), COLLIDING, ids=[name for _, name in COLLIDING])
def test_names_that_would_give_two_rows_one_identity_are_an_error(table: dict[str, Any], name: str) -> None:
    with pytest.raises(UsageError) as caught:
        blueprint(table)

    assert name.lower() in caught.value.message.lower()


@pytest.mark.parametrize("table", UNUSABLE, ids=["workspace without slug", "team without slug", "one lead"])
def test_what_cannot_be_seeded_is_an_error(table: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        blueprint(table)


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        blueprint({"pilars": []})

    assert "'pillars'" in caught.value.hint


def test_a_bad_configuration_exits_as_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        blueprint({"name": 5})

    assert caught.value.exit is Exit.USAGE


SCALARS = st.one_of(
    st.text(max_size=8),
    st.integers(-5, 20_000),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
TOML: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["Legal", "Finance", "Sales", "Enterprise Sales", "R&D", "日本", "", "a", "Ünïcode Team"])
NEAR_MISSES = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES | TOML,
        "slug": NAMES | TOML,
        "domain": NAMES | TOML,
        "pillars": st.lists(NAMES | TOML, max_size=4) | TOML,
        "workspaces": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "name": NAMES | TOML,
                    "teams": st.lists(NAMES | TOML, max_size=4) | TOML,
                    "leads": TOML,
                    "team_leads": TOML,
                    "members": TOML,
                },
            )
            | TOML,
            max_size=3,
        )
        | TOML,
    },
)


@given(table=NEAR_MISSES | st.dictionaries(st.text(max_size=12), TOML, max_size=4))
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_gives_a_blueprint_or_a_usage_error(table: dict[str, Any]) -> None:
    made: object
    try:
        made = blueprint(table)
    except UsageError as error:
        made = error

    assert isinstance(made, OkrBlueprint | UsageError)


PROPER_NAMES = st.sampled_from(["Legal", "Finance", "Fleet", "Sales", "Research", "Care", "Design", "Harbour", "Crew"])


@st.composite
def workspaces_of_ones_own(draw: st.DrawFn, place: int) -> dict[str, Any]:
    """A workspace as a user may well write it; its names are told apart from other workspaces by their place."""
    table: dict[str, Any] = {
        "name": f"{draw(PROPER_NAMES)} {place}",
        "teams": [f"{name} {place}" for name in draw(st.lists(PROPER_NAMES, min_size=1, max_size=5, unique=True))],
    }
    for count, most in (("leads", 6), ("team_leads", 8), ("members", 15)):
        number = draw(st.none() | st.integers(1, most))
        if number is not None:
            table[count] = number
    return table


USABLE = st.fixed_dictionaries(
    {"workspaces": st.tuples(*(workspaces_of_ones_own(place) for place in (1, 2))).map(list)},
    optional={"pillars": st.lists(PROPER_NAMES, min_size=1, max_size=6, unique=True)},
)


@given(table=USABLE, size=st.sampled_from(SIZES))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_a_table_that_is_accepted_can_be_seeded_whole(table: dict[str, Any], size: str) -> None:
    """Every row is produced, and none twice."""
    try:
        made = blueprint(table)
    except UsageError:
        return
    rows = TenantRows(made, selection_for(size, blueprint=made))

    assert [name for name in TABLES if not 0 < len(rows.table(name)) == len(rows.ids(name))] == []
