"""Where a token comes from: the tasks it hangs on, and those of the tokens a join made one with it.

The library hangs a join on the branch that came last. What the others passed is remembered beside it, or the join would
seem to know nothing of where those parted from tokens that still move.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_WITH = "with"


def join(task: Any, others: Iterable[Any]) -> None:
    """Remember that a token is also those that arrived with it."""
    task.internal_data[_WITH] = [one.parent.id.hex for one in others]


def above(task: Any) -> list[Any]:
    """The tasks that a task hangs on: one, and for a join those of the other tokens."""
    tasks = task.workflow.tasks
    found = [] if task.parent is None else [task.parent]
    return found + [tasks[key] for key in map(UUID, task.internal_data.get(_WITH, ())) if key in tasks]


def ancestors(task: Any) -> Iterator[Any]:
    """All the tasks that a task hangs on, nearest first."""
    seen: set[UUID] = set()
    todo = above(task)
    while todo:
        below, todo = todo, []
        for one in below:
            if one.id not in seen:
                seen.add(one.id)
                yield one
                todo += above(one)


@dataclass(frozen=True)
class Ways:
    """The ways of all tokens of a process: who passed each task, and where they parted."""

    passed: Mapping[UUID, int]
    partings: frozenset[UUID]


def ways(tokens: Iterable[Any]) -> Ways:
    """Follow tokens back. They parted where several came along, and no single way on was that of all of them."""
    passed: dict[UUID, int] = {}
    ways_on: dict[UUID, set[UUID]] = {}
    for bit, token in enumerate(tokens):
        todo, seen = [token], {token.id}
        while todo:
            one = todo.pop()
            passed[one.id] = passed.get(one.id, 0) | 1 << bit
            for upper in above(one):
                ways_on.setdefault(upper.id, set()).add(one.id)
                if upper.id not in seen:
                    seen.add(upper.id)
                    todo.append(upper)
    parted = (key for key, below in ways_on.items() if passed[key] not in {passed[one] for one in below})
    return Ways(passed, frozenset(parted))


def forget(flow: Any, passed: Iterable[UUID], kept: set[UUID]) -> set[UUID]:
    """Let joins remember only what is kept of the other tokens' ways; gives those that have something to remember."""
    joins = [task for task in map(flow.tasks.__getitem__, passed) if _WITH in task.internal_data]
    beside = {task.id: _beside(task, kept) for task in joins}
    for task in joins:
        del task.internal_data[_WITH]
        if beside[task.id]:
            task.internal_data[_WITH] = sorted(key.hex for key in beside[task.id])
    return {key for key, found in beside.items() if found}


def _beside(task: Any, kept: set[UUID]) -> set[UUID]:
    """The nearest kept tasks that a join hangs on and that are not above it anyway."""
    found: set[UUID] = set()
    todo = above(task)[1:]
    while todo:
        one = todo.pop()
        if one.id in kept:
            found.add(one.id)
        else:
            todo += above(one)
    while (task := task.parent) is not None:
        found.discard(task.id)
    return found
