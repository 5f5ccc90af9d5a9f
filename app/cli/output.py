"""Saying something on the terminal."""

import sys


def say(line: str = "") -> None:
    """One line for the operator, at once: a supervisor may be reading."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
