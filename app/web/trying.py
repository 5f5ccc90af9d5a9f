"""Trying a procedure by hand (chạy thử): every page plays the record from the start, and nothing happens outside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.procedures import assembly, places, queries, sandbox, scenarios, suite
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.forms import file_fields
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.sandbox import Run
from app.engine.child import Reader
from app.engine.declarations import describe
from app.engine.xml import MAX_BYTES
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError
from app.web import choices, decisions, diagrams, errors, forms, i18n, placenames, samples, tryacts, walking
from app.web.cases import procedure_title
from app.web.diagrams import Picture
from app.web.formtexts import Pinned
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from app.web.tryacts import Told

bp = Blueprint("trying", __name__, url_prefix="/procedures")
PERMISSION = "procedures.read"
LONGEST_ROLE = 64
MACHINES = frozenset({"serviceTask", "sendTask"})
Ask = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Desk:
    """What is tried, and for whom: a procedure or a draft as one unit has it, perhaps with another diagram.

    With a `role` only what waits for that role is shown as work.
    """

    key: str
    actor: Actor
    unit: Unit
    units: list[Unit]
    assembled: Assembled
    drawn: bytes | None
    draft: LayerDraft | None = None
    role: str = ""


@bp.get("/<key>/try")
@signed_in
def show(key: str) -> ResponseReturnValue:
    """Begin a trial of a procedure as a unit has it."""
    desk = _desk(key, None)
    with Reader() as reader:
        return _page(desk, sandbox.played(desk.assembled, _begin(desk), reader.ask), reader.ask)


@bp.post("/<key>/try")
@signed_in
def go_on(key: str) -> ResponseReturnValue:
    """Let something happen in a trial, or change its record."""
    with Reader() as reader:
        desk = _desk(key, _diagram(reader.ask))
        record = tryacts.recorded(request.form)
        kept = tryacts.changed(record, request.form)
        if request.form.get("_act") == "reach":
            node = request.form.get("_reach", "")
            kept = walking.record_to(node, desk.assembled, record, (desk.actor, desk.unit), reader.ask)
        if kept is not None:
            run = sandbox.played(desk.assembled, kept, reader.ask)
            if request.form.get("_act") == "keep":
                return _kept(desk, run, reader.ask)
            return _download(desk, run) if request.form.get("_act") == "save" else _page(desk, run, reader.ask)
        try:
            run = sandbox.played(desk.assembled, record, reader.ask, tryacts.act(request.form, desk.assembled))
            refusal = None
        except Invalid as error:
            run, refusal = sandbox.played(desk.assembled, record, reader.ask), error
        return _page(desk, run, reader.ask, refusal)


def _desk(key: str, drawn: bytes | None) -> Desk:
    """Missing for whoever may not look at procedures anywhere, or not at this unit's."""
    actor = current_actor()
    at = actor.places(PERMISSION)
    draft, known = _draft(actor, key), places.chart()
    units = sandbox.units(at) if draft is None else suite.units(draft, known)
    if not units:
        raise Missing("procedure.missing")
    unit_id = _unit_id() or next((one.id for one in units if one.id in at), units[0].id)
    unit = orgunits.unit(unit_id)
    assembled = sandbox.procedure(at, key, unit_id) if draft is None else suite.stage(draft, unit, known).assembled
    if drawn is not None:
        assembled = assembly.redrawn(assembled, drawn)
    role = request.form.get("_role", "")[:LONGEST_ROLE]
    return Desk(key, actor, unit, units, assembled, drawn, draft, role)


def _draft(actor: Actor, key: str) -> LayerDraft | None:
    """The draft that shall be tried instead of what is published, if one was named. Missing when it is none."""
    text = request.form.get("_draft", "") or request.args.get("draft", "")
    if not text:
        return None
    try:
        found = suite.visible(actor, UUID(text))
    except ValueError as nonsense:
        raise Missing("draft.missing") from nonsense
    if found.key != key:
        raise Missing("draft.missing")
    return found


def _kept(desk: Desk, run: Run, ask: Ask) -> ResponseReturnValue:
    """Save the trial as a scenario of its draft, and go where the draft's scenarios are."""
    if desk.draft is None:
        raise Missing("draft.missing")
    name = request.form.get("_name", "").strip() or t("try.unnamed")
    try:
        suite.keep(desk.actor, desk.draft.id, name, sandbox.written(run, name[: suite.LONGEST_NAME]))
    except (Invalid, Conflict) as refusal:
        return _page(desk, run, ask, refusal), errors.status_of(refusal)
    flash(t("try.kept"), "done")
    return redirect(url_for("publishing.show", draft_id=desk.draft.id, step="scenarios"), 303)


def _unit_id() -> UUID | None:
    text = request.form.get("_unit", "") or request.args.get("unit", "")
    try:
        return UUID(text) if text else None
    except ValueError as nonsense:
        raise Missing("unit.missing") from nonsense


