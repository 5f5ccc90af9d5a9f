"""Replaying last month's cases on another version of a procedure (tái hiện hồ sơ), before it goes live."""

from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.cases import replay
from app.domain.cases.replay import PERMISSION, Outcome, Period, Report
from app.domain.procedures import assembly, places, sandbox, suite
from app.domain.procedures import queries as procedures
from app.domain.procedures.assembly import Assembled
from app.engine.child import Reader
from app.engine.declarations import describe
from app.engine.xml import MAX_BYTES
from app.kernel import clock
from app.kernel.errors import Invalid, Missing
from app.web import forms, i18n, placenames
from app.web.cases import procedure_title
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from app.web.trying import Ask

bp = Blueprint("replaying", __name__, url_prefix="/procedures")
SHOWN = 200
"""So many cases a page waits for; programs may ask for more."""
DRAFT = "draft:"
A_MONTH = timedelta(days=30)


@bp.get("/<key>/replay")
@signed_in
def choose(key: str) -> ResponseReturnValue:
    """Which version, and cases of which days."""
    return _page(key, None)


@bp.post("/<key>/replay")
@signed_in
def run(key: str) -> ResponseReturnValue:
    """Replay them, and say what would have gone otherwise."""
    actor = current_actor()
    asked = period()
    with Reader() as reader:
        target = _target(key, reader.ask)
        report = replay.replay(actor, key, target, asked, reader.ask)
    return _page(key, report, target)


def why(one: Outcome, names: dict[str, str]) -> str:
    """What became of a case, in a sentence."""
    told = one.told
    if one.kind == "other":
        return t("replay.other", was=_named(told["was"], names), now=_named(told["now"], names))
    if one.kind == "fails":
        data = told["data"]
        fields = data.get("fields", {})
        said = ", ".join(fields) if isinstance(fields, dict) else ""
        return t(told["reason"], **{**data, "fields": said}) if i18n.has(told["reason"]) else str(told["reason"])
    nodes = "; ".join(_named(node, names) for node in told.get("nodes", ()))
    return t(f"replay.{one.kind}", nodes=nodes)


def _named(node: str | None, names: dict[str, str]) -> str:
    return t("replay.end") if node is None else names.get(node, node)


def _target(key: str, ask: Ask) -> Assembled:
    """What to replay on: a version, a draft of any place, or a diagram that was given, of any tool, in its stead."""
    chosen = request.form.get("version", "")
    if chosen.startswith(DRAFT):
        return drafted(key, chosen.removeprefix(DRAFT))
    try:
        version = replay.target_version(current_actor(), key, UUID(chosen))
    except ValueError as nonsense:
        raise Missing("procedure.missing") from nonsense
    upload = request.files.get("diagram")
    if upload is None or not upload.filename:
        return version
    converted: str = ask("convert", upload.stream.read(MAX_BYTES + 1))["xml"]
    return assembly.redrawn(version, converted.encode())


def drafted(key: str, chosen: str) -> Assembled:
    """A draft as the first agency would have it that looks at its place. Missing when it is none of this procedure."""
    try:
        draft = suite.visible(current_actor(), UUID(chosen))
    except ValueError as nonsense:
        raise Missing("draft.missing") from nonsense
    known = places.chart()
    units = suite.units(draft, known) if draft.key == key else []
    if not units:
        raise Missing("draft.missing")
    return suite.stage(draft, units[0], known).assembled


def period(length: timedelta = A_MONTH, most: int = SHOWN) -> Period:
    """The days that were asked for, else the last ones; Invalid "replay.period" when they are none."""
    today = clock.office_day()
    days = []
    for name, otherwise in (("since", today - length), ("until", today)):
        text = forms.day(forms.tidy(request.values.get(name, ""))) or otherwise.isoformat()
        try:
            days.append(date.fromisoformat(text))
        except ValueError as error:
            raise Invalid("replay.period") from error
    since, until = (datetime.combine(day, datetime.min.time(), clock.OFFICE_ZONE) for day in days)
    return Period(since, until + timedelta(days=1), most)


def _page(key: str, report: Report | None, target: Assembled | None = None) -> str:
    """Missing for whoever may not look at procedures."""
    actor = current_actor()
    titles = procedures.titles("procedure")
    if not sandbox.units(actor.places(PERMISSION)) or key not in titles:
        raise Missing("procedure.missing")
    versions = replay.versions(key)
    drawn = [one.bpmn for one in versions[:1]] + ([target.bpmn] if target else [])
    shown = [node for one in drawn for node in describe(one)]
    names = {node.id: node.name or node.id for node in shown}
    days = period()
    return render_template(
        "replay.html",
        key=key,
        title=procedure_title(key, {"title": titles[key]}),
        versions=versions,
        drafts=[one for one in procedures.drafts(actor) if (one.kind, one.key) == ("procedure", key)],
        names=placenames.names(),
        chosen=request.form.get("version", ""),
        since=clock.office_day(days.since),
        until=clock.office_day(days.until - timedelta(seconds=1)),
        most=SHOWN,
        report=report,
        total=0 if report is None else len(report.outcomes),
        steps=names,
        why=why,
    )
