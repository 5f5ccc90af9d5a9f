"""What lies beside a diagram of a stranger: decision tables, and diagrams of processes that it may call."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from app.engine import importing
from app.engine.report import Changes
from app.engine.xml import bpmn, document, local
from app.kernel.errors import OfficeError

Given = Mapping[str, Mapping[str, str]]
"""How it is handed to the process that reads it: `tables` and `diagrams`, by file name without ending, in base64."""


@dataclass(frozen=True)
class Beside:
    """Files by their names; they are read only when a diagram asks for them, and what cannot be read is not there."""

    tables: Mapping[str, bytes] = field(default_factory=dict)
    diagrams: Mapping[str, bytes] = field(default_factory=dict)

    def table(self, key: str) -> bytes | None:
        """The decision table in the file of that name, or the one that calls its decision so."""
        if key in self.tables:
            return self.tables[key]
        return next((xml for xml in self.tables.values() if key in _decisions(xml)), None)

    def called(self, root: etree._Element) -> dict[str, tuple[etree._Element, Changes]]:
        """The documents of the processes that a document calls, directly or in the end, by one process of each."""
        found: dict[str, tuple[etree._Element, Changes]] = {}
        known, todo = _processes(root), [root]
        while todo:
            calls = {one.get("calledElement") or "" for one in todo.pop().iter(bpmn("callActivity"))}
            for name in sorted(calls - known):
                opened = self._diagram(name)
                if opened is not None and name not in known:
                    found[name] = opened
                    known |= _processes(opened[0])
                    todo.append(opened[0])
        return found

    def _diagram(self, process: str) -> tuple[etree._Element, Changes] | None:
        names = sorted(self.diagrams, key=lambda name: name != process)  # most files are called as their process is
        for name in names:
            try:
                root, changes = importing.opened(self.diagrams[name])
            except OfficeError:
                continue
            if process in _processes(root):
                return root, changes
        return None


NOTHING = Beside()


def packed(files: Beside) -> dict[str, dict[str, str]]:
    """Files as they are handed over."""
    kinds = {"tables": files.tables, "diagrams": files.diagrams}
    return {kind: {name: base64.b64encode(xml).decode() for name, xml in one.items()} for kind, one in kinds.items()}


def unpacked(given: Given | None) -> Beside:
    """Files as they were handed over."""
    kinds = {kind: {name: base64.b64decode(text) for name, text in one.items()} for kind, one in (given or {}).items()}
    return Beside(**kinds)


def _processes(root: etree._Element) -> set[str]:
    return {one.get("id") or "" for one in root.iter(bpmn("process"))}


def _decisions(xml: bytes) -> set[str]:
    try:
        root = document(xml)
    except OfficeError:
        return set()
    return {one.get("id") or "" for one in root.iter(etree.Element) if local(one) == "decision"}
