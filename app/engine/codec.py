"""The state of a case as bytes: only what can still matter, without the diagram.

Kept are the unfinished tasks, what they hang on and where their ways parted, each with the data it changed; what
lies between and before is the journal's to remember. The format is JSON with the names of elements, so a state stays
readable whatever order a later release parses its diagram in. Format 2 keeps each sub-process as a text of its own,
which need not be read when something happens in another one (see `resting`).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine import lineage, resting, steering
from app.engine.resting import Shown, Sleeper
from app.engine.scopes import Snapshot, active
from app.kernel.errors import Conflict, Invalid, TooLarge

FORMAT = 2
MAX_BYTES = 2_000_000
_GUESSED = TaskState.MAYBE | TaskState.LIKELY | TaskState.FUTURE


def dump(top: Any, shown: Mapping[UUID | None, Shown]) -> bytes:
    """The state of a workflow; Invalid "engine.data" when its data are not JSON, TooLarge beyond 2 MB.

    `shown` is what waits in each of its processes, those that were left alone among them, in their order.
    """
    awake = {flow_key(flow): flow for flow in active(top)}
    try:
        rows = _rows(top, {})
        flows = [_sleeper(awake[key], shown[key]) if key in awake else top.resting[key] for key in shown if key]
        kept = [list(one) for one in flows]
        content = {"format": FORMAT, "completed": top.completed, "data": top.data, "rows": rows, "flows": kept}
        state = orjson.dumps(content)
    except TypeError as error:
        raise Invalid("engine.data") from error
    if len(state) > MAX_BYTES:
        raise TooLarge("engine.state", limit=MAX_BYTES)
    return state


def load(spec: Any, inner: Mapping[str, Any], state: bytes, engine: Any, only: UUID | None = None) -> Any:
    """The workflow of a state; Conflict "engine.state" when it belongs to another diagram or format.

    With `only`, sub-processes that have nothing to do with this task may be left as they are.
    """
    content = _read(state)
    top = BpmnWorkflow(spec, inner, script_engine=engine, deserializing=True)
    top.completed, top.data = content["completed"], content["data"]
    _restore(top, content["rows"], {})
    sleepers = {UUID(one[0]): Sleeper(*one) for one in content["flows"]}
    top.order = list(sleepers)
    top.resting = resting.undisturbed(sleepers, only, top)
    for key, one in sleepers.items():
        if key not in top.resting:
            flow = _called(top, key, one.name)
            told_against = flow.parent_workflow.tasks[key].data if content["format"] > 1 else {}
            _restore(flow, orjson.loads(one.rows), told_against)
    return top


def flow_key(flow: Any) -> UUID | None:
    """The task that called a process; None for the one at the top."""
    key: UUID | None = getattr(flow, "parent_task_id", None)
    return key


def _read(state: bytes) -> dict[str, Any]:
    """The content of a state of any format that was ever kept."""
    content: dict[str, Any] = orjson.loads(state)
    if content["format"] == 1:
        (_, _, rows), *flows = content.pop("flows")
        texts = ([key, name, orjson.dumps(inner).decode(), None] for key, name, inner in flows)
        return {**content, "rows": rows, "flows": texts}
    if content["format"] != FORMAT:
        raise Conflict("engine.state")
    return content


def _sleeper(flow: Any, shown: Shown) -> Sleeper:
    """A sub-process as it is kept: its data are told against those of the task that called it."""
    caller = flow.parent_workflow.tasks[flow.parent_task_id]
    text = orjson.dumps(_rows(flow, caller.data)).decode()
    return Sleeper(caller.id.hex, flow.spec.name, text, resting.waits(flow, shown))


def _called(top: Any, key: UUID, name: str) -> Any:
    caller = next(outer.tasks[key] for outer in (top, *top.subprocesses.values()) if key in outer.tasks)
    if name not in top.subprocess_specs:
        raise Conflict("engine.state")
    flow = BpmnSubWorkflow(top.subprocess_specs[name], key, top, deserializing=True)
    top.subprocesses[key] = flow
    steering.return_to(caller, flow)
    return flow


def _rows(flow: Any, inherited: Mapping[str, Any]) -> list[list[Any]]:
    """The tasks that matter, each after the one it hangs on, with the data it changed."""
    kept = _kept(flow)
    rows = [_row(flow.task_tree, -1, inherited)]
    todo = [(child, flow.task_tree, 0) for child in reversed(flow.task_tree.children)]
    while todo:
        task, above, place = todo.pop()
        if task.id in kept:
            rows.append(_row(task, place, above.data))
            above, place = task, len(rows) - 1
        todo.extend((child, above, place) for child in reversed(task.children))
    return rows


def _kept(flow: Any) -> set[UUID]:
    """Unfinished tasks, what they hang on, and where their ways parted: nobody ever asks for anything else."""
    unfinished = [task for task in flow.tasks.values() if task.has_state(TaskState.NOT_FINISHED_MASK)]
    kept = {one.id for task in unfinished for one in (task, task.parent) if one is not None}
    tokens = (task for task in unfinished if task.parent is None or task.parent.has_state(TaskState.FINISHED_MASK))
    ways = lineage.ways(tokens)
    kept |= ways.partings | {key for key in ways.passed if _is_anchor(flow.tasks[key])}
    return kept | lineage.forget(flow, ways.passed, kept)


def _is_anchor(task: Any) -> bool:
    """Whether what hangs on a task would be misread without it: told against its data, or taken for the activity."""
    return isinstance(task.task_spec, Snapshot | BoundaryEvent)


def _row(task: Any, above: int, inherited: Mapping[str, Any]) -> list[Any]:
    name = task.task_spec.name
    if task.has_state(_GUESSED) and not (task.data or task.internal_data or task.triggered):
        return [name, above, task.state]
    changed = {key: value for key, value in task.data.items() if not _same(inherited, key, value)}
    gone = [key for key in inherited if key not in task.data]
    rest = [task.last_state_change, changed, gone, task.internal_data, task.triggered]
    return [name, above, task.state, task.id.hex, *rest]


def _same(inherited: Mapping[str, Any], key: str, value: Any) -> bool:
    """Equality alone is not enough: True equals 1, also deep inside lists and mappings."""
    return key in inherited and (inherited[key] is value or orjson.dumps(inherited[key]) == orjson.dumps(value))


def _restore(flow: Any, rows: list[list[Any]], inherited: Mapping[str, Any]) -> None:
    tasks: list[Any] = []
    for row in rows:
        name, above, state, *rest = row
        spec = flow.spec.task_specs.get(name)
        if spec is None:
            raise Conflict("engine.state", node=name)
        parent = None if above < 0 else tasks[above]
        if rest:
            task = Task(flow, spec, parent, state, UUID(rest[0]))
            _fill(task, rest[1:], inherited if parent is None else parent.data)
        else:
            task = Task(flow, spec, parent, state)
        tasks.append(task)
    flow.task_tree = tasks[0]


def _fill(task: Any, rest: list[Any], inherited: Mapping[str, Any]) -> None:
    moment, changed, gone, memory, triggered = rest
    data = {key: value for key, value in inherited.items() if key not in gone}
    task.data = data | changed
    task.last_state_change, task.internal_data, task.triggered = moment, memory, triggered
