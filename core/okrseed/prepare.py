"""Everything that is settled before the first row: tables, projections, rights, the tenant's stamp, ownership."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from okrseed.adaptation import HINT, Fit, adapt
from okrseed.adoption import Adoption
from okrseed.blueprint import Blueprint, Entity, Row, Stage, Stamp, Tenant, World, stage_graph
from okrseed.errors import DatabaseFailure, Refused
from okrseed.graph import Graph
from okrseed.ownership import Ownership
from okrseed.plan import Plan, PlanBuilder, empty_plan, tenants_label
from okrseed.production import Production
from okrseed.reading import TenantReader
from okrseed.removal import Removal, survey_removal
from okrseed.seal import NO_SEALS, Sealing, Seals, question
from okrseed.selection import Mode, Selection, StageChoice
from okrseed.survey import Surveyor
from okrseed.targets import Session, Target
from okrseed.targets.schema import (
    Catalogue,
    Projection,
    Right,
    missing_rights,
    missing_tables,
)

INSUFFICIENT_PRIVILEGE = "42501"


@dataclass(frozen=True)
class Prepared:
    """A selection made ready for one target and one tenant, or several that are read and written as one.

    Holds no rows but what reader and production remember.
    """

    blueprint: Blueprint
    selection: Selection
    target: Target
    tenants: tuple[Tenant, ...]
    entities: Mapping[str, Entity]
    stages: Mapping[str, Stage]
    graph: Graph
    catalogue: Catalogue
    projections: Mapping[str, Projection]
    stamps: Mapping[str, Stamp]
    reader: TenantReader
    ownership: Ownership
    surveyor: Surveyor
    missing: tuple[str, ...]
    production: Production
    fit: Fit
    filled: frozenset[str]
    adoption: Adoption
    sealing: Sealing

    @property
    def tenant(self) -> str:
        """The tenants in words: the slug of one, or of the first of several."""
        return tenants_label([tenant.slug for tenant in self.tenants])

    @property
    def stamp(self) -> Stamp | None:
        """The stamp of the first tenant."""
        return self.stamps.get(self.tenants[0].slug)

    @property
    def world(self) -> World:
        """What the producers of the stages share."""
        return self.production.world

    def anew(self, session: Session) -> Prepared:
        """The same tenants as the session's transaction sees them: their rows, and the stamps that a run changes."""
        reader = self.reader.anew()
        stamps = read_stamps(session, self.blueprint, reader, self.entities)
        ownership = Ownership(self.blueprint, self.selection, self.tenants, stamps)
        adoption = Adoption(self.entities, self.stages, self.production, reader, self.filled, ownership.produced)
        return replace(
            self,
            stamps=stamps,
            reader=reader,
            ownership=ownership,
            surveyor=Surveyor(self.entities, self.projections, reader, ownership, self.selection, adoption),
            adoption=adoption,
            sealing=self.sealing.anew(reader, adoption),
        )

    def needs_nobody(self, stage: str) -> bool:
        """Whether a stage is surveyed without a word to the database."""
        return self.reader.needs_nobody or self.sealing.settles(self.stages[stage])

    def forget(self, tables: Iterable[str]) -> None:
        """Read these tables anew next time: someone else wrote to them."""
        tables = tuple(tables)
        self.sealing.forget()
        self.reader.forget(tables)
        self.adoption.forget(tables)

    def close(self) -> None:
        """Let go of every row, so that the next tenants have the room: what holds them would be found much later."""
        self.forget(self.entities)
        self.production.close()

    def builder(self, tenants: Sequence[Tenant] = ()) -> PlanBuilder:
        """Folds surveys into the plan document of this selection; `tenants` where it is about more than these."""
        return builder_of(self.target, self.blueprint, self.selection, self.fit, tenants or self.tenants)

    def removal(self, session: Session) -> Removal:
        """What a purge would delete, and what stands against it."""
        return survey_removal(session, self.entities, self.catalogue, self.reader, self.ownership, self.stamp)


def inspect(session: Session, blueprint: Blueprint, *, may_create: bool = False) -> Fit:
    """How the blueprint fits the target. Raises Refused for missing tables (unless `may_create`) and a bad schema."""
    catalogue = session.inspect(list(blueprint.entities()))
    missing = _missing(blueprint, catalogue, may_create=may_create)
    stages = {stage.id: stage for stage in blueprint.stages()}
    fit = adapt(blueprint.entities(), stages, stage_graph(blueprint), catalogue, created=bool(missing))
    return replace(fit, missing=tuple(missing))


