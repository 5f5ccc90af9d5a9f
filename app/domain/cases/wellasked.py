"""Whether diagrams ask for operations as these want to be asked: checked before a diagram is published."""

from collections.abc import Iterable, Iterator, Mapping

from app.domain.cases.contracts import Contract
from app.engine import expressions
from app.engine.declarations import Node, OperationDeclaration
from app.kernel.errors import Invalid, Missing, OfficeError


def problems(nodes: Iterable[Node], contracts: Mapping[str, Contract]) -> list[OfficeError]:
    """Everything for which an operation of a diagram would be refused when it runs; each names its `node`."""
    known = tuple(nodes)
    found: list[OfficeError] = []
    answers: dict[str, frozenset[str]] = {}
    for node in known:
        if node.operation is None:
            continue
        offered = contracts.get(node.operation.name)
        if offered is None:
            found.append(Missing("operation.not_offered", node=node.id, name=node.operation.name))
            continue
        found += _asked(node.id, node.operation, offered)
        if node.operation.result is not None:
            answers[node.operation.result] = answers.get(node.operation.result, frozenset()) | offered.answers
    return found + list(_used(known, answers))


def _asked(node: str, asked: OperationDeclaration, offered: Contract) -> Iterator[Invalid]:
    """What is asked for wrongly at one step."""
    for name in sorted(offered.needed - asked.params.keys()):
        yield Invalid("operation.param_missing", node=node, name=offered.name, field=name)
    for name in sorted(asked.params.keys() - offered.params):
        yield Invalid("operation.param_unknown", node=node, name=offered.name, field=name)
    for name, text in asked.params.items():
        if name in offered.params and _is_written_out(text) and not _fits(offered, name, text):
            yield Invalid("operation.param_value", node=node, name=offered.name, field=name)


def _is_written_out(text: str) -> bool:
    """Whether a value needs nothing but itself, so that it can be looked at before anything runs."""
    return not expressions.names(text) and not expressions.functions(text)


def _fits(offered: Contract, name: str, text: str) -> bool:
    value = expressions.evaluate(text, {})
    if value is None:
        return name not in offered.needed
    return not any(error.path and error.path[0] == name for error in offered.errors({name: value}))


def _used(nodes: Iterable[Node], answers: Mapping[str, frozenset[str]]) -> Iterator[Invalid]:
    """Where something of an answer is read that the operation never gives."""
    for node in nodes:
        parts = (node.task, node.operation, node.message, node.script)
        texts = (text for part in parts if part is not None for text in part.expressions)
        for name, key in (pair for text in texts for pair in expressions.lookups(text)):
            if name in answers and key not in answers[name]:
                yield Invalid("operation.result_unknown", node=node.id, name=name, field=key)
