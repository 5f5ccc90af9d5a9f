"""Operating a procedure (vận hành quy trình): where its cases stand, how fast its steps are, who is late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import MappingProxyType

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.cases import figures, seeking
from app.domain.cases.figures import Pace, Standing
from app.domain.cases.seeking import Sought
from app.domain.documents.rules import URGENCIES
from app.domain.procedures.models import ProcedureVersion
from app.engine.declarations import Node, describe
from app.kernel.errors import Invalid
from app.web import filters, formtexts, heat, placenames, sought
from app.web.diagrams import Picture
from app.web.heat import HOTTEST, Spot
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("operating", __name__, url_prefix="/procedures")
SHOWN = ("counts", "late", "pace")
LATE_FROM = (0.0, 0.1, 0.25, 0.5)
"""From which share of late work on a step is one degree hotter."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
NOWHERE = Standing()
PASSED = frozenset({"process", "startEvent", "endEvent", "boundaryEvent", "exclusiveGateway", "inclusiveGateway"})
"""What no case stands at."""


@dataclass(frozen=True)
class Line:
    """One step: what stands there and how it went; `heat` is how hot it is drawn, `where` leads to its cases."""

    node: str
    name: str
    stands: Standing
    pace: Pace | None
    heat: int
    where: str

    @property
    def share(self) -> float | None:
        """The share of work that is or was late, of what stands there and what was finished; None without deadlines."""
        done, late = (0, 0) if self.pace is None else (self.pace.done, self.pace.late)
        has_deadlines = self.stands.late or (self.pace is not None and self.pace.target is not None)
        return (late + self.stands.late) / (done + self.stands.cases) if has_deadlines else None


@bp.get("/<key>/cases")
@signed_in
def show(key: str) -> ResponseReturnValue:
    """The diagram of a procedure with its cases: how many stand where, how long steps take, what is late or stuck."""
    actor, names = current_actor(), placenames.names()
    seeking.require(actor)
    wanted, (period, days) = sought.scope(key), sought.period()
    versions = seeking.versions(actor, Sought(key))
    own = seeking.versions(actor, wanted) if wanted.unit_id or wanted.version_id else []
    drawn = next((one for one, _ in [*own, *versions]), None)
    shown = request.args.get("show", "")
    shown = shown if shown in SHOWN else SHOWN[0]
    said = _Figures(figures.standing(actor, wanted), figures.pace(actor, wanted, period), shown)
    lines = [] if drawn is None else _lines(drawn, step_names(one for one, _ in versions), said)
    return render_template(
        "operating.html",
        key=key,
        title=names.title("procedure", key),
        wanted=wanted,
        versions=versions,
        places=seeking.places(actor, key),
        urgencies=URGENCIES,
        period=period,
        days=days,
        shown=shown,
        lines=lines,
        picture=None if drawn is None else _picture(drawn, lines, shown),
        again=partial(sought.address, "operating.show", key),
        span=span,
        percent=percent,
    )


def nodes(version: ProcedureVersion) -> Mapping[str, Node]:
    """What a case of a version can stand at, in the order of the diagram; a version never changes."""
    return _nodes(version.bpmn)


def node_name(version: ProcedureVersion, node: str) -> str:
    """What a node is called: a step by its form for readers of another language, else as the diagram says."""
    known = nodes(version).get(node)
    name = "" if known is None else known.name
    return formtexts.step_name(str(version.forms.get(node, "")), name) or node


def step_names(versions: Iterable[ProcedureVersion]) -> dict[str, str]:
    """What the nodes of some versions are called, the newest first; the first that names one counts."""
    found: dict[str, str] = {}
    for version in versions:
        for node in nodes(version):
            found.setdefault(node, node_name(version, node))
    return found


def span(seconds: float | None) -> str:
    """How long something took, in the unit that says most; days have 24 hours here, days of rest are left out."""
    if seconds is None:
        return filters.DASH
    if seconds < HOUR:
        return t("span.minutes", count=filters.num(max(1, round(seconds / MINUTE))))
    if seconds < DAY:
        return t("span.hours", count=filters.num(seconds / HOUR, 1))
    return t("span.days", count=filters.num(seconds / DAY, 1))


