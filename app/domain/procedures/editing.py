"""Drawing a draft (soạn sơ đồ): who has it in hand, what an editor opens and saves, and going back to what was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.procedures import checks, doubts, drafts, effective, layers, library, patches, states
from app.domain.procedures.checks import Todo
from app.domain.procedures.drafts import Subject
from app.domain.procedures.events import LayerDraftRestored, LayerDraftTakenOver
from app.domain.procedures.layers import Thing
from app.domain.procedures.models import DraftHold, LayerDraft
from app.engine.child import Reader
from app.engine.report import REWRITTEN
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Missing

HOLD: Final = timedelta(seconds=90)
"""How long nobody else may draw after the last sign of life; an editor gives one every 30 seconds."""


_BESIDE: Final = {"beside": "steps", "forms": "forms", "called": "called", "added": "added"}
"""What is said beside a diagram, by what the reader calls it."""


@dataclass(frozen=True)
class Opened:
    """A diagram as an editor opens it: what is in effect for the place, the draft included.

    `origin` is the place whose diagram it is, when that is another one ("" when it is drawn for the first time);
    `origins` are the places that speak of single steps beside the diagram.
    """

    xml: str
    origin: str | None
    origins: Mapping[str, str]


@command
def take(actor: Actor, draft_id: UUID, *, over: bool = False) -> DraftHold:
    """Take a draft in hand for drawing, or give a sign of life; whose it is then, is in the answer.

    `over` takes it out of the hand of somebody else, whose next save is refused: what they drew stays with them.
    """
    if actor.person_id is None:
        raise Forbidden("actor.not_permitted", permission="procedures.edit")
    draft = drafts.locked_draft(actor, draft_id, "procedures.edit")
    now, hold = clock.now(), _hold(draft_id)
    if hold is None:
        hold = DraftHold(draft_id=draft_id, person_id=actor.person_id, since=now, renewed_at=now)
        db.session.add(hold)
    elif hold.person_id == actor.person_id:
        hold.since = hold.since if _is_alive(hold) else now
        hold.renewed_at = now
    elif over or not _is_alive(hold):
        if _is_alive(hold):
            fact = LayerDraftTakenOver(about=str(draft_id), key=draft.key, from_person_id=str(hold.person_id))
            events.record(fact, actor=actor.name)
        hold.person_id, hold.since, hold.renewed_at = actor.person_id, now, now
    return hold


@command
def let_go(actor: Actor, draft_id: UUID) -> None:
    """Put a draft out of one's hand; what is in the hand of somebody else stays there."""
    drafts.locked_draft(actor, draft_id, "procedures.edit")
    hold = _hold(draft_id)
    if hold is not None and hold.person_id == actor.person_id:
        db.session.delete(hold)


def in_hand(draft_id: UUID) -> DraftHold | None:
    """Who is drawing a draft now; the caller has decided that it may be known."""
    hold = _hold(draft_id)
    return hold if hold is not None and _is_alive(hold) else None


def opened(draft: LayerDraft) -> Opened:
    """What an editor opens. The diagram is read in a child process: not in a transaction.

    Raises Invalid "diagram.*" when what is kept cannot be read: it was typed, not drawn.
    """
    return shown(Subject(draft.kind, draft.key, draft.place), draft.content)


def shown(about: Subject, content: Mapping[str, Any]) -> Opened:
    """The diagram that a content of a place makes of what stands behind the place. Raises as `opened`."""
    if about.kind != "procedure":
        raise Missing("draft.no_diagram")
    above = layers.thing(drafts.behind(about), "procedure", about.key)
    whole = patches.merged({} if above is None else above.content, content)
    if "diagram" not in whole:
        return Opened(library.blank(about.key), "", {})
    said = {name: whole.get(section, {}) for name, section in _BESIDE.items()}
    with Reader() as reader:
        xml = reader.ask("open", whole["diagram"].encode(), **said)["xml"]
    origins = {} if above is None else above.origins
    is_own = "diagram" in content or above is None
    spoken = {path[1]: place for path, place in origins.items() if path[0] in ("steps", "forms") and len(path) > 1}
    drawn_at = origins.get(("diagram",), "")
    return Opened(xml, None if is_own else drawn_at, {node: one for node, one in spoken.items() if one != drawn_at})


def save_diagram(actor: Actor, draft_id: UUID, xml: bytes, row_version: int) -> LayerDraft:
    """Keep what somebody drew as the diagram of the place, ready or not; what is drawn has the last word.

    The bytes are read in a child process before the transaction. Raises Invalid "diagram.*" or TooLarge for what is
    no diagram, Conflict "draft.held" while somebody else draws, "draft.stale" when somebody saved meanwhile.
    """
    content, _rewritten = _drawn(drafts.visible_draft(actor, draft_id), xml)
    return _save(actor, draft_id, content, row_version)


