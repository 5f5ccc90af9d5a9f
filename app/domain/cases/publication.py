"""What cases add to the gate before a procedure is published."""

from collections.abc import Iterator

from app.domain.cases import operations
from app.domain.procedures.checks import Todo
from app.domain.procedures.effective import Effective
from app.engine.declarations import describe


def unoffered(found: Effective) -> Iterator[Todo]:
    """The steps that ask for an operation nobody offers."""
    offered = operations.names()
    for xml in (found.bpmn, *(text.encode() for text in found.called.values())):
        for node in describe(xml):
            if node.operation is not None and node.operation.name not in offered:
                yield Todo("operation.missing", {"name": node.operation.name}, node.id, node.name)
