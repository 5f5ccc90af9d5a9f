"""What both commands need: reading files as bytes, and saying codes in sentences."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.engine.xml import MAX_BYTES
from app.kernel.errors import Invalid
from app.web import i18n


def sentence(language: str, code: str, data: Mapping[str, Any]) -> str:
    """The sentence of a code in a language; a code without one is shown as it is."""
    return i18n.fill(i18n.catalogue(language).get(code, code), data)


def content(path: Path) -> bytes:
    """A file's bytes, as many as tell that it is too large. Errors: Invalid diagram.missing, diagram.unreadable."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Invalid("diagram.unreadable", why=path.name)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Invalid("diagram.missing") from error
    except (OSError, ValueError) as error:
        raise Invalid("diagram.unreadable", why=getattr(error, "strerror", None) or str(error)) from error
