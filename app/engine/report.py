"""What the gate found in a document: a verdict for each element and one for the whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from lxml import etree

from app.engine.standard import NAMED
from app.engine.xml import BPMN, local, space

RUNS: Final = "runs"
REWRITTEN: Final = "rewritten"
TODO: Final = "todo"
REFUSED: Final = "refused"
DRAFT: Final = "draft"
_GRAVITY: Final = (RUNS, REWRITTEN, TODO, REFUSED)


@dataclass(frozen=True)
class Note:
    """One thing said about an element: a key of the message catalogue and the values of its sentence."""

    verdict: str
    reason: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One element with all that is said about it; its verdict is the gravest of its notes."""

    id: str | None
    name: str
    type: str
    line: int | None
    notes: tuple[Note, ...] = ()

    @property
    def verdict(self) -> str:
        """`runs`, `rewritten`, `todo` or `refused`."""
        return max((note.verdict for note in self.notes), key=_GRAVITY.index, default=RUNS)

    def of(self, verdict: str) -> tuple[Note, ...]:
        """The notes of one verdict."""
        return tuple(note for note in self.notes if note.verdict == verdict)


@dataclass(frozen=True)
class Report:
    """A document: `runs`, `rewritten` (runs after the changes listed), `draft` (something is to do) or `refused`."""

    verdict: str
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Note, ...] = ()
    """Why a document is refused as a whole."""


class Changes:
    """What was said while a document was made ours, and the ids of renamed elements as they were written."""

    def __init__(self) -> None:
        self.said: list[tuple[etree._Element, Note]] = []
        self.names: dict[etree._Element, str] = {}

    def rewrote(self, element: etree._Element, reason: str, **data: Any) -> None:
        """Something now says in our words what it said in others."""
        self.said.append((element, Note(REWRITTEN, reason, data)))

    def left(self, element: etree._Element, reason: str, **data: Any) -> None:
        """Something could not be said with certainty: a person must."""
        self.said.append((element, Note(TODO, reason, data)))


Said = Iterable[tuple[etree._Element, Note]]  # noqa: SLF001 - the library's name for its public class


def refused(reason: str, data: Mapping[str, Any]) -> Report:
    """The report of a document that does not come in at all."""
    return Report(REFUSED, (), (Note(REFUSED, reason, data),))


def report(root: etree._Element, said: Said, names: Mapping[etree._Element, str]) -> Report:
    """Put what was said to the elements it is about; `names` are the ids of renamed elements as they were written."""
    notes: dict[etree._Element, list[Note]] = {element: [] for element in root.iter() if is_named(element)}
    for element, note in said:
        notes.setdefault(known(element), []).append(note)
    findings = tuple(_finding(element, tuple(found), names) for element, found in notes.items())
    verdict = max((one.verdict for one in findings), key=_GRAVITY.index, default=RUNS)
    reasons = tuple(note for one in findings for note in one.of(REFUSED))
    return Report(DRAFT if verdict == TODO else verdict, findings, reasons)


def is_named(element: etree._Element) -> bool:
    """Whether a person sees or names an element in a diagram."""
    return space(element) == BPMN and local(element) in NAMED


def known(element: etree._Element) -> etree._Element:
    """The element itself or the nearest one around it that a person knows; the root when there is none."""
    current = element
    while not is_named(current):
        around = current.getparent()
        if around is None:
            break
        current = around
    return current


def _finding(element: etree._Element, notes: tuple[Note, ...], names: Mapping[etree._Element, str]) -> Finding:
    once = {(note.verdict, note.reason, repr(note.data)): note for note in notes}
    return Finding(
        names.get(element, element.get("id")),
        " ".join((element.get("name") or "").split()),
        local(element),
        cast("int | None", element.sourceline),
        tuple(once.values()),
    )
