"""Readers of diagrams that stay for the next test: a quarter of a second of imports is no test of anything.

They answer each question in a child of its own, so nothing that was asked before is left in them.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from app.engine.child import Reader
from app.kernel.errors import Invalid

_begin, _end = Reader.__enter__, Reader.__exit__
_idle: "list[subprocess.Popen[bytes]]" = []
_of_the_parent: "list[subprocess.Popen[bytes]]" = []


def _forget() -> None:
    """A forked process that is to be killed must not ask through the pipes of its parent."""
    _of_the_parent.extend(_idle)
    _idle.clear()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def kept() -> Iterator[None]:
    """Keep every reader until the end."""
    Reader.__enter__, Reader.__exit__ = _taken, _left  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Reader.__enter__, Reader.__exit__ = _begin, _end  # type: ignore[method-assign]
        for process in _idle:
            reader = Reader()
            reader._process = process
            _end(reader, None, None, None)
        _idle.clear()


@contextmanager
def begun_anew() -> Iterator[None]:
    """Begin and end each as outside of tests, for who asks how long that takes or what it leaves."""
    kept = Reader.__enter__, Reader.__exit__
    Reader.__enter__, Reader.__exit__ = _begin, _end  # type: ignore[method-assign]
    try:
        yield
    finally:
        Reader.__enter__, Reader.__exit__ = kept  # type: ignore[method-assign]


def _taken(self: Reader) -> Reader:
    if not _idle:
        return _begin(self)
    self._process = _idle.pop()
    return self


def _left(
    self: Reader, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> None:
    """Whoever was stopped in the middle of a question may have left its answer in the pipe."""
    if error is None or isinstance(error, Invalid):
        _idle.append(self._process)
    else:
        _end(self, kind, error, trace)