def percent(share: float | None) -> str:
    """A share as a whole percentage."""
    return filters.DASH if share is None else f"{filters.num(100 * share)} %"


@lru_cache(maxsize=64)
def _nodes(bpmn: bytes) -> Mapping[str, Node]:
    return MappingProxyType({node.id: node for node in describe(bpmn) if node.kind not in PASSED})


@lru_cache(maxsize=64)
def _watching(bpmn: bytes) -> frozenset[str]:
    """Events at the border of a step: no case stands there, it stands at the step."""
    return frozenset(node.id for node in describe(bpmn) if node.kind == "boundaryEvent")


@dataclass(frozen=True)
class _Figures:
    """What is known of the nodes, and what of it is shown on the diagram."""

    standing: Mapping[str, Standing]
    paces: Mapping[str, Pace]
    shown: str

    def heat(self, line: Line) -> int:
        """How hot a node is: against the most, against its deadline if it has one, or by the share that is late."""
        if self.shown == "late":
            share = line.share or 0.0
            return sum(share > 0 and share >= one for one in LATE_FROM)
        if self.shown == "counts":
            return _degree(line.stands.cases, max((one.cases for one in self.standing.values()), default=0))
        if line.pace is None:
            return 0
        target = 1.5 * line.pace.target if line.pace.target else max(one.median for one in self.paces.values())
        return _degree(line.pace.median, target)


def _lines(version: ProcedureVersion, names: Mapping[str, str], said: _Figures) -> list[Line]:
    """Every node with something to say, in the order of the diagram; then those of other versions."""
    order = {node: at for at, node in enumerate(nodes(version))}
    found = []
    shown = (said.standing.keys() - _watching(version.bpmn)) | said.paces.keys()
    for node in sorted(shown, key=lambda one: (order.get(one, len(order)), one)):
        where = sought.address("caselist.show", version.key, node=node, show=None, days=None)
        stands, pace = said.standing.get(node, NOWHERE), said.paces.get(node)
        line = Line(node, names.get(node, node), stands, pace, 0, where)
        found.append(replace(line, heat=said.heat(line)))
    return found


def _degree(value: float, most: float) -> int:
    return 0 if not value or not most else min(HOTTEST, int(HOTTEST * value / most) + 1)


def _picture(version: ProcedureVersion, lines: list[Line], shown: str) -> Picture | None:
    spots = {
        line.node: Spot(line.heat, _number(line, shown), line.stands.incidents, _words(line), line.where)
        for line in lines
    }
    try:
        return heat.picture(version.bpmn, spots, t("operating.diagram"))
    except Invalid:
        return None  # nobody has drawn it


def _number(line: Line, shown: str) -> str:
    if shown == "late":
        return "" if line.share is None else f"{round(100 * line.share)}%"
    if shown == "pace":
        return "" if line.pace is None else _short(line.pace.median)
    return str(line.stands.cases) if line.stands.cases else ""


def _short(seconds: float) -> str:
    """At most six letters: that is what a badge holds."""
    for unit, name in ((DAY, "d"), (HOUR, "h")):
        if seconds >= unit:
            return t(f"span.short.{name}", count=filters.num(seconds / unit, 1 if seconds < 10 * unit else 0))
    return t("span.short.m", count=max(1, round(seconds / MINUTE)))


def _words(line: Line) -> str:
    """What a reader who does not see the drawing hears at a node."""
    said = [t("operating.said.cases", count=line.stands.cases)]
    said += [t("operating.said.late", count=line.stands.late)] if line.stands.late else []
    said += [t("operating.said.incidents", count=line.stands.incidents)] if line.stands.incidents else []
    said += [t("operating.said.pace", median=span(line.pace.median))] if line.pace is not None else []
    return f"{line.name}: {', '.join(said)}"
