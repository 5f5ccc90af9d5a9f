"""Script tasks: assignments of expressions to names, one a line, and nothing else."""

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from app.engine.xml import bpmn
from app.kernel.errors import Invalid

FORMAT = "eoffice"
MAX_LINES = 50
_LINE = re.compile(r"([a-z][a-z0-9_]{0,63})\s*=(?!=)\s*(.+)")


@dataclass(frozen=True)
class Script:
    """What a script task assigns: names and the expressions of their values, in order."""

    lines: tuple[tuple[str, str], ...]

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression of the script."""
        return tuple(text for _name, text in self.lines)


def read(element: etree._Element, node: str | None) -> Script:
    """The script of an element; Invalid "diagram.script" when a line is no assignment or there is none."""
    rows = [row.strip() for row in (element.text or "").splitlines()]
    matches = [_LINE.fullmatch(row) for row in rows if row and not row.startswith("#")]
    lines = tuple((match[1], match[2]) for match in matches if match is not None)
    if len(element) or element.attrib or not 0 < len(lines) <= MAX_LINES or len(lines) < len(matches):
        raise Invalid("diagram.script", node=node)
    return Script(lines)


def drawn(task: etree._Element) -> Script | None:
    """The script that stands where BPMN puts it; only our own language is run."""
    script, node = task.find(bpmn("script")), task.get("id")
    if script is None:
        return None
    if task.get("scriptFormat") != FORMAT:
        raise Invalid("diagram.script", node=node)
    return read(script, node)


class ScriptTask(BpmnSpecMixin):
    """Assigns one value after the other; each line knows those above it."""

    def _run_hook(self, task: Any) -> bool:
        script: Script = self.extensions["script"]
        for name, text in script.lines:
            task.data[name] = deepcopy(task.workflow.script_engine.evaluate(task, text))
        return True
