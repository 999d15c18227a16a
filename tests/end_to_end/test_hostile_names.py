"""Names made to break things are data: they come back as they were written, and change nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.database import Database, connect
from tests.end_to_end.program import Outcome, call, purge, run

HOSTILE = (
    "'; DROP TABLE users; --",
    'a "quoted" name',
    "back\\slash \\n \\x1b",
    "100 %s %(name)s %% {0} {name} ${HOME}",
    "[bold]markup[/bold] [/] [@click=app.quit]x[/]",
    "$1 $$ :name ? NULL \\N \\.",
    "<b>&amp;</b> `code` | cell | *star* # title",
    "日本 — Zoë 🎉 e\u0301 x\xa0y\u3000z",
)


def configuration(name: str) -> str:
    """A tenant with this name for everything that has one."""
    # JSON's texts are TOML's, as long as no pair of surrogates is needed.
    text = json.dumps(name, ensure_ascii=False)
    return (
        f"[okr]\nname = {text}\nslug = {text}\npillars = [{text}]\n"
        f"[[okr.workspaces]]\nname = {json.dumps(name + ' A', ensure_ascii=False)}\n"
        f"teams = [{json.dumps(name + ' T', ensure_ascii=False)}]\nleads = 2\nteam_leads = 1\nmembers = 2\n"
    )


@pytest.fixture
def database(database_url: str) -> Database:
    """An empty database of each kind."""
    return connect(database_url)


def succeeded(outcome: Outcome) -> Outcome:
    assert outcome.exit == 0, outcome.err
    assert outcome.out.replace("\n", "").isprintable() or "\xa0" in outcome.out
    return outcome


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_data(database: Database, name: str) -> None:
    Path("okrseed.toml").write_text(configuration(name), encoding="utf-8")

    succeeded(run(database.url, "--size", "tiny", "--create-schema"))
    written = {
        (column, table): {row[column] for row in database.table(table).values()}
        for table, column in (
            ("organizations", "slug"),
            ("organizations", "name"),
            ("workspaces", "name"),
            ("teams", "name"),
            ("strategic_pillars", "name"),
        )
    }
    again = succeeded(run(database.url, "--size", "tiny"))
    verified = succeeded(call("verify", "--json", "--database", database.url))
    as_text = succeeded(call("plan", "--database", database.url, "--size", "tiny", "--report", "report.md"))
    purged = succeeded(purge(database.url, "--tenant", name, "--yes"))

    assert written == {
        ("slug", "organizations"): {name},
        ("name", "organizations"): {name},
        ("name", "workspaces"): {f"{name} A"},
        ("name", "teams"): {f"{name} T"},
        ("name", "strategic_pillars"): {name},
    }
    assert (again.totals["created"], again.totals["updated"], again.document["plan"]["tenant"]) == (0, 0, name)
    assert verified.document["failed"] == 0
    assert as_text.out.startswith(f"{name} on ")
    assert f"`{name}`" in Path("report.md").read_text(encoding="utf-8")
    assert purged.totals["deleted"] > 0
    assert set(database.counts().values()) == {0}


@pytest.mark.parametrize("schema", ["x'; DROP TABLE users; --", 'a"b', "a\\b", "pg_catalog; select 1"])
def test_a_hostile_schema_in_the_url_is_a_name(postgres_url: str, schema: str) -> None:
    from urllib.parse import quote

    outcome = run(f"{postgres_url}?schema={quote(schema, safe='')}", "--create-schema", "--size", "tiny")

    assert (outcome.exit, outcome.error["code"]) == (4, "no_schema")
    assert repr(schema) in outcome.error["message"]


def test_a_database_name_that_looks_like_connection_parameters_is_a_name(postgres_url: str) -> None:
    """libpq expands one in some of its functions: it would lead from the closed port shown to a real server."""
    from urllib.parse import quote

    for name in (postgres_url, postgres_url.replace("postgresql://", "host=127.0.0.1 user=").replace("@", " x=")):
        outcome = run(f"postgresql://okrseed@127.0.0.1:1/{quote(name, safe='')}", "--create-schema")

        assert (outcome.exit, outcome.error["code"]) == (3, "no_connection")
        assert "127.0.0.1:1/" in outcome.error["message"]


@pytest.mark.parametrize("slug", ["\udcff", "x" * 100_000, "\x1b[31m", "' OR 1=1 --", "%"])
def test_a_hostile_slug_to_purge_is_refused(database: Database, slug: str) -> None:
    succeeded(run(database.url, "--size", "tiny", "--create-schema", "--no-verify"))
    before = database.counts()

    outcome = purge(database.url, "--tenant", slug, "--yes")

    assert outcome.exit in (2, 4)
    assert "Nothing was written." in outcome.told
    assert "\x1b" not in outcome.out + outcome.err
    assert len(outcome.err) < 30_000
    assert database.counts() == before
