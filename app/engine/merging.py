"""Bringing the data of parallel branches together: a value counts only where a branch changed it."""

from collections.abc import Iterable, Mapping
from typing import Any

_ABSENT = object()


def merge(base: Mapping[str, Any], branches: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The data at the split with the changes of each branch, oldest branch first.

    A branch that merely inherited a value cannot undo what another one wrote; two branches that both wrote it
    leave the later one's, mappings being merged key by key.
    """
    merged = dict(base)
    for branch in branches:
        for key in base.keys() | branch.keys():
            before, after = base.get(key, _ABSENT), branch.get(key, _ABSENT)
            if after is _ABSENT:
                merged.pop(key, None)
            elif after != before or type(after) is not type(before):
                merged[key] = _combined(before, merged.get(key), after)
    return merged


def _combined(before: Any, present: Any, after: Any) -> Any:
    if isinstance(before, Mapping) and isinstance(present, Mapping) and isinstance(after, Mapping):
        return merge(before, [present, after])
    return after
