"""What a running process knows as a whole, when no single token does: for conditions and event sub-processes."""

from dataclasses import replace
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.branches import Token, together
from app.engine.instances import ParallelInstances
from app.engine.joins import TokenJoin
from app.engine.lineage import ancestors
from app.engine.scopes import LIVING, armed, on_its_way
from app.engine.specs import SubProcess


def known(flow: Any, observer: Any = None) -> dict[str, Any]:
    """What the tokens of a process or sub-process know together, and those inside what is drawn in it.

    What an `observer`, one of its tasks, knows itself counts last: among instances each keeps its own item.
    """
    tasks = flow.tasks.values()
    living = [task for task in tasks if (task.has_state(LIVING) and not armed(task)) or on_its_way(task)]
    above = {id(one) for task in living for one in ancestors(task)}
    tokens = [_token(task) for task in living if id(task) not in above and task is not observer]
    if observer is not None and not armed(observer):
        tokens.append(Token(observer, observer.data, float("inf")))
    return dict(together(sorted(tokens, key=lambda token: token.since))) if tokens else dict(flow.task_tree.data)


def _token(task: Any) -> Token:
    if task.state == TaskState.FUTURE or (isinstance(task.task_spec, TokenJoin) and task.state == TaskState.WAITING):
        return Token(task, task.parent.data, task.parent.last_state_change)
    token, around = _inside(task), task.parent
    if isinstance(around.task_spec, ParallelInstances) and around.state == TaskState.STARTED:
        return replace(token, data=around.task_spec.with_the_done(around, token.data))
    return token


def _inside(task: Any) -> Token:
    inside = task.workflow.top_workflow.subprocesses.get(task.id)
    if inside is not None and isinstance(task.task_spec, SubProcess) and not inside.completed:
        return Token(task, known(inside), task.last_state_change)
    return Token(task, task.data, task.last_state_change)
