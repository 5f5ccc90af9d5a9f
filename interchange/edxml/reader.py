"""Read an edXML file of anybody: tolerant of every form that occurs, and each deviation is named."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from interchange.edxml import attaching, facts, limits, tree
from interchange.edxml.limits import Deviations, Limits
from interchange.edxml.message import Message, Status
from interchange.edxml.tree import Element
from interchange.errors import ExchangeRefused

_ROOTS = ("edxml", "edxmlenvelope", "envelope")


def read(source: BinaryIO, folder: Path, allowed: Limits = limits.DEFAULT) -> Message | Status:
    """What a file says; its attachments are put into a folder, each named by its SHA-256 (hex), or nothing at all is.

    Memory does not grow with the attachments. Errors: ExchangeRefused "edxml.…", for files nobody should take.
    """
    odd = Deviations()
    with _apart(folder) as workplace:
        root = tree.parsed(source, workplace, allowed, odd)
        _check_root(root, odd)
        header = _header(root)
        carried = attaching.carried(root, allowed, odd)
        if header.all("StatusCode"):
            if carried:
                raise ExchangeRefused("edxml.ambiguous")
            return facts.status(header, odd)
        message = facts.message(root, header, carried, odd)
        return replace(message, attachments=attaching.kept(carried, folder))


def _check_root(root: Element, odd: Deviations) -> None:
    if root.name not in _ROOTS:
        raise ExchangeRefused("edxml.root")
    if root.name != "edxml":
        odd.note("root")


def _header(root: Element) -> Element:
    found = list(root.anywhere("MessageHeader"))
    if not found:
        raise ExchangeRefused("edxml.header_missing")
    if len(found) > 1:
        raise ExchangeRefused("edxml.element_repeated", what="MessageHeader")
    return found[0]


@contextmanager
def _apart(folder: Path) -> Iterator[Path]:
    """A folder inside another one, gone at the end with all that nobody took out of it."""
    workplace = Path(tempfile.mkdtemp(prefix=".edxml-", dir=folder))
    try:
        yield workplace
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
