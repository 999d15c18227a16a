"""The commands that look: `okrseed verify`, `stages`, `schema` (which may also create the tables) and `doctor`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from okrseed.blueprint import Stage, stage_graph
from okrseed.clock import SystemClock
from okrseed.commands.output import print_document, print_lines, verify_document
from okrseed.doctor import document as diagnosis_document
from okrseed.doctor import examine
from okrseed.errors import Exit, before_the_first_row
from okrseed.group import Verdicts
from okrseed.invocation import Invocation
from okrseed.prepare import check_rights, create_schema, inspect, settle
from okrseed.recall import one_by_one
from okrseed.selection import Mode, Selection
from okrseed.targets import open_target
from okrseed.verify import verify as verify_tenant


def verify(call: Invocation) -> Exit:
    """`okrseed verify`: what was not given comes from each tenant's stamp."""
    tenants = call.tenants()
    verdicts = Verdicts()
    with (
        before_the_first_row(),
        open_target(call.address) as target,
        target.session("verify", read_only=True) as session,
        session.transaction(),
    ):
        blueprint = call.blueprint
        fit = inspect(session, blueprint)
        check_rights(Mode.DRY_RUN, fit.catalogue)
        for tenant, reader_of in one_by_one(session, fit, tenants):
            settled = partial(settle, session, target, blueprint, fit=fit, tenants=[tenant], reader_of=reader_of)
            first = settled(_looking(call.selection()), any_seed=True)
            prepared = settled(_looking(call.selection(first.stamp)))
            verdicts.take(tenant.slug, verify_tenant(session, prepared))
    findings = verdicts.findings()
    document = verify_document(findings)
    if call.options.json:
        print_document(document)
    else:
        print_lines(f"{one.status:4}  {one.title}: {one.found} (expected {one.expected})" for one in findings)
        print(f"{document['passed']} passed, {document['warned']} warned, {document['failed']} failed")
    return Exit.CHECK_FAILED if document["failed"] else Exit.DONE


def stages(call: Invocation) -> Exit:
    """`okrseed stages`."""
    chosen = call.options.format
    if call.options.json:
        chosen = "json"
    listed = call.blueprint.stages()
    if chosen == "json":
        print_document(
            {
                "schema": "okrseed.stages/1",
                "blueprint": call.blueprint.name,
                "stages": [_stage_document(stage) for stage in listed],
                "layers": [list(layer) for layer in stage_graph(call.blueprint).layers()],
            }
        )
    elif chosen == "dot":
        edges = [f'  "{need}" -> "{stage.id}";' for stage in listed for need in stage.depends_on]
        print("\n".join(["digraph stages {", "  rankdir=LR;", *edges, "}"]))
    elif chosen == "mermaid":
        edges = [f"  {need} --> {stage.id}" for stage in listed for need in stage.depends_on]
        print("\n".join(["graph LR", *edges]))
    else:
        by_id = {stage.id: stage for stage in listed}
        for depth, layer in enumerate(stage_graph(call.blueprint).layers()):
            for name in layer:
                stage = by_id[name]
                needs = f"  needs {', '.join(stage.depends_on)}" if stage.depends_on else ""
                print(f"{'  ' * depth}{name} ({', '.join(stage.tables)}){needs}")
    return Exit.DONE


def schema(call: Invocation) -> Exit:
    """`okrseed schema create` and `okrseed schema check`."""
    created: list[str] = []
    with before_the_first_row(), open_target(call.address) as target:
        if call.options.action == "create":
            call.allow(call.selection())
            with target.session("schema") as session:
                created = create_schema(session, call.blueprint)
        with target.session("schema", read_only=True) as session, session.transaction():
            fit = inspect(session, call.blueprint)
    tables = list(fit.projections)
    if call.options.json:
        print_document(
            {
                "schema": "okrseed.schema/1",
                "target": call.address.label,
                "created": created,
                "tables": tables,
                "adaptations": list(fit.adaptations),
            }
        )
    else:
        print_lines([f"{call.address.label}: {len(created)} tables created, {len(tables)} fit"])
        print_lines(f"adapted: {words}" for words in fit.adaptations)
    return Exit.DONE


def doctor(call: Invocation) -> Exit:
    """`okrseed doctor`."""
    with before_the_first_row(), open_target(call.address) as target:
        found = examine(target, call.blueprint, call.selection(), SystemClock())
    if call.options.json:
        print_document(diagnosis_document(call.address.label, found))
    else:
        for one in found:
            print_lines([f"{one.status:4}  {one.title}: {one.found}"])
            print_lines([f"      to do: {one.advice}"] if one.advice else [])
    return Exit.REFUSED if any(one.status == "fail" for one in found) else Exit.DONE


def _stage_document(stage: Stage) -> dict[str, Any]:
    return {
        "id": stage.id,
        "title": stage.title,
        "depends_on": list(stage.depends_on),
        "tables": list(stage.tables),
        "tags": sorted(stage.tags),
        "budget_s": stage.budget_s,
        "essential": stage.essential,
    }


def _looking(selection: Selection) -> Selection:
    """The same selection for looking only: another seed string in the stamp is no obstacle, and nothing is strict."""
    return replace(selection, mode=Mode.DRY_RUN)
