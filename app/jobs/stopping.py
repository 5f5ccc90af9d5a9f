"""How those who were forked from a worker learn that it shall end: by a byte that all of them share."""

from mmap import mmap

from flask import Flask

_NAME = "stopping"


def prepare(app: Flask) -> None:
    """Before anybody is forked."""
    app.extensions[_NAME] = mmap(-1, 1)


def ask(app: Flask) -> None:
    """End soon: begin nothing more, and wait for nobody who is slow."""
    app.extensions[_NAME][0] = 1


def is_asked(app: Flask) -> bool:
    """Whether the worker shall end; where there is none, as in tests, nobody asks."""
    shared: mmap | None = app.extensions.get(_NAME)
    return shared is not None and shared[0] == 1
