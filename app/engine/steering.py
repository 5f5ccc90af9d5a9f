"""The few things that can only be done to the library's tasks by hand, kept in one place."""
# ruff: noqa: SLF001 - the library has no public way to do any of this

from typing import Any

from SpiffWorkflow.util.task import TaskState


def update(task: Any) -> None:
    """Let a task look again whether it may go on."""
    task.task_spec._update(task)


def wait(task: Any) -> None:
    """Make a task wait where it is."""
    task._set_state(TaskState.WAITING)


def confirm(task: Any) -> None:
    """Turn a task that was only guessed into one that will certainly come."""
    task._set_state(TaskState.FUTURE)


def inherit(task: Any) -> None:
    """Give a task the data of the one before."""
    task._inherit_data()


def open_ways(task: Any, ways: list[Any]) -> None:
    """Make the chosen ways out of a task certain and drop the others."""
    task._sync_children(ways, TaskState.FUTURE)
    for child in task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)


def expect(task: Any, ways: list[Any], state: int | None = None) -> None:
    """Say where a task may lead; unless told otherwise, as certainly as it will come itself."""
    certain = TaskState.FUTURE if task.has_state(TaskState.DEFINITE_MASK) else task.state
    task._sync_children(ways, certain if state is None else state)


def again(parent: Any, spec: Any, memory: dict[str, Any]) -> None:
    """Let one more task of a kind wait below one that has been passed."""
    fresh = parent._add_child(spec, TaskState.WAITING)
    fresh.internal_data.update(memory)
    spec._predict(fresh, mask=TaskState.NOT_FINISHED_MASK)
    update(fresh)


def begin(task: Any) -> None:
    """Let a task stay open while its instances run."""
    task._set_state(TaskState.STARTED)


def instance(task: Any, spec: Any) -> Any:
    """One more instance below a task; it runs when it is updated."""
    child = task._add_child(spec, TaskState.WAITING)
    child.triggered = True
    return child


def ready(task: Any) -> None:
    """Let a task run once more, or end whose instances are done."""
    task._set_state(TaskState.READY)


def return_to(caller: Any, flow: Any) -> None:
    """Let a sub-process that was read from a state report its end to the task that called it."""
    flow.completed_event.connect(caller.task_spec._on_subworkflow_completed, caller)


def leave(task: Any, data: dict[str, Any]) -> None:
    """Take a token away from a task, with everything it has opened; the task remains as what its way hangs on."""
    task.cancel()
    task._drop_children(force=True)
    task._set_state(TaskState.COMPLETED)
    task.data, task.internal_data = data, {}


def put(task: Any, spec: Any) -> None:
    """Let a token that has left a task stand at any element."""
    fresh = task._add_child(spec, TaskState.FUTURE)
    spec._predict(fresh, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    update(fresh)
