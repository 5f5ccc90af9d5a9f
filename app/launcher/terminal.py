"""Saying something to whoever started us."""

import sys
from typing import TextIO

from app.launcher.messages import text


class Stopped(Exception):
    """Something that only the operator can put right: a key of `messages`, which says what, why and how."""

    def __init__(self, key: str, **data: object) -> None:
        self.key = key
        super().__init__(text(key, **data))


def say(line: str = "") -> None:
    """One line, at once: a supervisor or a test may be reading."""
    _write(sys.stdout, line)


def complain(line: str) -> None:
    """One line about what went wrong."""
    _write(sys.stderr, line)


def tell(key: str, **data: object) -> None:
    """One message of the catalogue, in both languages."""
    say(text(key, **data))


def remark(key: str, **data: object) -> None:
    """One message beside the output of a command, which a program may be reading."""
    complain(text(key, **data))


def _write(stream: TextIO, line: str) -> None:
    """An office must not close because the reader of its log went away."""
    try:
        stream.write(f"{line}\n")
        stream.flush()
    except UnicodeEncodeError:  # a terminal without Vietnamese letters
        _write(stream, line.encode("ascii", "replace").decode())
    except (BrokenPipeError, ValueError):  # ValueError: already closed
        pass
