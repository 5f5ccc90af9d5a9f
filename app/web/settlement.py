"""A change of a place above, settled thing by thing: the three drawings, whose word stands, and what comes of it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.procedures import choosing, comparing, drafts, layers, notices, patches, queries, settling
from app.domain.procedures.choosing import ELEMENT, Disputes
from app.domain.procedures.comparing import Comparison
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerNotice
from app.engine.comparing import MOVED, Change
from app.engine.differences import ADDED, REMOVED
from app.engine.marking import Mark
from app.engine.threeway import OURS, THEIRS
from app.kernel.errors import Conflict, Invalid, OfficeError
from app.web import errors, placenames
from app.web.comparing import Sheet, marks, said, sheet
from app.web.i18n import has, t
from app.web.placenames import Names
from app.web.session import current_actor

SIDES = (THEIRS, OURS)


def page(change_id: UUID, choices: Mapping[str, str] | None = None, wrong: str = "") -> str:
    """What changed above, what the place itself says, and whose word is to stand; with choices, what they come to."""
    found = settling.visible_notice(current_actor(), change_id)
    own = drafts.published(Subject(found.kind, found.key, found.place))
    old, new = notices.above(found)
    names = placenames.names()
    theirs, ours = comparing.contents(old, new), comparing.contents(old, patches.merged(old, own))
    asked = choosing.disputes(found, own)
    return render_template(
        "notice.html",
        notice=found,
        names=names,
        theirs=theirs,
        ours=ours,
        asked=asked,
        rows=_rows(asked, (old, new, own), _nearer(found, names)),
        elements=_elements(asked, theirs, ours),
        free=[one for one in theirs.elements if one.id not in asked.elements and one.what != MOVED],
        sheets=_sheets(found, names, (theirs, ours), asked),
        lines=[
            (placenames.part(patches.dotted(path)), *(_written(path, value) for value in values))
            for path, *values in theirs.values
        ],
        merge=notices.merged_diagram(found, own),
        choices=choices or {},
        result=None if choices is None or wrong else _result(found, own, choices),
        wrong=wrong,
        said=lambda part, text: said(names, part, text),
        called=lambda path: placenames.part(patches.dotted(path)),
        dotted=patches.dotted,
        written=placenames.written,
    )


def act(change_id: UUID) -> ResponseReturnValue:
    """Follow, keep, merge, take note, or do what was chosen: show it first, write it into a draft, or settle."""
    actor, how = current_actor(), request.form.get("how", "")
    found = settling.visible_notice(actor, change_id)
    choices = {name.removeprefix("c."): side for name, side in request.form.items() if name.startswith("c.")}
    try:
        if how == "preview":
            return page(change_id, choices)
        if how == "draft":
            kept = settling.take_into_draft(actor, change_id, choices)
            flash(t("notice.drafted"), "done")
            return redirect(url_for("layers.draft", draft_id=kept.id), 303)
        settling.settle(actor, change_id, how=how, reason=_reason(found, how), choices=choices)
    except (Invalid, Conflict) as refusal:
        if choices and found.settled_at is None:
            return page(change_id, choices, _sentence(refusal)), errors.status_of(refusal)
        flash(_sentence(refusal), "late")
        return redirect(url_for("layers.notice", change_id=change_id), 303)
    flash(t("notice.done"), "done")
    return redirect(_after(found, how), 303)


def _after(found: LayerNotice, how: str) -> str:
    """What was written is shown beside what stood before, with the way back."""
    if how not in settling.WRITES:
        return url_for("procedures.index")
    versions = queries.versions(current_actor(), found.kind, found.key)
    newest = next((one for one in versions if one.place == found.place), None)
    return url_for("procedures.index") if newest is None else url_for("comparing.version", version_id=newest.id)


def _reason(found: LayerNotice, how: str) -> str:
    done = t(f"notice.how.{how}") if has(f"notice.how.{how}") else ""
    return t("notice.reason", how=done, above=placenames.names().place(found.above))


def _rows(
    asked: Disputes, sides: tuple[Mapping[str, Any], ...], nearer: Callable[[patches.Path], str]
) -> list[tuple[patches.Path, tuple[str, ...]]]:
    """Each value that is disputed: what was said above, what is said now, what the place says, and who is nearer."""
    known = [patches.leaves(one) for one in sides]
    return [(path, (*(_told(path, one) for one in known), nearer(path))) for path in asked.values]


def _nearer(found: LayerNotice, names: Names) -> Callable[[patches.Path], str]:
    """Says whose word would really hold where a place between the two says the same thing otherwise."""
    about = Subject(found.kind, found.key, found.place)
    behind = layers.thing(drafts.behind(about, found.above), found.kind, found.key)

    def said(path: patches.Path) -> str:
        origin = None if behind is None else behind.origins.get(path)
        if behind is None or origin in (None, found.above):
            return ""
        value = _written(path, patches.leaves(behind.content).get(path))
        return t("notice.nearer", value=value, place=names.place(str(origin)))

    return said


def _told(path: patches.Path, known: Mapping[patches.Path, Any]) -> str:
    """A value, or those around or inside it when one side says more or less of the same."""
    near = {one: value for one, value in known.items() if one[: len(path)] == path or path[: len(one)] == one}
    return "; ".join(_written(one, value) for one, value in near.items() if value is not None) or t("part.unsaid")


def _written(path: patches.Path, value: Any) -> str:
    if value is None:
        return ""
    return t("part.drawn") if path in comparing.DRAWN else placenames.written(value)


def _elements(asked: Disputes, theirs: Comparison, ours: Comparison) -> list[tuple[str, Change | None, Change | None]]:
    """Each element that is disputed: what changed in it above, and at the place itself."""
    above, here = ({one.id: one for one in side.elements} for side in (theirs, ours))
    return [(key, above.get(key), here.get(key)) for key in asked.elements]


def _sheets(found: LayerNotice, names: Names, sides: tuple[Comparison, Comparison], asked: Disputes) -> list[Sheet]:
    """The drawing before, as it is above now, and as the place has it."""
    theirs, ours = sides
    above = names.place(found.above)
    disputed = {key: Mark("disputed", t("difference.disputed")) for key in asked.elements}
    there = {**marks(theirs.elements, leave=REMOVED), **disputed}
    here = {**marks(ours.elements, leave=REMOVED), **disputed}
    gone = {**marks(theirs.elements, leave=ADDED), **disputed}
    shown = [
        sheet("base", t("notice.sheet.base", above=above), theirs.old.diagram, gone),
        sheet("theirs", t("notice.sheet.theirs", above=above), theirs.new.diagram, there),
        sheet("ours", t("notice.sheet.ours", place=names.place(found.place)), ours.new.diagram, here),
    ]
    return [one for one in shown if one.picture is not None] if theirs.elements or ours.elements else []


def _result(found: LayerNotice, own: Mapping[str, Any], choices: Mapping[str, str]) -> dict[str, Any]:
    """What the choices come to: the drawing with what was chosen, and what the gate says about it."""
    about = Subject(found.kind, found.key, found.place)
    content = choosing.chosen(found, own, choices)
    merge = choosing.merged(found, own, choices)
    whole = patches.merged(notices.above(found)[1], content)
    side = comparing.contents(whole, whole).new
    chosen = {
        name.removeprefix(ELEMENT): Mark("chosen", t(f"notice.side.{choice}"))
        for name, choice in choices.items()
        if name.startswith(ELEMENT)
    }
    free = {
        key: Mark("inherited" if key in chosen else "changed", t("notice.side.free"))
        for key in (merge.taken if merge else ())
    }
    return {
        "todo": drafts.left(about, content, found.above),
        "sheet": sheet("result", t("part.diagram"), side.diagram, {**free, **chosen}),
        "sentence": lambda one: errors.sentence(OfficeError(one.reason, **one.data)),
    }


def _sentence(refusal: OfficeError) -> str:
    """What is wrong; of a choice that is missing, what it is about."""
    name = str(refusal.data.get("name", ""))
    if refusal.code == "notice.choose" and not name.startswith(ELEMENT):
        return t("notice.choose", name=placenames.part(name))
    return errors.sentence(refusal)
