"""The functions that say who does a step: they name nobody themselves, the office finds out who it is.

Each gives a plain description: `by` is its kind, the rest are its arguments. What is described is resolved where
posts and units are known.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

MOST_CHOICES: Final = 10
Description = dict[str, Any]


def _role(role: Any, unit: Any = None) -> Description:
    return {"by": "role", "role": role, "unit": unit}


def _post(post: Any) -> Description:
    return {"by": "post", "post": post}


def _head_of(unit: Any) -> Description:
    return {"by": "head", "unit": unit}


def _who_did(step: Any) -> Description:
    return {"by": "did", "step": step}


def _superior_of(of: Any) -> Description:
    return {"by": "superior", "of": of}


def _first(one: Any, *others: Any) -> Description:
    if len(others) >= MOST_CHOICES:
        raise ValueError(len(others))
    return {"by": "first", "of": [one, *others]}


PERFORMERS: Final[Mapping[str, Callable[..., Description]]] = {
    "role": _role,
    "post": _post,
    "head_of": _head_of,
    "who_did": _who_did,
    "superior_of": _superior_of,
    "first": _first,
}
EXAMPLES: Final[Mapping[str, str]] = {
    "role": "role('clerk', unit_id)",
    "post": "post('chanhvp-sontinh')",
    "head_of": "head_of(drafting_unit_id)",
    "who_did": "who_did('draft')",
    "superior_of": "superior_of(who_did('draft'))",
    "first": "first(post(decision.post), head_of(drafting_unit_id), role('clerk', unit_id))",
}
"""How each is written."""
