"""What if (giả định): who would wait how long if a procedure had a step more, a step less or a shorter deadline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import measuring, redrawing, replay, supposing
from app.domain.cases.measuring import MOST, Measured
from app.domain.cases.replay import PERMISSION, Period
from app.domain.cases.supposing import Added, Change, Compared, Removed, Run, Shortened
from app.domain.procedures import queries as procedures
from app.domain.procedures import sandbox
from app.engine.child import Reader
from app.engine.declarations import describe
from app.engine.overriding import references
from app.kernel import clock
from app.kernel.errors import Invalid, Missing
from app.kernel.workdays import LONGEST
from app.web import errors, placenames, replaying
from app.web.cases import procedure_title
from app.web.session import current_actor, signed_in

bp = Blueprint("supposing", __name__, url_prefix="/procedures")
A_YEAR = timedelta(days=365)
HOW = ("add", "remove", "shorten", "draft")


@dataclass(frozen=True)
class Answer:
    """What came of a supposition; `stuck` cases could not be played on a draft, `paused` ones waited for outsiders."""

    cases: Compared
    people: Sequence[Compared]
    stuck: int
    paused: int
    seconds: float

    @property
    def longest(self) -> float:
        """The longest bar there is to draw."""
        found = [one.ninth for each in (self.cases, *self.people) for one in (each.before, each.after) if one]
        return max(found, default=0.0) or 1.0


@bp.get("/<key>/what-if")
@signed_in
def ask(key: str) -> ResponseReturnValue:
    """What to suppose, on which cases."""
    return _page(key, None)


@bp.post("/<key>/what-if")
@signed_in
def answer(key: str) -> ResponseReturnValue:
    """Suppose it, and say who would wait how long."""
    actor = current_actor()
    _require(actor, key)
    try:
        return _page(key, _supposed(actor, key, request.form.get("how", "")))
    except Invalid as refusal:
        return _page(key, None, errors.sentence(refusal)), errors.status_of(refusal)


def _supposed(actor: Actor, key: str, how: str) -> Answer:
    began = perf_counter()
    if how == "draft":
        found = measuring.measured(actor, key, _period(replaying.SHOWN))
        redrawn = _redrawn(key, found)
        return _compared(found, redrawn.of, redrawn.stuck, began)
    change = _change(how)
    return _compared(measuring.measured(actor, key, _period(MOST)), lambda _run: [change], 0, began)


def _compared(found: Measured, changes: Callable[[Run], Sequence[Change]], stuck: int, began: float) -> Answer:
    after = supposing.suppose(found.runs, changes)
    cases = Compared("", supposing.of_cases(found.runs), supposing.of_cases(after))
    people = supposing.by_who(found.runs, after)
    return Answer(cases, people, stuck, found.paused, perf_counter() - began)


def _change(how: str) -> Change:
    step = request.form.get("step", "")
    if not step or how not in HOW:
        raise Invalid("whatif.step")
    if how == "remove":
        return Removed(step)
    return Added(step, _days(), request.form.get("like", "")) if how == "add" else Shortened(step, _days())


def _days() -> int:
    text = request.form.get("days", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= LONGEST):  # noqa: PLR2004 - three digits
        raise Invalid("whatif.days", most=LONGEST)
    return int(text)


def _redrawn(key: str, found: Measured) -> redrawing.Redrawn:
    """The cases on a draft; they are played where a stranger's diagram may be read."""
    target, days = replaying.drafted(key, request.form.get("draft", "")), _days()
    with Reader() as reader:
        return redrawing.redrawn(found, target, days, reader.ask)


def _period(most: int) -> Period:
    return replaying.period(A_YEAR, most)


def _require(actor: Actor, key: str) -> None:
    """Missing for whoever may not look at procedures."""
    if not sandbox.units(actor.places(PERMISSION)) or key not in procedures.titles("procedure"):
        raise Missing("procedure.missing")


def _page(key: str, found: Answer | None, wrong: str = "") -> str:
    actor = current_actor()
    _require(actor, key)
    versions = replay.versions(key)
    steps = _steps(versions[0].bpmn) if versions else {}
    period = Period(clock.now() - A_YEAR, clock.now()) if wrong else _period(MOST)
    return render_template(
        "whatif.html",
        key=key,
        title=procedure_title(key, {"title": procedures.titles("procedure")[key]}),
        used=bool(versions),
        steps=steps,
        drafts=[one for one in procedures.drafts(actor) if (one.kind, one.key) == ("procedure", key)],
        names=placenames.names(),
        since=clock.office_day(period.since),
        until=clock.office_day(period.until - timedelta(seconds=1)),
        how=request.form.get("how", "add"),
        found=found,
        wrong=wrong,
        most=MOST,
        most_played=replaying.SHOWN,
        new=supposing.NEW,
    )


def _steps(diagram: bytes) -> dict[str, str]:
    """The steps of people, as they are drawn."""
    names = {one.id: one.name or one.id for one in describe(diagram)}
    return {step: names.get(step, step) for step in references(diagram).steps}
