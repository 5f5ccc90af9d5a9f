"""edXML files of strangers: read in a child process with little memory and time, whatever they hold."""

import json
import resource
from pathlib import Path

from app.gateways import beside
from app.gateways.beside import Refusals
from app.kernel.errors import Invalid
from interchange.edxml import plain
from interchange.edxml.limits import DEFAULT
from interchange.edxml.message import Message, Status
from interchange.errors import ExchangeRefused

CHILD = beside.program("app.gateways.edxml_child")
PATIENCE = 60.0
PROCESSOR_SECONDS = 45
MEMORY = 512 * 2**20
_REFUSALS = Refusals(r"edxml\.[a-z0-9_]+(?: .{1,200})?", broken="edxml.broken", costly="edxml.costly")


def read(path: Path, folder: Path, *, largest: int = DEFAULT.size) -> Message | Status:
    """What a file of at most so many bytes says; its attachments go to a folder, each named by its SHA-256.

    Errors: ExchangeRefused "edxml.…", see `interchange.edxml.reader`; besides "edxml.costly", "edxml.broken".
    """
    arguments = (str(path.absolute()), str(folder.absolute()), str(largest))
    try:
        return plain.from_json(json.loads(beside.run(CHILD, arguments, _REFUSALS, PATIENCE)))
    except Invalid as refusal:
        code, _, what = refusal.code.partition(" ")
        raise ExchangeRefused(code, **({"what": what} if what else {})) from refusal


def limit(largest: int) -> None:
    """Bind this process, which is such a child."""
    for kind, most in (
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
