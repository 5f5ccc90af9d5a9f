"""What several tokens know together: each one's changes, told against where their ways parted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.merging import merge
from app.engine.scopes import Snapshot


@dataclass(frozen=True)
class Token:
    """A task where a token stands, what it knows, and since when."""

    task: Any
    data: Mapping[str, Any]
    since: float


def together(tokens: Sequence[Token]) -> Mapping[str, Any]:
    """What all tokens know, those that parted last merged first.

    Otherwise what one of them merely inherited from their common way would count as its own change.
    """
    if len(tokens) == 1:
        return tokens[0].data
    split = _parting(tokens)
    branches: dict[int, list[Token]] = {}
    tops: dict[int, Any] = {}
    for token in tokens:
        top = _branch(token.task, split)
        tops[id(top)] = top
        branches.setdefault(id(top), []).append(token)
    in_order = sorted(branches, key=lambda key: branches[key][-1].since)
    return merge(split.data, [_told_against(split, tops[key], together(branches[key])) for key in in_order])


def ancestors(task: Any) -> Iterator[Any]:
    """The tasks that a task hangs on, nearest first."""
    while (task := task.parent) is not None:
        yield task


def _told_against(split: Any, top: Any, data: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(top.task_spec, Snapshot):
        return merge(top.task_spec.base(top), [split.data, data])
    return data


def _branch(task: Any, split: Any) -> Any:
    """The child of a split that a task is or descends from."""
    while task.parent is not split:
        task = task.parent
    return task


def _parting(tokens: Sequence[Token]) -> Any:
    """The nearest task that all tokens descend from: where their ways parted."""
    ways = [list(ancestors(token.task)) for token in tokens]
    common = set(ways[0]).intersection(*ways[1:])
    return next(task for task in ways[0] if task in common)
