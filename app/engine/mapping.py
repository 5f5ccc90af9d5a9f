"""Which step of a new diagram a step of an old one is: proposed with its reason, chosen by people, and checked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask, MultiInstanceTask

from app.engine.catching import CatchEvent, ReceiveTask, Watch
from app.engine.declarations import TaskDeclaration
from app.engine.definition import Definition
from app.engine.specs import CallActivity, ServiceTask, SubProcess
from app.kernel.errors import Invalid

_PARTS: Final = re.compile(r"(.+?\.?)(\.(?:BoundaryEventSplit|BoundaryEventJoin|Watch|Undo|ways)| \[child\])?")
_OWN: Final = frozenset({"Start", "End", "Root"})


@dataclass(frozen=True)
class Match:
    """A step of the old diagram and its counterpart; `how`: id, name, form, chosen, or none when there is none.

    `waits` tells whether a case may stand there, so that a person is asked where its cases go.
    """

    scope: str
    node: str
    name: str
    to: str | None
    how: str
    waits: bool

    @property
    def key(self) -> str:
        """How people's choices name the step."""
        return f"{self.scope}/{self.node}"


@dataclass(frozen=True)
class StepMap:
    """The steps of an old diagram by process or sub-process (`scope`); `scopes` are the counterparts of those."""

    scopes: Mapping[str, str]
    matches: tuple[Match, ...]

    def of(self, scope: str) -> dict[str, str]:
        """The counterparts of the steps of one process or sub-process."""
        return {one.node: one.to for one in self.matches if one.scope == scope and one.to is not None}


def propose(old: Definition, new: Definition, choices: Mapping[str, str] = MappingProxyType({})) -> StepMap:
    """The counterpart of each step: what people chose, else that of its id, else the only one alike.

    Alike are two of a kind with the same name or form. A choice is `scope/step` to the id of a step, or "" for none;
    Invalid "migration.choice" when there is no such step, "migration.*" when it cannot take the place.
    """
    scopes = {old.spec.name: new.spec.name}
    matches: list[Match] = []
    todo = [old.spec.name]
    while todo:
        scope = todo.pop(0)
        before, after = _spec(old, scope), _spec(new, scopes[scope])
        for match in _matched(scope, before, after, choices):
            matches.append(match)
            inside = None if match.to is None else _inside(before, match.node, after, match.to)
            if inside is not None and inside[0] not in scopes:
                scopes[inside[0]] = inside[1]
                todo.append(inside[0])
    for key in choices.keys() - {one.key for one in matches}:
        raise Invalid("migration.choice", node=key)
    return StepMap(MappingProxyType(scopes), tuple(matches))


def candidates(old: Definition, new: Definition, mapping: StepMap, match: Match) -> tuple[tuple[str, str], ...]:
    """The steps (id and name) of the new diagram that can take the place of a step of the old one."""
    before, after = _drawn(_spec(old, match.scope)), _drawn(_spec(new, mapping.scopes[match.scope]))
    found = ((name, one.bpmn_name or name) for name, one in after.items() if fits(before[match.node], one))
    return tuple(found)


def check(old: Any, new: Any) -> None:
    """Refuse (Invalid "migration.*" with the node) a counterpart at which a token of the old step cannot stand."""
    node = old.bpmn_id
    if isinstance(old, LoopTask) or isinstance(new, LoopTask):
        _check_repetition(old, new, node)
        return
    if old.manual and new.manual:
        return
    if type(old) is not type(new) or type(event(old)) is not type(event(new)):
        raise Invalid("migration.kind", node=node)
    if isinstance(old, ServiceTask) and old.extensions["operation"].name != new.extensions["operation"].name:
        raise Invalid("migration.waiting_call", node=node)
    if isinstance(old, CallActivity) and old.spec != new.spec:
        raise Invalid("migration.subprocess", node=node)


def fits(old: Any, new: Any) -> bool:
    """Whether a token of the old step can stand at the new one."""
    try:
        check(old, new)
    except Invalid:
        return False
    return True


def split(name: str) -> tuple[str, str]:
    """The element that a part of a specification belongs to, and which part it is: `a.BoundaryEventSplit`."""
    match = _PARTS.fullmatch(name)
    return (name, "") if match is None or name in _OWN else (match[1], match[2] or "")


