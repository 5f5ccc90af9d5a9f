"""What several tokens know together: each one's changes, told against where their ways parted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.lineage import above, ancestors
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


def _told_against(split: Any, top: Any, data: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(top.task_spec, Snapshot):
        return merge(top.task_spec.base(top), [split.data, data])
    return data


def _branch(task: Any, split: Any) -> Any:
    """The task right below a split on a way that leads to a task, or the task itself."""
    while split not in (uppers := above(task)):
        task = next(one for one in uppers if split in ancestors(one))
    return task


def _parting(tokens: Sequence[Token]) -> Any:
    """Where the ways of all tokens parted last: what all descend from, and nothing else that all descend from does."""
    common = set.intersection(*({*ancestors(token.task)} for token in tokens))
    higher = {one for task in common for one in ancestors(task)}
    return max(common - higher, key=lambda task: task.last_state_change)
