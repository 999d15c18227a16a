"""What people write in check-ins speaks of their key result, and of where it stands (specification: okr, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import pytest

from okrseed.blueprints.okr.content import KeyResultText, content
from okrseed.blueprints.okr.row_types import CheckIn, KeyResult
from tests.okr.tenant_rows import SEEDS, SIZES, TenantRows, tenant_rows


@pytest.fixture(
    scope="module",
    params=[("full", seed) for seed in SEEDS[1:]] + [("tiny", SEEDS[0])],
    ids=lambda pair: "-".join(pair),
)
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed = request.param
    return tenant_rows(size, seed=seed)


class Told(NamedTuple):
    """A check-in with what was known when it was written."""

    check_in: CheckIn
    before: CheckIn | None
    key_result: KeyResult
    text: KeyResultText
    initiatives: tuple[str, ...]


@cache
def texts() -> dict[tuple[str, str], KeyResultText]:
    """Every written key result, by the titles of its objective and its own."""
    written = content()
    pools = (
        written.tenant,
        written.generic_workspace,
        written.generic_team,
        *written.workspaces.values(),
        *written.teams.values(),
    )
    return {(text.title, part.title): part for pool in pools for text in pool for part in text.key_results}


@lru_cache(maxsize=1)
def told(rows: TenantRows) -> tuple[Told, ...]:
    return tuple(_told(rows))


def _told(rows: TenantRows) -> Iterator[Told]:
    key_results = {row.id: row for row in rows.key_results}
    titles: dict[str, tuple[str, ...]] = {}
    for row in rows.initiatives:
        titles[row.objectiveId or ""] = (*titles.get(row.objectiveId or "", ()), row.title)
    for id, series in rows.series.items():
        objective = rows.objective_of[id]
        text = texts()[objective.title, key_results[id].title]
        for before, check_in in zip([None, *series], series, strict=False):
            yield Told(check_in, before, key_results[id], text, titles[objective.id])


def says(told: Told, kind: str, wording: str | None, naming: str = "") -> bool:
    """Whether the wording is a template of that kind (naming that field), filled with the facts of the check-in."""
    return wording in {
        template.format(
            measure=told.text.measure,
            Measure=told.text.measure[:1].upper() + told.text.measure[1:],
            value=told.text.shown(told.check_in.value),
            before=told.text.shown((told.before or told.check_in).value),
            target=told.text.shown(told.text.target),
            initiative=initiative,
        )
        for template in content().notes[kind]
        if naming in template
        for initiative in told.initiatives
    }


def test_every_check_in_has_a_note(rows: TenantRows) -> None:
    assert [one.key_result.title for one in told(rows) if not one.check_in.note] == []


def test_no_note_has_braces_left_in_it(rows: TenantRows) -> None:
    wordings = [text for row in rows.check_ins for text in (row.note or "", row.blockers or "")]

    assert [text for text in wordings if "{" in text or "}" in text] == []


def test_a_note_names_what_its_key_result_measures_and_the_value(rows: TenantRows) -> None:
    assert [
        one.check_in.note
        for one in told(rows)
        if one.text.measure.lower() not in (one.check_in.note or "").lower()
        or one.text.shown(one.check_in.value) not in (one.check_in.note or "")
    ] == []


def test_the_first_note_tells_of_a_beginning(rows: TenantRows) -> None:
    assert [
        one.check_in.note
        for one in told(rows)
        if one.before is None and one.check_in.value != one.text.target and not says(one, "first", one.check_in.note)
    ] == []


def test_a_value_that_stands_still_is_told_as_such(rows: TenantRows) -> None:
    assert [
        one.check_in.note
        for one in told(rows)
        if one.before
        and one.before.value == one.check_in.value != one.text.target
        and not says(one, "flat", one.check_in.note)
    ] == []


def test_a_value_that_moves_is_told_with_the_one_before(rows: TenantRows) -> None:
    assert [
        one.check_in.note
        for one in told(rows)
        if one.before
        and one.before.value != one.check_in.value != one.text.target
        and not says(one, "moved", one.check_in.note)
    ] == []


def test_a_value_that_comes_to_its_target_is_told_as_done(rows: TenantRows) -> None:
    assert [
        one.check_in.note
        for one in told(rows)
        if one.before
        and one.before.value != one.check_in.value == one.text.target
        and not says(one, "done", one.check_in.note)
    ] == []


def test_no_note_hopes_for_a_target_that_is_reached_already(rows: TenantRows) -> None:
    """At the target, "we need a second lever to get to 75 points" contradicts the value in the same sentence."""
    assert [
        one.check_in.note
        for one in told(rows)
        if one.check_in.value == one.text.target
        and any(says(one, kind, one.check_in.note, naming="{target}") for kind in ("first", "flat"))
    ] == []


def test_blockers_are_those_of_the_key_result(rows: TenantRows) -> None:
    assert [
        one.check_in.blockers
        for one in told(rows)
        if one.check_in.blockers and not says(one, "blocked", one.check_in.blockers)
    ] == []


@pytest.mark.parametrize("size", SIZES)
def test_notes_are_not_all_alike(size: str) -> None:
    notes = [row.note for row in tenant_rows(size).check_ins]

    assert len(set(notes)) > 0.9 * len(notes)


def test_a_series_does_not_repeat_a_note_at_another_value(rows: TenantRows) -> None:
    repeated = []
    for series in rows.series.values():
        notes = {(row.note, row.value) for row in series}
        if len({note for note, _ in notes}) < len(notes):
            repeated.append(series[0].note)

    assert repeated == []
