"""The written objectives keep the rules of the content format (specification: okr, section 5)."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.okr.tenant_rows import tenant_rows
from tests.okr.written import FILES, OWN, Pool, document, initiatives, key_results, pools, texts

EACH_POOL = pytest.mark.parametrize("pool", pools(), ids=str)
WRITTEN = [file for file in FILES if file not in ("names", "notes")]
SHORT_EXCEPTION = "Improve Customer Satisfaction"
OBJECTIVE_KEYS = ["title", "description", "key_results", "initiatives"]
KEY_RESULT_KEYS = ["title", "measure", "metric", "unit", "start", "target"]
# Objectives used per cycle at the largest size; the pool must hold more, so that neighbouring quarters differ.
USED = {"tenant": 7, "workspace": 3}


def numbers(title: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", title)]


def steps(entry: dict[str, Any]) -> int:
    """Steps of the precision in which start and target are written."""
    written = [len(str(entry[end]).partition(".")[2]) for end in ("start", "target") if isinstance(entry[end], float)]
    decimals: int = entry.get("decimals", max(written, default=0))
    scale: int = 10**decimals
    way: float = abs(entry["target"] - entry["start"])
    return round(way * scale)


@EACH_POOL
def test_there_is_more_than_one_cycle_needs(pool: Pool) -> None:
    assert len(pool.objectives) > USED.get(pool.scope, 2)


@pytest.mark.parametrize("file", OWN)
def test_every_team_of_the_default_tenant_has_objectives_of_its_own(file: str) -> None:
    rows = tenant_rows("tiny")
    (workspace,) = [row.id for row in rows.workspaces if row.name.lower() == file]
    names = [re.sub("[^a-z0-9]+", "-", row.name.lower()) for row in rows.teams if row.workspaceId == workspace]

    assert sorted(document(file)["teams"]) == sorted(names)


@EACH_POOL
def test_an_objective_has_exactly_the_keys_of_the_format_in_order(pool: Pool) -> None:
    extra = {"pillar", "quarter"} if pool.scope == "tenant" else set()

    assert [one["title"] for one in pool.objectives if [key for key in one if key not in extra] != OBJECTIVE_KEYS] == []


@EACH_POOL
def test_an_objective_has_four_key_results_and_three_initiatives(pool: Pool) -> None:
    assert {(len(one["key_results"]), len(one["initiatives"])) for one in pool.objectives} == {(4, 3)}


@EACH_POOL
def test_a_key_result_has_exactly_the_keys_of_the_format_in_order(pool: Pool) -> None:
    allowed = (KEY_RESULT_KEYS, [*KEY_RESULT_KEYS, "decimals"])

    assert [one["title"] for one in key_results(pool) if list(one) not in allowed] == []


@EACH_POOL
def test_an_initiative_has_exactly_the_keys_of_the_format_in_order(pool: Pool) -> None:
    assert {tuple(one) for one in initiatives(pool)} == {("title", "moves", "description")}


@EACH_POOL
def test_the_metric_agrees_with_start_and_target(pool: Pool) -> None:
    agrees = {
        "INCREASE": lambda start, target: start < target,
        "REACH": lambda start, target: start < target,
        "DECREASE": lambda start, target: start > target,
        "MAINTAIN": lambda start, target: start == 0 < target,
    }

    assert [one["title"] for one in key_results(pool) if not agrees[one["metric"]](one["start"], one["target"])] == []


@EACH_POOL
def test_the_way_holds_at_least_eight_steps(pool: Pool) -> None:
    assert [one["title"] for one in key_results(pool) if steps(one) < 8] == []


@EACH_POOL
def test_the_title_of_a_key_result_names_its_target(pool: Pool) -> None:
    assert [one["title"] for one in key_results(pool) if one["target"] not in numbers(one["title"])] == []


@EACH_POOL
def test_the_title_of_a_rise_or_fall_names_its_start(pool: Pool) -> None:
    moving = [one for one in key_results(pool) if one["metric"] in ("INCREASE", "DECREASE")]

    assert [one["title"] for one in moving if one["start"] not in numbers(one["title"])] == []


@EACH_POOL
def test_a_key_result_in_percent_says_so_in_its_title(pool: Pool) -> None:
    percent = [one for one in key_results(pool) if one["unit"] == "%"]

    assert [one["title"] for one in percent if not re.search(rf"{one['target']} %", one["title"])] == []


@EACH_POOL
def test_the_first_word_of_a_title_agrees_with_the_metric(pool: Pool) -> None:
    up, down = {"Raise", "Increase", "Lift", "Grow"}, {"Cut", "Reduce", "Lower", "Shorten", "Decrease"}
    wrong = {"INCREASE": down, "REACH": down, "MAINTAIN": up | down, "DECREASE": up}

    assert [one["title"] for one in key_results(pool) if one["title"].split()[0] in wrong[one["metric"]]] == []


@EACH_POOL
def test_units_are_named(pool: Pool) -> None:
    assert [one["title"] for one in key_results(pool) if not one["unit"].strip()] == []


@EACH_POOL
def test_a_measure_reads_on_in_a_sentence(pool: Pool) -> None:
    """Lower case unless an abbreviation, no full stop, no verb of change at its head."""
    bad = r"[A-Z][a-z]|.*\.$|(raise|cut|reduce|increase|lift|lower|reach|keep|hold)\b"

    assert [one["measure"] for one in key_results(pool) if re.match(bad, one["measure"])] == []


def test_about_one_key_result_in_ten_is_maintained() -> None:
    metrics = Counter(one["metric"] for pool in pools() for one in key_results(pool))

    assert 0.05 <= metrics["MAINTAIN"] / metrics.total() <= 0.15


@EACH_POOL
def test_the_first_two_initiatives_move_the_first_two_key_results(pool: Pool) -> None:
    moves = [[one["moves"] for one in objective["initiatives"]] for objective in pool.objectives]

    assert [
        places for places in moves if not (places[0] in (1, 2) and places[1] in (1, 2) and 1 <= places[2] <= 4)
    ] == []


@EACH_POOL
def test_objectives_have_four_to_nine_words(pool: Pool) -> None:
    titles = [one["title"] for one in pool.objectives if one["title"] != SHORT_EXCEPTION]

    assert [title for title in titles if not 4 <= len(title.split()) <= 9] == []


@EACH_POOL
def test_titles_of_key_results_and_initiatives_have_at_most_seventy_characters(pool: Pool) -> None:
    assert [one["title"] for one in (*key_results(pool), *initiatives(pool)) if len(one["title"]) > 70] == []


@EACH_POOL
def test_titles_start_with_a_capital_and_end_without_a_full_stop(pool: Pool) -> None:
    titles = [one["title"] for one in (*pool.objectives, *key_results(pool), *initiatives(pool))]

    assert [title for title in titles if not re.fullmatch(r"[A-Z].*[^.!?:;,\s]", title)] == []


@EACH_POOL
def test_an_objective_is_described_in_one_or_two_sentences(pool: Pool) -> None:
    described = [one["description"] for one in pool.objectives]

    assert [
        text for text in described if not re.fullmatch(r"[A-Z][^.!?]*(?:\.\d[^.!?]*)*\.( [A-Z][^.!?]*\.)?", text)
    ] == []


@EACH_POOL
def test_an_initiative_is_described_in_one_sentence(pool: Pool) -> None:
    assert [
        one["description"] for one in initiatives(pool) if not re.fullmatch(r"[A-Z][^.!?]+\.", one["description"])
    ] == []


@pytest.mark.parametrize("file", WRITTEN)
@pytest.mark.parametrize("part", ["objectives", "key_results", "initiatives"])
def test_no_title_is_used_twice_in_a_file(file: str, part: str) -> None:
    own = [pool for pool in pools() if pool.file == file]
    parts = {"objectives": lambda pool: pool.objectives, "key_results": key_results, "initiatives": initiatives}
    titles = Counter(one["title"] for pool in own for one in parts[part](pool))

    assert [title for title, count in titles.items() if count > 1] == []


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "forbidden",
    [
        r"(?i)lorem|ipsum|TODO|TBD|FIXME|placeholder|example\.com|\bxxx?\b",
        r"\bQ[1-4]\b|\b(19|20)\d\d\b",
        r"[“”„‘’–—…]",
        r"[\U0001F000-\U0001FFFF\u2600-\u27BF]",
        r"\d%",
        r"  |^\s|\s$|\t|\n",
        r"<[a-z]+>|\[\w+\]|\$\w|%s|%\(",
    ],
    ids=["placeholder", "quarter or year", "typographic mark", "emoji", "unspaced percent", "stray space", "template"],
)
def test_no_text_holds_what_the_format_forbids(file: str, forbidden: str) -> None:
    own = dict(document(file))
    if file == "tenant":
        own["tenant"] = [{key: text for key, text in one.items() if key != "quarter"} for one in own["tenant"]]

    assert [text for text in texts(own) if re.search(forbidden, text)] == []


@pytest.mark.parametrize("file", WRITTEN)
def test_no_text_holds_braces(file: str) -> None:
    assert [text for text in texts(document(file)) if re.search("[{}]", text)] == []


def test_the_pillars_are_described_and_coloured() -> None:
    pillars = document("tenant")["pillars"]

    assert [
        one["name"] for one in pillars if not re.fullmatch("#[0-9a-f]{6}", one["color"]) or not one["description"]
    ] == []


def test_every_tenant_objective_stands_on_one_of_the_pillars() -> None:
    names = {one["name"] for one in document("tenant")["pillars"]}

    assert {one["pillar"] for one in document("tenant")["tenant"]} == names


def test_only_the_golden_objective_is_written_for_one_quarter() -> None:
    assert [(one["title"], one["quarter"]) for one in document("tenant")["tenant"] if "quarter" in one] == [
        (SHORT_EXCEPTION, "Q4 2025")
    ]
