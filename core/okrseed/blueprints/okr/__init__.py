"""The `okr` blueprint: one demo tenant of an OKR platform.

Importing it costs nothing; its tables are made when asked for.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from okrseed.blueprint import (
    Check,
    Entity,
    Environment,
    Key,
    Outline,
    Row,
    Scope,
    Stage,
    Stamp,
    Tenant,
)
from okrseed.blueprints.okr.cycles import cycles_of, in_active_quarter
from okrseed.blueprints.okr.tenant import TenantConfig
from okrseed.selection import Selection

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from okrseed.blueprints.okr.drafts import Drafts
    from okrseed.blueprints.okr.world import World
    from okrseed.definition import Definition, Dialect


PLATFORM, ELSEWHERE = "platform", "elsewhere"
"""The fact of a tenant that the platform's superuser is among the people of another one: there is one, however many
tenants there are."""


def _stage(id: str, title: str, tables: tuple[str, ...], producer: str, **facts: Any) -> Stage:
    return Stage(id, title, tables, producer=methodcaller(producer), **facts)


STAGES = (
    _stage(
        "tenant",
        "Tenant",
        ("organizations",),
        "tenant_rows",
        essential=True,
        critical=True,
        priority=2,
        budget_s=5.0,
        tags=frozenset({"structure"}),
    ),
    _stage(
        "workspaces",
        "Workspaces",
        ("workspaces",),
        "workspace_rows",
        depends_on=("tenant",),
        essential=True,
        priority=1,
        budget_s=10.0,
        tags=frozenset({"structure"}),
    ),
    _stage(
        "teams",
        "Teams",
        ("teams",),
        "team_rows",
        depends_on=("workspaces",),
        essential=True,
        priority=1,
        budget_s=10.0,
        tags=frozenset({"structure"}),
    ),
    _stage(
        "cycles",
        "Cycles",
        ("cycles",),
        "cycle_rows",
        depends_on=("tenant",),
        essential=True,
        budget_s=5.0,
        tags=frozenset({"structure"}),
    ),
    _stage(
        "pillars",
        "Pillars",
        ("strategic_pillars",),
        "pillar_rows",
        depends_on=("tenant",),
        essential=True,
        budget_s=5.0,
        tags=frozenset({"structure"}),
    ),
    _stage(
        "users",
        "Users",
        ("users",),
        "user_rows",
        depends_on=("teams",),
        priority=1,
        budget_s=60.0,
        tags=frozenset({"people"}),
    ),
    _stage(
        "roles",
        "Roles",
        ("role_assignments", "organization_members", "workspace_members", "team_members"),
        "role_rows",
        depends_on=("users",),
        budget_s=60.0,
        tags=frozenset({"people"}),
    ),
    _stage(
        "okrs",
        "OKRs",
        ("objectives", "key_results", "objective_key_results", "initiatives"),
        "okr_rows",
        depends_on=("teams", "users", "cycles", "pillars"),
        priority=1,
        budget_s=120.0,
        tags=frozenset({"okr"}),
    ),
    _stage(
        "check-ins",
        "Check-ins",
        ("check_ins",),
        "check_in_rows",
        depends_on=("okrs",),
        budget_s=60.0,
        tags=frozenset({"okr", "feed"}),
    ),
    _stage(
        "requests",
        "Requests",
        ("check_in_requests", "check_in_responses"),
        "request_rows",
        depends_on=("users",),
        budget_s=60.0,
        tags=frozenset({"people", "feed"}),
    ),
)


class OkrBlueprint:
    """The OKR demo tenant; `config` says whose tenant it is."""

    name = "okr"
    version = "1"
    title = "OKR demo tenant"
    sizes: tuple[str, ...] = ("tiny", "demo", "full")
    seed = "puzzel-cx-demo-seed-2025"
    scope_counts: Mapping[str, str] = {"teams": "teams", "users": "users", "objectives": "OKRs"}
    options: Mapping[str, str] = {"roll_cycles": "roll the cycles to this date"}
    environments: Mapping[str, Environment] = {
        "development": Environment("development", "full"),
        "test": Environment("test", "tiny"),
        "production": Environment("production", "full", essential_only=True),
    }

    def __init__(self, config: TenantConfig | None = None) -> None:
        self.config = config or TenantConfig()
        self.configured = repr(self.config)
        self._drafts: Drafts | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: drafts are drawn anew there, alike."""
        return {**self.__dict__, "_drafts": None}

    def stages(self) -> tuple[Stage, ...]:
        return STAGES

    def metadata(self) -> MetaData:
        from okrseed.blueprints.okr.tables import metadata

        return metadata

    def definition(self, dialect: Dialect) -> Definition:
        from okrseed.blueprints.okr.table_facts import definition

        return definition(dialect)

    def entities(self) -> Mapping[str, Entity]:
        from okrseed.blueprints.okr.entities import entities

        return entities()

    def scopes(self) -> tuple[Scope, ...]:
        return tuple(Scope(workspace.slug, workspace.name) for workspace in self.config.workspaces)

    def tenant(self, number: int = 1) -> Tenant:
        config = self.config
        if number == 1:
            return Tenant(config.slug, config.name)
        facts = {"domain": f"{number}.{config.domain}", PLATFORM: ELSEWHERE}
        return Tenant(f"{config.slug}-{number}", f"{config.name} {number}", facts)

    def world(self, selection: Selection, tenant: Tenant) -> World:
        import dataclasses

        from okrseed.blueprints.okr.world import World

        domain = tenant.facts.get("domain", self.config.domain)
        config = dataclasses.replace(self.config, slug=tenant.slug, name=tenant.title, domain=domain)
        populated = not self.environments[selection.environment].essential_only
        return World(
            config,
            selection,
            self._drafts_for(selection),
            version=self.version,
            populated=populated,
            with_platform=tenant.facts.get(PLATFORM) != ELSEWHERE,
            salt=self.config.slug,
        )

    def _drafts_for(self, selection: Selection) -> Drafts:
        """The drafts of the world before, where this one has the same shape: so it is with many tenants."""
        from okrseed.blueprints.okr.drafts import Drafts, Shape

        rolled = "roll_cycles" in selection.options
        shape = Shape(self.config.workspaces, selection.size, selection.seed, selection.as_of, rolled)
        drafts = self._drafts
        if drafts is None or drafts.shape != shape:
            drafts = self._drafts = Drafts(shape)
        return drafts

    def outline(self, world: World) -> tuple[Outline, ...]:
        from okrseed.blueprints.okr.outline import outline

        return outline(world)

    def checks(self) -> tuple[Check, ...]:
        from okrseed.blueprints.okr.checks import CHECKS

        return CHECKS

    def stamp(self, row: Row) -> Stamp | None:
        """What `organizations.metadata.okrseed` says; None for a row without it, or with one that makes no sense."""
        document = row[self.entities()["organizations"].positions["metadata"]]
        stamp = document.get("okrseed") if isinstance(document, dict) else None
        if not isinstance(stamp, dict):
            return None
        try:
            as_of = datetime.date.fromisoformat(stamp["as_of"]).isoformat()
            return Stamp(
                seed=str(stamp["seed"]),
                size=str(stamp["size"]),
                as_of=as_of,
                scopes=tuple(str(name) for name in stamp["workspaces"]),
                options=frozenset({"roll_cycles"} if stamp["calendar"] == "rolled" else ()),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def recognise(self, tenant: Tenant, present: Mapping[str, Sequence[Row]]) -> Mapping[str, frozenset[Key]]:
        from okrseed.blueprints.okr.ownership import recognise

        return recognise(present)

    def recover(self, slug: str, present: Mapping[str, Sequence[Any]]) -> Tenant:
        """The domain is that of the founder, whose id is named by the e-mail."""
        from okrseed.blueprints.okr.identities import user_id

        emails = (row.email for row in present["users"] if row.id == user_id(row.email))
        domains = (email.removeprefix("founder@") for email in emails if email.startswith("founder@"))
        domain = next(domains, None)
        return Tenant(slug, slug, {} if domain is None else {"domain": domain})

    def suggested_options(self, selection: Selection) -> frozenset[str]:
        return frozenset({"roll_cycles"} if self.notes(selection) else ())

    def notes(self, selection: Selection) -> tuple[str, ...]:
        cycles = cycles_of(selection.as_of, rolled="roll_cycles" in selection.options)
        if selection.mode.value == "purge" or in_active_quarter(selection.as_of, cycles):
            return ()
        active = " and ".join(cycle.quarter.name for cycle in cycles if cycle.status == "ACTIVE")
        return (
            f"as-of {selection.as_of.isoformat()} lies outside the active quarters {active};"
            " --roll-cycles moves the calendar there",
        )