def create_where_none(session: Session, blueprint: Blueprint) -> list[str]:
    """Create the blueprint's tables where the tenant's own table is missing: a schema of the application's is left.

    Returns the names of the tables created. Raises Refused where the user may not create tables (SQLSTATE 42501).
    """
    with session.transaction():
        catalogue = session.inspect(list(blueprint.entities()))
    return create_schema(session, blueprint) if _missing(blueprint, catalogue, may_create=True) else []


def create_schema(session: Session, blueprint: Blueprint) -> list[str]:
    """Create the blueprint's tables that do not exist yet, in one transaction; returns their names.

    Raises Refused where the user may not create tables (SQLSTATE 42501).
    """
    try:
        with session.transaction():
            return session.create(blueprint.definition)
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
    seals: Seals = NO_SEALS,
) -> Prepared:
    """Inspect the target and settle how the selection is read and (`writing`) written there. Writes nothing itself.

    Raises Refused for missing tables (unless `may_create`), an unsuitable schema, missing rights, another seed string
    in the tenant's stamp (unless `any_seed`).
    """
    fit = inspect(session, blueprint, may_create=may_create)
    check_rights(selection.mode if writing else Mode.DRY_RUN, fit.catalogue)
    tenants = [tenant or blueprint.tenant()]
    return settle(session, target, blueprint, selection, fit, tenants, any_seed=any_seed, seals=seals)


def production_of(blueprint: Blueprint, selection: Selection, fit: Fit, tenants: Sequence[Tenant]) -> Production:
    """What the stages of these tenants produce; none of it is made yet."""
    selection = _without(selection, fit.off)
    return Production([blueprint.world(selection, tenant) for tenant in tenants], fit.entities)


def settle(
    session: Session,
    target: Target,
    blueprint: Blueprint,
    selection: Selection,
    fit: Fit,
    tenants: Sequence[Tenant],
    *,
    any_seed: bool = False,
    reader_of: Callable[..., TenantReader] = TenantReader,
    production: Production | None = None,
    seals: Seals = NO_SEALS,
) -> Prepared:
    """Settle how these tenants are read and written, as if they were one, in a target that was inspected before.

    `production` is theirs, where making it has begun already. Of tenants that were seeded, the database is
    asked whether they stand as a seal says.

    Raises Refused for another seed string in a tenant's stamp (unless `any_seed`).
    """
    selection = _without(selection, fit.off)
    entities = fit.entities
    reader = reader_of(entities, fit.projections, *tenants)
    stamps = read_stamps(session, blueprint, reader, entities)
    if not any_seed:
        for slug, stamp in stamps.items():
            _check_seed(selection, slug, stamp)
    ownership = Ownership(blueprint, selection, tenants, stamps)
    begun = production is not None
    production = production or production_of(blueprint, selection, fit, tenants)
    filled = frozenset(table for stage in fit.stages.values() if stage.id not in fit.off for table in stage.tables)
    adoption = Adoption(entities, fit.stages, production, reader, filled, ownership.produced)
    named = question(seals, blueprint, selection, fit, tenants, target.address)
    sealing = Sealing(seals, named, reader, adoption, seeded=len(stamps) == len(tenants))
    if sealing.expected and len(tenants) > 1 and not begun and not seals.held:
        # The server is busy for a while, and may find that they are needed; with one tenant, it has answered too soon.
        production.ahead(stage for stage in fit.stages.values() if selection.takes_part(stage.id))
    sealing.ask(session)
    if sealing.answers:
        production.halt()
    elif fit.doubts and selection.mode is not Mode.PURGE:
        fit.check_values(_desired(fit, selection, production))
    return Prepared(
        blueprint=blueprint,
        selection=selection,
        target=target,
        tenants=tuple(tenants),
        entities=entities,
        stages=fit.stages,
        graph=stage_graph(blueprint),
        catalogue=fit.catalogue,
        projections=fit.projections,
        stamps=stamps,
        reader=reader,
        ownership=ownership,
        surveyor=Surveyor(entities, fit.projections, reader, ownership, selection, adoption),
        missing=fit.missing,
        production=production,
        fit=fit,
        filled=filled,
        adoption=adoption,
        sealing=sealing,
    )


def taking_part(blueprint: Blueprint, selection: Selection, fit: Fit) -> list[str]:
    """The stages that have work to do, as one connection takes them; a purge or reset deletes from every one's tables.

    Those of the smallest budgets first, so that the server has rows to write while those of the largest are made.
    """
    budgets = {stage.id: math.inf if stage.budget_s is None else stage.budget_s for stage in blueprint.stages()}
    sequence = stage_graph(blueprint).one_by_one(budgets.__getitem__)
    return [
        stage for stage in sequence if stage not in fit.off and (selection.mode.deletes or selection.takes_part(stage))
    ]


