"""What diagrams may ask for, and what forms may write; each slice offers its own, the factory mounts them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases.models import Call, Case, Task
from app.domain.documents.commands import FileGiven
from app.kernel.db import db
from app.kernel.errors import Missing

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A service task that runs now: in which case, on whose act, with which parameters."""

    case: Case
    actor: Actor
    call_id: UUID
    node: str
    params: Params

    @property
    def before(self) -> Call | None:
        """The call as it waits when it is asked for once more: whoever asks again has it in hand."""
        return next((row for row in db.session if isinstance(row, Call) and row.id == self.call_id), None)

    @property
    def document_id(self) -> UUID:
        """The document most operations are about."""
        return UUID(str(self.params["document_id"]))


@dataclass(frozen=True)
class Written:
    """What a person filled in, before the engine sees it."""

    case: Case
    task: Task
    actor: Actor
    answers: Params
    file: FileGiven | None


Operation = Callable[[Asked], Params | None]
Writer = Callable[[Written], Params]


class Offers:
    """The operations and writers of one slice."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.operations: dict[str, Operation] = {}
        self.writers: dict[str, Writer] = {}

    def operation(self, function: Operation) -> Operation:
        """Offer a function to diagrams as `prefix.function_name`; None means: answered later."""
        self.operations[f"{self.prefix}.{function.__name__}"] = function
        return function

    def writer(self, function: Writer) -> Writer:
        """Offer a function to forms (`x-writes`); what it returns is all that the engine is told."""
        self.writers[f"{self.prefix}.{function.__name__}"] = function
        return function


_operations: dict[str, Operation] = {}
_writers: dict[str, Writer] = {}


def install(*offers: Offers) -> None:
    """Replace everything that diagrams may call and forms may write."""
    _operations.clear()
    _writers.clear()
    for offer in offers:
        _operations.update(offer.operations)
        _writers.update(offer.writers)


def names() -> frozenset[str]:
    """Every operation; a test compares them with the diagrams."""
    return frozenset(_operations)


def run(name: str, asked: Asked) -> Params | None:
    """Answer a service task inside the running transaction; None means later."""
    if name not in _operations:
        raise Missing("operation.missing", name=name)
    return _operations[name](asked)


def write(name: str | None, written: Written) -> Params:
    """Let the slice that owns a form keep what was filled in."""
    if name is None:
        return written.answers
    if name not in _writers:
        raise Missing("operation.missing", name=name)
    return _writers[name](written)
