"""What is asked of a request before anything it brought is looked at."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, request


def seen_first(**checks: Callable[..., object]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Who may not see a thing hears only that, whatever else is wrong with what they sent.

    `checks` ask by the name of an argument in the address: each is called with the actor and the argument's value, and
    raises when the actor may not know of the thing. A name that the address does not have is not asked.
    """

    def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def looked(*args: Any, **given: Any) -> Any:
            named = request.view_args or {}
            for name in checks.keys() & named.keys():
                checks[name](g.actor, named[name])
            return view(*args, **given)

        return looked

    return guarded
