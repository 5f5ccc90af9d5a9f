"""What an answer cost: statements, commits and time, in a `Server-Timing` header; for benches, off otherwise."""

from time import perf_counter
from typing import Any

from flask import Flask, Response, g, has_request_context
from sqlalchemy import Engine, event


def init_app(app: Flask) -> None:
    """Count from now on."""
    app.before_request(_begin)
    app.after_request(_tell)
    event.listen(Engine, "before_cursor_execute", _statement)
    event.listen(Engine, "commit", _commit)


def _begin() -> None:
    g.begun, g.statements, g.commits = perf_counter(), 0, 0


def _statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    """Count what asks or changes something; transactions are counted where they end."""
    if has_request_context() and "statements" in g and not statement.startswith("BEGIN"):
        g.statements += 1


def _commit(_connection: Any) -> None:
    if has_request_context() and "commits" in g:
        g.commits += 1


def _tell(response: Response) -> Response:
    spent = (perf_counter() - g.begun) * 1000
    response.headers["Server-Timing"] = f"statements;dur={g.statements}, commits;dur={g.commits}, app;dur={spent:.1f}"
    return response
