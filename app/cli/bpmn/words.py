"""What both commands need: reading files as bytes, and saying codes in sentences."""

import re
import stat
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from app.engine.xml import MAX_BYTES
from app.kernel.errors import Invalid

_CATALOGUES = Path(__file__).resolve().parents[2] / "web" / "translations"
_SAID = ("bpmn.po", "edxml.po", "errors.po", "forms.po", "procedures.po", "scenarios.po", "sets.po", "verification.po")
_PLACE = re.compile(r"\{(\w+)\}")


def sentence(language: str, code: str, data: Mapping[str, Any]) -> str:
    """The sentence of a code in a language; a code without one is shown as it is."""
    told = {name: value for name, value in data.items() if value is not None}
    return _PLACE.sub(lambda place: str(told.get(place[1], "—")), _catalogue(language).get(code, code))


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """The sentences of the command line, read from their files: importing the pages for them would take seconds."""
    found: dict[str, str] = {}
    for name in _SAID:
        with (_CATALOGUES / language / name).open("rb") as file:
            found |= {str(message.id): str(message.string) for message in read_po(file, locale=language)}
    return found


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
