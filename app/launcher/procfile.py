"""Reading the Procfile: which processes make up the product."""

import re
import shlex
from collections.abc import Mapping, Sequence
from string import Template

from app.launcher.terminal import Stopped

_LINE = re.compile(r"^([A-Za-z0-9_-]+):\s*(\S.*)$")
_SHELL = frozenset("|&;<>()`*?[]~!")


def read(text: str) -> dict[str, str]:
    """Names and commands, in the order of the file. Errors: Stopped for a line that is neither."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.match(stripped)
        if match is None:
            raise Stopped("procfile.unreadable", number=number, line=stripped)
        found[match[1]] = match[2]
    return found


def words(command: str, environment: Mapping[str, str]) -> Sequence[str]:
    """What to execute: `$NAMES` filled in, without a shell in between unless the command needs one."""
    if _SHELL & set(command) or re.match(r"\w+=", command):
        return ["/bin/sh", "-c", command]
    return [Template(word).safe_substitute(environment) for word in shlex.split(command)]