def builder_of(
    target: Target, blueprint: Blueprint, selection: Selection, fit: Fit, tenants: Sequence[Tenant]
) -> PlanBuilder:
    """Folds surveys into the plan document of a selection on a target, for all of these tenants."""
    selection = _without(selection, fit.off)
    notes = list(blueprint.notes(selection))
    if selection.mode is Mode.RESET:
        kept = [f"{name}.{column}" for name, entity in fit.entities.items() for column in sorted(entity.preserved)]
        notes.append(f"a reset deletes first, so what only the app writes is lost: {', '.join(kept)}")
    if fit.missing:
        notes.append(f"{len(fit.missing)} tables do not exist yet and will be created")
    slugs = [tenant.slug for tenant in tenants]
    empty: Plan = empty_plan(
        blueprint=blueprint.name,
        target=target.address.label,
        tenant=tenants_label(slugs),
        tenants=tuple(slugs) if len(slugs) > 1 else (),
        selection=selection,
        stages=[(stage, fit.stages[stage].title, fit.stages[stage].tables) for stage in stage_graph(blueprint).order()],
        notes=tuple(notes),
        adaptations=fit.adaptations,
        missing_tables=fit.missing,
        version=blueprint.version,
        schema=fit.catalogue.digest,
    )
    return PlanBuilder(empty, fit.entities)


def _missing(blueprint: Blueprint, catalogue: Catalogue, *, may_create: bool) -> list[str]:
    """The tables to create: all or none. A database that has the tenant's own table has a schema of its own.

    Raises Refused where there are none, and none may be created.
    """
    entities = [entity for entity in blueprint.entities().values() if not entity.optional]
    missing = missing_tables(entities, catalogue)
    roots = [entity.name for entity in entities if entity.root is not None] or [entity.name for entity in entities]
    if not missing or not set(roots) & set(missing):
        return []
    if not may_create:
        raise _no_tables(missing, catalogue)
    return missing


def _without(selection: Selection, off: Mapping[str, str]) -> Selection:
    """The selection without the stages that this target cannot take. Raises Refused where nothing is left of it."""
    stages = {
        stage: StageChoice("off", off[stage]) if stage in off and choice.selected != "off" else choice
        for stage, choice in selection.stages.items()
    }
    if off and not any(choice.selected == "chosen" for choice in stages.values()):
        raise Refused(
            "none of the chosen stages can be seeded here: "
            + "; ".join(f"{stage}: {reason}" for stage, reason in off.items()),
            code="no_tables",
            hint=HINT,
        )
    return replace(selection, stages=stages)


def _desired(fit: Fit, selection: Selection, production: Production) -> dict[str, list[Row]]:
    """The canonical rows of the stages that take part, with the columns added here."""
    desired: dict[str, list[Row]] = {table: [] for table in fit.entities}
    for stage in filter(lambda stage: selection.takes_part(stage.id), fit.stages.values()):
        for table in stage.tables:
            rows, added = production.desired(stage).rows(table), fit.entities[table].added
            desired[table] += [(*row, *(known.value(production.world, row) for known in added)) for row in rows]
    return desired


def read_stamps(
    session: Session, blueprint: Blueprint, reader: TenantReader, entities: Mapping[str, Entity]
) -> dict[str, Stamp]:
    """The stamps in the tenants' own rows, by slug; nothing for a tenant without such a row, or with none in it."""
    root = next((entity for entity in entities.values() if entity.root is not None), None)
    if root is None:
        return {}
    place = root.positions[root.root or ""]
    rows = reader.within(session, root.name).values()
    return {row[place]: stamp for row in rows if (stamp := blueprint.stamp(row)) is not None}


def _check_seed(selection: Selection, slug: str, stamp: Stamp) -> None:
    if selection.mode.deletes or stamp.seed == selection.seed:
        return
    raise Refused(
        f"the tenant {slug} was seeded with the seed string {stamp.seed!r}, not {selection.seed!r}",
        code="another_seed",
        hint=f"Use --seed {stamp.seed!r}, or run --mode reset to start again.",
    )


def check_rights(mode: Mode, catalogue: Catalogue) -> None:
    """Raise Refused where the database user lacks a right that the mode needs."""
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
    lacks = f"lacks tables: {', '.join(missing)}" if catalogue.tables else f"has none of the {len(missing)} tables"
    return Refused(
        f"the database {lacks}{'' if catalogue.tables else ' that are seeded'}",
        code="no_tables",
        hint="Run the application's migrations, or let okrseed create the tables:"
        " --create-schema, or okrseed schema create.",
    )
