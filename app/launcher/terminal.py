"""Saying something to whoever started us."""

import sys


class Stopped(Exception):
    """Something that only the operator can put right; the text says what, why and how."""


def say(line: str = "") -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """One line about what went wrong."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