def event(spec: Any) -> Any:
    """What an element waits for or throws; None for what is no event."""
    return getattr(spec, "event_definition", None)


def _spec(definition: Definition, scope: str) -> Any:
    return definition.spec if scope == definition.spec.name else definition.inner[scope]


def _drawn(spec: Any) -> dict[str, Any]:
    """The elements of a process or sub-process by name; the start of an event sub-process belongs to both."""
    found = {}
    for name, one in spec.task_specs.items():
        element, part = split(name)
        if one.bpmn_id is not None and (part == "" or isinstance(one, Watch)):
            found[element] = one
    return found


def _matched(scope: str, before: Any, after: Any, choices: Mapping[str, str]) -> Iterator[Match]:
    old, new = _drawn(before), _drawn(after)
    found = {name: (to, "chosen") for name in old if (to := choices.get(f"{scope}/{name}")) is not None}
    for name, (to, _) in found.items():
        _check_choice(old[name], to, new)
    same = {name: (name, "id") for name, one in old.items() if name in new and fits(one, new[name])}
    found = same | found
    for trait, how in ((_name, "name"), (_form, "form")):
        taken = {to for to, _ in found.values()}
        left = {name: one for name, one in old.items() if name not in found}
        found |= _alike(left, {name: one for name, one in new.items() if name not in taken}, trait, how)
    for name, one in old.items():
        to, how = found.get(name, ("", "none"))
        yield Match(scope, name, one.bpmn_name or name, to or None, how, _waits(one))


def _check_choice(old: Any, to: str, new: Mapping[str, Any]) -> None:
    if to and to not in new:
        raise Invalid("migration.choice", node=to)
    if to:
        check(old, new[to])


def _alike(old: Mapping[str, Any], new: Mapping[str, Any], trait: Any, how: str) -> dict[str, tuple[str, str]]:
    """The only two of a kind with the same trait."""
    found = {}
    for name, one in old.items():
        wanted = trait(one)
        rivals = [other for other in old.values() if wanted is not None and trait(other) == wanted]
        same = [key for key, other in new.items() if wanted is not None and trait(other) == wanted and fits(one, other)]
        if len(rivals) == len(same) == 1:
            found[name] = (same[0], how)
    return found


def _name(spec: Any) -> str | None:
    name: str | None = spec.bpmn_name
    return name or None


def _form(spec: Any) -> str | None:
    declared = getattr(spec, "extensions", {}).get("task", TaskDeclaration())
    form: str | None = declared.form
    return form


def _inside(before: Any, node: str, after: Any, to: str) -> tuple[str, str] | None:
    """The processes inside a step and its counterpart."""
    old, new = (_once(spec, spec.task_specs.get(name)) for spec, name in ((before, node), (after, to)))
    if isinstance(old, SubProcess | CallActivity) and isinstance(new, SubProcess | CallActivity):
        return old.spec, new.spec
    return None


def _once(spec: Any, one: Any) -> Any:
    """A repeated activity as it is once."""
    return spec.task_specs[one.task_spec] if isinstance(one, LoopTask) else one


def _waits(spec: Any) -> bool:
    """Whether a token may stand at an element."""
    once = _once(spec._wf_spec, spec)  # noqa: SLF001 - a specification has no public way to the process around it
    return bool(once.manual or isinstance(once, ServiceTask | SubProcess | CallActivity | CatchEvent | ReceiveTask))


def _check_repetition(old: Any, new: Any, node: str) -> None:
    """A repetition goes on only as the same one: its items and results are counted and named in the state."""
    if type(old) is not type(new) or _items(old) != _items(new):
        raise Invalid("migration.instances", node=node)
    check(*(_once(one._wf_spec, one) for one in (old, new)))  # noqa: SLF001 - as above


def _items(spec: Any) -> tuple[Any, ...]:
    if not isinstance(spec, MultiInstanceTask):
        return ()
    parts = (spec.data_input, spec.data_output, spec.input_item, spec.output_item)
    return tuple(None if part is None else part.bpmn_id for part in parts)
