"""What one place says upon another: JSON merge patches (RFC 7396), and which leaf came from where."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Path = tuple[str, ...]
Leaves = dict[Path, Any]


def merged(content: Any, patch: Any) -> Any:
    """The content with the patch applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(content) if isinstance(content, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest patch that makes `new` of `old`: nothing that stands there already is said again."""
    patch: dict[str, Any] = dict.fromkeys(old.keys() - new.keys())
    for name, value in new.items():
        before = old.get(name)
        if name in old and isinstance(before, Mapping) and isinstance(value, Mapping):
            inner = difference(before, value)
            if inner:
                patch[name] = inner
        elif name not in old or not same(before, value):
            patch[name] = value
    return patch


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: `true` is not 1, as it is in Python."""
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def leaves(content: Mapping[str, Any], at: Path = ()) -> Leaves:
    """Every value of a content by its path; a list is one value, and so is an object with nothing in it."""
    found: Leaves = {}
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            found |= leaves(value, (*at, name))
        else:
            found[(*at, name)] = value
    return found


def layered(patches: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[dict[str, Any], dict[Path, str]]:
    """The content that patches make, farthest place first, and for each leaf the place that spoke last."""
    content: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    for place, patch in patches:
        content = merged(content, patch)
        said = leaves(patch)
        origins = {path: place if path in said else origins.get(path, place) for path in leaves(content)}
    return content, origins


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[Path]:
    """The paths of the leaves that differ."""
    before, after = leaves(old), leaves(new)
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def shared(one: Iterable[Path], other: Iterable[Path]) -> set[Path]:
    """The paths of `other` that speak of something `one` speaks of: the same leaf, one around it or one inside it."""
    paths = list(one)
    return {path for path in other if any(path[: len(a)] == a or a[: len(path)] == path for a in paths)}


def without(patch: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """The patch without some of its leaves."""
    gone = set(paths)
    return built({path: value for path, value in leaves(patch).items() if path not in gone})


def built(found: Mapping[Path, Any]) -> dict[str, Any]:
    """The content that has these leaves."""
    content: dict[str, Any] = {}
    for path, value in found.items():
        inner = content
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return content


def runs(path: Path) -> bool:
    """Whether a leaf says something that cases run by; scenarios only try it."""
    return path[:1] != ("scenarios",)


def dotted(path: Path) -> str:
    """A path as people and rows write it."""
    return ".".join(path)
