"""Business rule tasks: a decision table says what the case is told."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from app.engine import dmn
from app.engine.decisions import Table
from app.engine.declarations import declared
from app.engine.xml import bpmn
from app.kernel.errors import Invalid

Decisions = Callable[[str], bytes | None]
"""Gives the DMN document of a decision by its key; None when there is none."""


def no_decisions(_key: str) -> None:
    """For diagrams that decide nothing by a table."""


class RuleTask(BpmnSpecMixin):
    """Writes what its table says where the diagram wants it."""

    table: Table

    def _run_hook(self, task: Any) -> bool:
        try:
            result = self.table.decide(task.data)
        except Invalid as error:
            raise Invalid("engine.dmn", node=self.bpmn_id, reason=error.code) from error
        task.data[self.extensions["decision"].result] = result
        return True


def tables(roots: Iterable[etree._Element], decisions: Decisions) -> dict[str, Table]:
    """The tables that documents ask for, by key; Invalid "diagram.decision" or "decision.*" names the node."""
    found: dict[str, Table] = {}
    for root in roots:
        for task in root.iter(bpmn("businessRuleTask")):
            key, node = declared(task)["decision"].key, task.get("id")
            if key not in found:
                found[key] = _table(decisions(key), key, node)
    return found


def connect(specs: Iterable[Any], known: Mapping[str, Table]) -> None:
    """Give each rule task its table."""
    for spec in specs:
        for task in spec.task_specs.values():
            if isinstance(task, RuleTask):
                task.table = known[task.extensions["decision"].key]


def _table(xml: bytes | None, key: str, node: str | None) -> Table:
    if xml is None:
        raise Invalid("diagram.decision", node=node, key=key)
    try:
        return dmn.read(xml)
    except Invalid as error:
        raise Invalid(error.code, **{**error.data, "node": node, "key": key}) from error