def examined(draft: LayerDraft, xml: bytes) -> list[Todo]:
    """What would be left to do if a draft had this diagram, and what would be taken in other words; nothing is kept.

    Raises as `save_diagram` for what is no diagram.
    """
    content, rewritten = _drawn(draft, xml)
    return [*_problems(Subject(draft.kind, draft.key, draft.place), content), *rewritten]


def problems(draft: LayerDraft) -> list[Todo]:
    """What is left to do in a draft as it is kept; with nothing left, what looks like a mistake all the same."""
    return _problems(Subject(draft.kind, draft.key, draft.place), draft.content)


@command
def restore(actor: Actor, draft_id: UUID, number: int, *, row_version: int) -> LayerDraft:
    """Make an earlier state of a draft what it is now; what it was until now becomes an earlier state itself.

    Raises Missing "draft.state_missing", Conflict as `save_diagram`.
    """
    draft = _free(actor, draft_id)
    content = states.state(draft_id, number).content
    events.record(LayerDraftRestored(about=str(draft_id), key=draft.key, number=number), actor=actor.name)
    return drafts.save_draft(actor, Subject(draft.kind, draft.key, draft.place), content, row_version=row_version)


def drawn_last(above: Mapping[str, Any], content: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """A content without what it, or a place above, says beside the diagram and the diagram now says otherwise.

    `drawn` is what each step of the diagram says. Somebody who draws another deadline means it, even where the
    province had spoken of that step: its word is taken away here, and nowhere else.
    """
    whole, inherited = patches.leaves(patches.merged(above, content)), patches.leaves(above)
    gone = {path for path, value in whole.items() if _is_drawn_otherwise(path, value, drawn)}
    own = {path: value for path, value in patches.leaves(content).items() if path not in gone and value != {}}
    return patches.built({**own, **{path: None for path in gone if path in inherited}})


def _drawn(draft: LayerDraft, xml: bytes) -> tuple[dict[str, Any], list[Todo]]:
    """The content of a draft with another diagram, and what of it is said in other words."""
    about = Subject(draft.kind, draft.key, draft.place)
    if about.kind != "procedure":
        raise Missing("draft.no_diagram")
    with Reader() as reader:
        kept = reader.ask("keep", xml, process_id=about.key)
        checks.learn(kept["xml"], reader.ask("examine", kept["xml"].encode()))
    above = layers.thing(drafts.behind(about), "procedure", about.key)
    said = drawn_last({} if above is None else above.content, draft.content, kept["steps"])
    rewritten = [one for one in checks.told(kept["findings"]) if one.verdict == REWRITTEN]
    return {**said, "diagram": kept["xml"]}, rewritten


def _problems(about: Subject, content: Mapping[str, Any]) -> list[Todo]:
    left, behind = drafts.left(about, content), drafts.behind(about)
    if left:
        return left
    above = layers.thing(behind, about.kind, about.key)
    whole = Thing(patches.merged({} if above is None else above.content, content), {}, ())
    return list(doubts.unknown_names(effective.assembled(about.key, whole, behind)))


def _is_drawn_otherwise(path: patches.Path, value: Any, drawn: Mapping[str, Any]) -> bool:
    section, rest = path[0], path[1:]
    if section in ("called", "added"):  # processes that are called instead, and steps put in, are drawn by now
        return True
    if section not in ("forms", "steps") or not rest:
        return False
    step, part = rest[0], "form" if section == "forms" else rest[-1]
    return step not in drawn or drawn[step].get(part, "") != value


@command
def _save(actor: Actor, draft_id: UUID, content: Mapping[str, Any], row_version: int) -> LayerDraft:
    draft = _free(actor, draft_id)
    return drafts.save_draft(actor, Subject(draft.kind, draft.key, draft.place), content, row_version=row_version)


def _free(actor: Actor, draft_id: UUID) -> LayerDraft:
    """A draft that is ours alone and in nobody else's hand."""
    draft = drafts.locked_draft(actor, draft_id, "procedures.edit")
    hold = in_hand(draft_id)
    if hold is not None and hold.person_id != actor.person_id:
        raise Conflict("draft.held")
    return draft


def _hold(draft_id: UUID) -> DraftHold | None:
    return db.session.scalar(select(DraftHold).where(DraftHold.draft_id == draft_id))


def _is_alive(hold: DraftHold) -> bool:
    return clock.now() - hold.renewed_at < HOLD
