"""What cases add to the gate before a procedure is published."""

from collections.abc import Iterator

from app.domain.cases import assignment, operations
from app.domain.procedures.checks import Todo
from app.domain.procedures.effective import Effective
from app.engine.declarations import describe


def unready(found: Effective) -> Iterator[Todo]:
    """Steps that ask for what nobody offers, or not in the way it is offered, and steps that are nobody's."""
    for xml in (found.bpmn, *(text.encode() for text in found.called.values())):
        nodes = describe(xml)
        names = {node.id: node.name for node in nodes}
        for problem in (*operations.problems(nodes), *assignment.problems(nodes)):
            node = str(problem.data.get("node") or "")
            yield Todo(problem.code, problem.data, node, names.get(node, ""))
