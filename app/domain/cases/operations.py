"""What diagrams may ask for, and what forms may write; each slice offers its own, the factory mounts them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from app.domain.actors.actor import Actor
from app.domain.cases import wellasked
from app.domain.cases.contracts import Contract, Schema
from app.domain.cases.models import Call, Case, Task
from app.domain.documents.commands import FileGiven
from app.domain.procedures import commands as procedures
from app.domain.procedures import forms
from app.engine.declarations import Node
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, OfficeError

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
        """The document an operation is about: the one it was given, else the one the case handles."""
        return UUID(str(self.params.get("document_id") or self.case.document_id))

    def made(self, what: str) -> UUID:
        """The id of something that this call makes: asked twice, it is made once."""
        return uuid5(self.call_id, what)


@dataclass(frozen=True)
class Written:
    """What a person filled in, before the engine sees it."""

    case: Case
    task: Task
    actor: Actor
    answers: Params
    file: FileGiven | None

    @property
    def told(self) -> Params:
        """What the form says that the engine needs of it."""
        return forms.told(procedures.pinned_form(self.task.form_sha256).schema, self.answers)


Operation = Callable[[Asked], Params | None]
Writer = Callable[[Written], Params]


class Offers:
    """The operations and writers of one slice."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.operations: dict[str, Operation] = {}
        self.contracts: dict[str, Contract] = {}
        self.writers: dict[str, Writer] = {}

    def operation(
        self, *, takes: Schema, gives: Schema, later: bool = False, effectful: bool = True
    ) -> Callable[[Operation], Operation]:
        """Offer a function to diagrams as `prefix.function_name`; None means: answered later."""

        def offer(function: Operation) -> Operation:
            name = f"{self.prefix}.{function.__name__}"
            self.operations[name] = function
            self.contracts[name] = Contract(name, takes, gives, later, effectful)
            return function

        return offer

    def writer(self, function: Writer) -> Writer:
        """Offer a function to forms (`x-writes`); what it returns is all that the engine is told."""
        self.writers[f"{self.prefix}.{function.__name__}"] = function
        return function


_operations: dict[str, Operation] = {}
_contracts: dict[str, Contract] = {}
_writers: dict[str, Writer] = {}


def install(*offers: Offers) -> None:
    """Replace everything that diagrams may call and forms may write."""
    for table in (_operations, _contracts, _writers):
        table.clear()
    for offer in offers:
        _operations.update(offer.operations)
        _contracts.update(offer.contracts)
        _writers.update(offer.writers)


def names() -> frozenset[str]:
    """Every operation; a test compares them with the diagrams."""
    return frozenset(_operations)


def catalogue() -> tuple[Contract, ...]:
    """Every operation with what it takes and gives, by name."""
    return tuple(_contracts[name] for name in sorted(_contracts))


def contract(name: str) -> Contract:
    """What one operation takes and gives; Missing "operation.missing"."""
    if name not in _contracts:
        raise Missing("operation.missing", name=name)
    return _contracts[name]


def check(name: str, params: Params) -> dict[str, Any]:
    """The parameters of an operation that have a value; Invalid "operation.params" when they do not fit."""
    return contract(name).given(params)


def problems(nodes: Iterable[Node]) -> list[OfficeError]:
    """Everything for which an operation of a diagram would be refused when it runs; each names its `node`."""
    return wellasked.problems(nodes, _contracts)


def run(name: str, asked: Asked) -> Params | None:
    """Answer a service task inside the running transaction; None means later.

    Raises Missing for an operation nobody offers, Invalid "operation.params" or "operation.result" for values that
    are not what it takes and gives.
    """
    try:
        given = check(name, asked.params)
    except Invalid as error:
        raise Invalid(error.code, node=asked.node, **error.data) from error
    answer = _operations[name](Asked(asked.case, asked.actor, asked.call_id, asked.node, given))
    if answer is not None:
        contract(name).answered(answer)
    return answer


def write(name: str | None, written: Written) -> Params:
    """Let the slice that owns a form keep what was filled in."""
    if name is None:
        return written.answers
    if name not in _writers:
        raise Missing("operation.missing", name=name)
    return _writers[name](written)
