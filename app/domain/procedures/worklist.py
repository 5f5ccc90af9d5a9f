"""Working off a diagram in a draft (xử lý việc còn lại): what is done of all there is, element by element."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, imports, layers, patches, places
from app.domain.procedures.checks import Todo
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.engine.child import Reader
from app.engine.openings import MACHINES, STEPS, WAYS
from app.kernel.errors import Invalid

CONDITIONS, PEOPLE, FORMS, OPERATIONS = "conditions", "people", "forms", "operations"
KINDS: Final = (CONDITIONS, PEOPLE, FORMS, OPERATIONS)
_COVERED: Final = {
    CONDITIONS: {"diagram.condition"},
    PEOPLE: {"diagram.nobody"},
    FORMS: {"procedure.step_without_form", "procedure.form_unknown"},
    OPERATIONS: {"diagram.operation", "operation.not_offered"},
}
_LEFT: Final = {
    CONDITIONS: "import.condition",
    PEOPLE: "import.assignee",
    FORMS: "import.form",
    OPERATIONS: "import.operation",
}
Told = Mapping[str, Any]
Originals = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Work:
    """One thing to say about one element: `said` is what stands there, `original` what the other tool wrote."""

    kind: str
    element: str
    name: str
    done: bool
    said: Told
    original: str = ""


@dataclass(frozen=True)
class Worklist:
    """All of it: what the common kinds still need, what else is to do, and what was rewritten on import."""

    works: tuple[Work, ...]
    rest: tuple[Todo, ...]
    rewritten: tuple[Told, ...]

    def of(self, kind: str) -> list[Work]:
        """The works of one kind, what is open first."""
        return sorted((one for one in self.works if one.kind == kind), key=lambda one: one.done)

    @property
    def open(self) -> int:
        """How much is left."""
        return sum(not one.done for one in self.works) + len(self.rest)


def worklist(draft: LayerDraft, offered: Collection[str]) -> Worklist:
    """What is to do in the diagram of a draft, and what is done. `offered` are the operations there are.

    Invalid "diagram.*" when the diagram cannot even be read.
    """
    content = _whole(draft)
    diagram = content.get("diagram")
    notes = imports.notes(draft.id)
    works: list[Work] = []
    if diagram:
        with Reader() as reader:
            found = reader.ask("openings", diagram.encode())
        works = _works(content, found, {"forms": known_forms(draft.place), "operations": offered}, _originals(notes))
    covered = {(one.element, reason) for one in works for reason in _COVERED[one.kind]}
    rest = [one for one in drafts.todo(draft) if (_element(one), one.reason) not in covered]
    return Worklist(tuple(works), tuple(rest), tuple(note for note in notes if note["verdict"] == "rewritten"))


def fill(actor: Actor, draft_id: UUID, row_version: int, element: str, what: str, said: Told) -> LayerDraft:
    """Say one thing that the diagram of a draft leaves open; it is written in the child that reads strangers' files.

    Raises as `save_draft`, Invalid "draft.no_diagram" when the draft has none of its own, "opening.*" and
    "expression.*" for what cannot be said there.
    """
    draft = drafts.visible_draft(actor, draft_id)
    diagram = draft.content.get("diagram")
    if not diagram:
        raise Invalid("draft.no_diagram")
    with Reader() as reader:
        xml = reader.ask("fill", diagram.encode(), element=element, what=what, said=dict(said))["xml"]
    about = Subject(draft.kind, draft.key, draft.place)
    content = _unsaid(draft.content, element, what)
    return drafts.save_draft(actor, about, {**content, "diagram": xml}, row_version=row_version)


def known_forms(place: str) -> set[str]:
    """The keys of the forms that a place can name."""
    chain = places.chart().seen_from(place)
    return {one.key for one in layers.shelf(chain).along(chain) if one.kind == "form"}


def _whole(draft: LayerDraft) -> dict[str, Any]:
    """The content of a draft on what stands behind its place."""
    chain = [one for one in places.chart().seen_from(draft.place) if one != draft.place]
    behind = layers.thing(layers.shelf(chain).along(chain), draft.kind, draft.key)
    whole: dict[str, Any] = patches.merged({} if behind is None else behind.content, draft.content)
    return whole


def _works(content: Told, found: Told, known: Mapping[str, Collection[str]], original: Originals) -> list[Work]:
    steps, said = content.get("steps", {}), content.get("forms", {})
    works = [_work(CONDITIONS, way, bool(way["condition"]), original, way["original"]) for way in found[WAYS]]
    for step in found[STEPS]:
        beside = steps.get(step["id"], {})
        has_somebody = step["somebody"] or any(beside.get(one) for one in ("role", "post", "performer"))
        form = said.get(step["id"]) or beside.get("form") or step["form"]
        works.append(_work(PEOPLE, {**step, "said": {**step["said"], **beside}}, has_somebody, original))
        works.append(_work(FORMS, {**step, "form": form}, form in known["forms"], original))
    for machine in found[MACHINES]:
        is_offered = machine["operation"] in known["operations"] or not (machine["open"] or machine["operation"])
        works.append(_work(OPERATIONS, machine, is_offered, original))
    return works


def _work(kind: str, told: Told, done: bool, original: Originals, kept: str = "") -> Work:
    return Work(kind, told["id"], told["name"], done, told, kept or original.get((_LEFT[kind], told["id"]), ""))


def _originals(notes: Collection[Told]) -> dict[tuple[str, str], str]:
    """What the other tool wrote where a person must say it anew, by kind of note and element."""
    left = (note for note in notes if note["verdict"] == "todo")
    return {(note["reason"], note["element"]): str(note["data"].get("original", "")) for note in left}


def _unsaid(content: Told, element: str, what: str) -> dict[str, Any]:
    """The content without what is said beside the diagram about the same: the diagram shall have the word."""
    found = dict(content)
    gone = {"form": ("form",), "person": ("role", "post", "performer")}.get(what, ())
    if what == "form" and element in (found.get("forms") or {}):
        found["forms"] = {node: form for node, form in found["forms"].items() if node != element}
    if element in (found.get("steps") or {}):
        rest = {name: one for name, one in (found["steps"][element] or {}).items() if name not in gone}
        found["steps"] = {**found["steps"], element: rest}
    return found


def _element(one: Todo) -> str:
    return one.element or str(one.data.get("node") or "")
