"""What a draft changes, in sentences an administrator would write: the short list of the wizard and its summary."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.procedures import patches, suite
from app.engine import order
from app.engine.declarations import Node, describe
from app.engine.differences import CHANGED, REMOVED, Difference, differences
from app.kernel.errors import OfficeError
from app.web import placenames
from app.web.i18n import has, t

Content = Mapping[str, Any]
STEPS = frozenset({"userTask", "manualTask", "task"})
SHOWN = frozenset({"sequenceFlow", "process", "lane", "participant", "message", "signal", "error", "escalation"})
"""What is only told when its own words changed: that it came or went follows from the steps."""
IN_THE_DIAGRAM = frozenset({"diagram", "steps", "added"})
"""What is told by what it does to the diagram."""
LONGEST_NAME = 80
_DAYS = re.compile(r"\d{1,4}")
_PARAMETER = re.compile(r"parameters\.([a-z][a-z0-9_]*)")


def sentences(before: Content, after: Content) -> list[str]:
    """What is said differently, one sentence each, the diagram first, what only tries it last."""
    return [*_drawn(before, after), *_said(before, after), *_tried(before, after)]


def summary(before: Content, after: Content, longest: int) -> str:
    """The sentences as one text that fits; what does not is counted. Scenarios are told of when nothing else is."""
    text, found = "", [*_drawn(before, after), *_said(before, after)] or [*_tried(before, after)]
    for number, one in enumerate(found):
        rest = t("change.more", count=len(found) - number)
        if len(text) + len(one) + len(rest) + 3 > longest:
            return f"{text} {rest}.".strip()
        text = f"{text}; {one}" if text else one
    return f"{text}." if text else ""


def _drawn(before: Content, after: Content) -> Iterator[str]:
    try:
        old, new = suite.diagram(before), suite.diagram(after)
        if new == old or not new:
            return
        if not old:
            yield t("change.diagram.first", count=sum(one.kind in STEPS for one in describe(new)))
            return
        found, words = differences(old, new), _Words(old, new)
    except OfficeError:
        yield t("change.diagram")
        return
    told = [sentence for one in found for sentence in words.of(one)]
    yield from dict.fromkeys(told) if told else [t("change.diagram.layout")]


def _said(before: Content, after: Content) -> Iterator[str]:
    old, new = patches.leaves(before), patches.leaves(after)
    for path in sorted(patches.changed(before, after)):
        if path[0] in IN_THE_DIAGRAM or not patches.runs(path):
            continue
        what = placenames.part(patches.dotted(path))
        was, now = (_short(placenames.written(one.get(path, ""))) for one in (old, new))
        if path not in new:
            yield t("change.value.gone", what=what, was=was)
        elif path not in old:
            yield t("change.value.new", what=what, now=now)
        else:
            yield t("change.value", what=what, was=was, now=now)


def _tried(before: Content, after: Content) -> Iterator[str]:
    tried = [path for path in patches.changed(before, after) if not patches.runs(path)]
    if tried:
        yield t("change.scenarios", count=len(tried))


class _Words:
    """How elements of two diagrams are called."""

    def __init__(self, old: bytes, new: bytes) -> None:
        self.old, self.new = ({one.id: one for one in describe(xml)} for xml in (old, new))
        self.before = order.before(new)

    def of(self, one: Difference) -> Iterator[str]:
        """What happened to one element; nothing where it follows from what happened to others."""
        if one.what == CHANGED:
            yield from self._changed(one)
        elif one.type in SHOWN:
            return
        elif one.what == REMOVED:
            yield t(f"change.{_kind(one.type)}.removed", name=self._name(one.id, self.old))
        else:
            yield self._added(one)

    def _added(self, one: Difference) -> str:
        name = self._name(one.id, self.new)
        after = [self._name(key, self.new) for key in self.before.get(one.id, ()) if self._is_step(key)]
        text = t(f"change.{_kind(one.type)}.added", name=name)
        if after:
            text = f"{text} {t('change.after', names=', '.join(f'«{each}»' for each in after[:3]))}"
        return ", ".join((text, *self._details(self.new.get(one.id))))

    def _details(self, node: Node | None) -> Iterator[str]:
        """Who does a step and by when."""
        task = None if node is None else node.task
        if task is not None and task.role:
            yield t("change.by", who=_role(task.role))
        if task is not None and task.deadline:
            yield t("change.due", term=_term(task.deadline))

    def _changed(self, one: Difference) -> Iterator[str]:
        old, new = self.old.get(one.id), self.new.get(one.id)
        name = self._name(one.id, self.old)
        parts = set(one.parts)
        if "name" in parts:
            yield t("change.renamed", name=name, now=self._name(one.id, self.new))
            parts.discard("name")
        if old is not None and new is not None and old.task is not None and new.task is not None:
            for what, was, now in _declared(old, new):
                yield t(f"change.step.{what}", name=name, was=was, now=now)
                parts -= {"extensionElements", "lane"}
        if one.type == "sequenceFlow":
            if "conditionExpression" in parts:
                yield t("change.condition", name=name)
            return
        rest = parts - {"in", "flowNodeRef", "default"}
        if rest and one.type not in ("process", "participant", "lane"):
            yield t("change.other", name=name, parts=", ".join(sorted(placenames.element_part(part) for part in rest)))

    def _is_step(self, key: str) -> bool:
        return key in self.new and self.new[key].kind != "startEvent"

    def _name(self, key: str, known: Mapping[str, Node]) -> str:
        node = known.get(key)
        return _short(node.name or key) if node is not None else _short(key)


def _declared(old: Node, new: Node) -> Iterator[tuple[str, str, str]]:
    """What two declarations of a step say differently: what, before, now."""
    before, after = old.task, new.task
    if before is None or after is None:
        return
    if before.deadline != after.deadline:
        yield "deadline", _term(before.deadline), _term(after.deadline)
    if before.role != after.role:
        yield "role", _role(before.role), _role(after.role)
    if before.form != after.form:
        yield "form", before.form or t("part.unsaid"), after.form or t("part.unsaid")


def _kind(kind: str) -> str:
    if kind in STEPS:
        return "step"
    return "gateway" if kind.endswith("Gateway") else "event" if kind.endswith("Event") else "task"


def _role(role: str | None) -> str:
    key = f"role.{role}"
    return (t(key) if has(key) else str(role)) if role else t("part.unsaid")


def _term(deadline: str | None) -> str:
    """A deadline as people say it."""
    if not deadline:
        return t("change.no_term")
    text = deadline.strip().strip("'\"")
    if _DAYS.fullmatch(text):
        return t("change.days", count=int(text))
    named = _PARAMETER.fullmatch(text)
    return t("change.by_parameter", name=named[1]) if named else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
