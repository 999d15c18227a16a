"""Everything that is settled before the first row: tables, projections, rights, the tenant's stamp, ownership."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from okrseed.blueprint import Blueprint, Entity, Stage, Stamp, Tenant, stage_graph
from okrseed.errors import DatabaseFailure, Refused
from okrseed.graph import Graph
from okrseed.ownership import Ownership
from okrseed.plan import Plan, PlanBuilder, empty_plan
from okrseed.reading import TenantReader
from okrseed.removal import Removal, survey_removal
from okrseed.selection import Mode, Selection
from okrseed.survey import Surveyor
from okrseed.targets import Session, Target
from okrseed.targets.schema import (
    Catalogue,
    Projection,
    Right,
    missing_rights,
    missing_tables,
    project,
)

INSUFFICIENT_PRIVILEGE = "42501"


@dataclass(frozen=True)
class Prepared:
    """A selection made ready for one target; holds no rows beyond what the reader remembers."""

    blueprint: Blueprint
    selection: Selection
    target: Target
    tenant: Tenant
    entities: Mapping[str, Entity]
    stages: Mapping[str, Stage]
    graph: Graph
    catalogue: Catalogue
    projections: Mapping[str, Projection]
    stamp: Stamp | None
    reader: TenantReader
    ownership: Ownership
    surveyor: Surveyor
    missing: tuple[str, ...]
    world: object

    def builder(self) -> PlanBuilder:
        """Folds surveys into the plan document of this selection."""
        notes = list(self.blueprint.notes(self.selection))
        if self.selection.mode is Mode.RESET:
            kept = [f"{name}.{column}" for name, entity in self.entities.items() for column in sorted(entity.preserved)]
            notes.append(f"a reset deletes first, so what only the app writes is lost: {', '.join(kept)}")
        if self.missing:
            notes.append(f"{len(self.missing)} tables do not exist yet and will be created")
        empty: Plan = empty_plan(
            blueprint=self.blueprint.name,
            target=self.target.address.label,
            tenant=self.tenant.slug,
            selection=self.selection,
            stages=[(stage, self.stages[stage].title, self.stages[stage].tables) for stage in self.graph.order()],
            notes=tuple(notes),
            missing_tables=self.missing,
        )
        return PlanBuilder(empty, self.entities)

    def removal(self, session: Session) -> Removal:
        """What a purge would delete, and what stands against it."""
        return survey_removal(session, self.entities, self.catalogue, self.reader, self.ownership, self.stamp)


def create_schema(session: Session, blueprint: Blueprint) -> list[str]:
    """Create the blueprint's tables that do not exist yet, in one transaction; returns their names.

    Raises Refused where the user may not create tables (SQLSTATE 42501).
    """
    try:
        with session.transaction():
            return session.create(blueprint.metadata())
    except DatabaseFailure as failure:
        if failure.sqlstate != INSUFFICIENT_PRIVILEGE:
            raise
        raise Refused(
            f"the database user may not create tables: {failure.message}",
            code="missing_rights",
            hint="Let a user with the right to create tables run okrseed schema create once.",
        ) from failure


def prepare(
    session: Session,
    target: Target,
    blueprint: Blueprint,
    selection: Selection,
    *,
    writing: bool,
    may_create: bool = False,
    any_seed: bool = False,
    tenant: Tenant | None = None,
) -> Prepared:
    """Inspect the target and settle how the selection is read and (`writing`) written there. Writes nothing itself.

    Raises Refused for missing tables (unless `may_create`), an unsuitable schema, missing rights, another seed string
    in the tenant's stamp (unless `any_seed`).
    """
    entities = blueprint.entities()
    catalogue = session.inspect(list(entities))
    missing = missing_tables(entities.values(), catalogue)
    if missing and not may_create:
        raise _no_tables(missing, catalogue)
    present = [entity for entity in entities.values() if entity.name in catalogue.tables]
    projections = project(present, catalogue)
    _check_rights(selection.mode if writing else Mode.DRY_RUN, catalogue)
    tenant = tenant or blueprint.tenant()
    reader = TenantReader(entities, projections, tenant)
    stamp = _stamp(session, blueprint, reader, entities)
    if not any_seed:
        _check_seed(selection, tenant, stamp)
    ownership = Ownership(blueprint, selection, tenant, stamp)
    return Prepared(
        blueprint=blueprint,
        selection=selection,
        target=target,
        tenant=tenant,
        entities=entities,
        stages={stage.id: stage for stage in blueprint.stages()},
        graph=stage_graph(blueprint),
        catalogue=catalogue,
        projections=projections,
        stamp=stamp,
        reader=reader,
        ownership=ownership,
        surveyor=Surveyor(entities, projections, reader, ownership, selection),
        missing=tuple(missing),
        world=blueprint.world(selection, tenant),
    )


def _stamp(
    session: Session, blueprint: Blueprint, reader: TenantReader, entities: Mapping[str, Entity]
) -> Stamp | None:
    root = next((entity for entity in entities.values() if entity.root is not None), None)
    if root is None:
        return None
    rows = reader.within(session, root.name)
    return next((stamp for row in rows.values() if (stamp := blueprint.stamp(row)) is not None), None)


def _check_seed(selection: Selection, tenant: Tenant, stamp: Stamp | None) -> None:
    if stamp is None or selection.mode.deletes or stamp.seed == selection.seed:
        return
    raise Refused(
        f"the tenant {tenant.slug} was seeded with the seed string {stamp.seed!r}, not {selection.seed!r}",
        code="another_seed",
        hint=f"Use --seed {stamp.seed!r}, or run --mode reset to start again.",
    )


def _check_rights(mode: Mode, catalogue: Catalogue) -> None:
    needed: dict[Mode, tuple[Right, ...]] = {
        Mode.DRY_RUN: ("SELECT",),
        Mode.FULL: ("SELECT", "INSERT", "UPDATE"),
        Mode.INCREMENTAL: ("SELECT", "INSERT"),
        Mode.PURGE: ("SELECT", "DELETE"),
        Mode.RESET: ("SELECT", "INSERT", "UPDATE", "DELETE"),
    }
    missing = missing_rights(catalogue, needed[mode])
    if missing:
        raise Refused(
            f"the database user lacks rights: {', '.join(missing)}",
            code="missing_rights",
            hint="Grant them to the user in the URL, or use another user.",
        )


def _no_tables(missing: list[str], catalogue: Catalogue) -> Refused:
    if not catalogue.tables:
        return Refused(
            f"the database has none of the {len(missing)} tables that are seeded",
            code="no_tables",
            hint="Run the application's migrations, or let okrseed create the tables: --create-schema.",
        )
    return Refused(
        f"the database lacks tables: {', '.join(missing)}",
        code="no_tables",
        hint="Run the application's migrations, or let okrseed create the tables: --create-schema.",
    )