def _diagram(ask: Ask) -> bytes | None:
    """The diagram that shall be tried instead: one just given, of any tool, or the one the page carried."""
    upload = request.files.get("_file_of_diagram")
    if upload is None or not upload.filename:
        return tryacts.unpacked(request.form)
    converted: str = ask("convert", upload.stream.read(MAX_BYTES + 1))["xml"]
    return converted.encode()


def _begin(desk: Desk) -> Told:
    unit = str(desk.unit.id)
    return {"given": {"now": "2026-01-05T08:00", "data": {"unit_id": unit, "drafting_unit_id": unit}}, "steps": []}


def _download(desk: Desk, run: Run) -> Response:
    name = request.form.get("_name", "").strip() or t("try.unnamed")
    answer = Response(sandbox.written(run, name[:200]), mimetype="application/yaml")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{desk.assembled.key}-scenarios.yaml")
    return answer


def _page(desk: Desk, run: Run, ask: Ask, refusal: OfficeError | None = None) -> str:
    names = {node.id: node.name or node.id for node in describe(desk.assembled.bpmn)}
    return render_template(
        "try.html",
        desk=desk,
        title=procedure_title(desk.key, desk.assembled.texts),
        run=run,
        names=names,
        machines=[node.id for node in describe(desk.assembled.bpmn) if node.kind in MACHINES],
        record={"given": run.given, "steps": list(run.steps)},
        carried=tryacts.packed(desk.drawn),
        now=sandbox.moment(run.told),
        picture=_picture(desk, run, names, ask),
        refused="" if refusal is None else errors.sentence(refusal),
        drafts=[one for one in queries.drafts(desk.actor) if (one.kind, one.key) == ("procedure", desk.key)],
        places=placenames.names(),
        roles=_roles(desk),
        steps=[node for node in describe(desk.assembled.bpmn) if node.id in desk.assembled.forms],
        who=_who,
        operation=diagrams.operation,
        title_of=partial(_title, desk),
        **_form(desk, run),
    )


def _picture(desk: Desk, run: Run, names: Mapping[str, str], ask: Ask) -> Picture:
    states = dict.fromkeys(run.told["passed"], "done")
    states |= {one["node"]: "current" for one in run.told["open"]}
    incident = run.told["incident"]
    if incident and isinstance(incident["data"].get("node"), str):
        states[incident["data"]["node"]] = "error"
    drawn = ask("draw", desk.assembled.bpmn, states=states, title=t("case.diagram"), words=diagrams.words())
    return diagrams.framed(drawn["svg"], dict.fromkeys(names.get(one["node"], "") for one in run.told["open"]))


def _form(desk: Desk, run: Run) -> dict[str, Any]:
    """The form of the step that is being done: the one that was chosen, else the one that has waited longest."""
    word, _, chosen = request.form.get("_act", "").partition(":")
    wanted = chosen if word == "choose" else request.form.get("_node", "")
    mine = [one for one, task in run.open_tasks.items() if desk.role in ("", _role(task))]
    node = wanted if wanted in mine else next(iter(mine), None)
    form = None if node is None else desk.assembled.forms.get(node)
    if node is None or form is None:
        return {"node": node, "laid": None}
    pinned = Pinned(form.schema, form.texts)
    refused = run.refused is not None and run.refused.data.get("node") == node
    wrong = run.refused.data.get("fields", {}) if run.refused is not None and refused else {}
    laid = decisions.lay_out(pinned)
    filled = {
        "texts": pinned.texts,
        "answers": forms.answers(form.schema, request.form) if refused else {},
        "wrong": {name: ("task.decide", {}) if name == laid.decision else why for name, why in wrong.items()},
        "choices": choices.for_form(form.schema, desk.actor, desk.unit.id),
        "given": {},
    }
    if word == "sample":
        filled["answers"] = samples.answers(form.schema, filled["choices"])
    return {"node": node, "laid": laid, "filled": filled, "texts": pinned.texts, "takes_file": _takes_file(form.schema)}


def _roles(desk: Desk) -> list[str]:
    """The roles that have a step in the diagram, in its order."""
    said = (node.task.role for node in describe(desk.assembled.bpmn) if node.task is not None)
    return list(dict.fromkeys(role for role in said if role))


def _role(task: Told) -> str:
    """The role a step waits for; nothing when it waits for one post."""
    return "" if task["by_post"] else str(task["performer"] or "")


def _takes_file(schema: Mapping[str, Any]) -> bool:
    return bool(file_fields(schema))


def _title(desk: Desk, task: Told) -> str:
    """What a step is called: as the diagram says, or by the title of its form for readers of another language."""
    form = desk.assembled.forms.get(task["node"])
    texts = {} if form is None or i18n.locale() == i18n.DEFAULT else form.texts.get(i18n.locale(), {})
    return str(texts.get("title") or task["name"])


def _who(task: Told) -> str:
    """Whom a step waits for, in words."""
    performer = str(task["performer"] or "")
    if not task["by_post"]:
        key = f"role.{performer}"
        return t(key) if i18n.has(key) else performer
    if performer == scenarios.identity("drafter"):
        return t("try.drafter")
    try:
        return orgunits.post(UUID(performer)).title
    except (ValueError, Missing):
        return performer
