"""Names become ids and slugs."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.identity import Namespace, slug
from tests.core.properties import pure


@given(st.uuids(), st.text())
@pure
def test_an_id_is_the_uuid5_of_its_name(namespace: uuid.UUID, name: str) -> None:
    assert Namespace(str(namespace)).id(name) == str(uuid.uuid5(namespace, name))


@given(st.lists(st.text(), min_size=2))
@pure
def test_a_namespace_keeps_nothing_of_the_names_before(names: list[str]) -> None:
    namespace = Namespace(str(uuid.NAMESPACE_DNS))
    assert [namespace.id(name) for name in names] == [str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in names]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sales", "sales"),
        ("Enterprise Sales", "enterprise-sales"),
        ("Learning & Development", "learning-development"),
        ("Tier 1 Support", "tier-1-support"),
        ("  padded  ", "padded"),
        ("--dashed--", "dashed"),
        ("a_b.c/d", "a-b-c-d"),
        ("Café Zürich", "caf-z-rich"),
        ("ÉTÉ", "t"),
        ("R&D", "r-d"),
        ("日本", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_lower_case_letters_and_digits_and_joins_them_by_hyphens(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
@pure
def test_a_slug_is_words_joined_by_single_hyphens(name: str) -> None:
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug(name))


@given(st.text())
@pure
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert slug(slug(name)) == slug(name)
