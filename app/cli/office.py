"""`python3 -m app office`: LibreOffice kept running by unoserver, which makes PDF of a text document in 0.4 s.

For sites where many upload DOCX; `EOFFICE_OFFICE=127.0.0.1:2003` tells the web processes to ask it.
"""

import os
import shutil
import sysconfig
from argparse import ArgumentParser
from pathlib import Path
from tempfile import mkdtemp

from app.cli.output import say
from app.gateways.office import locked_profile

PYTHON = "/usr/bin/python3"
"""LibreOffice of Debian speaks to the Python it was built for (package python3-uno)."""
AFTER = "200"
"""Conversions after which it starts anew: it never gives memory back."""


def main(argv: list[str]) -> int:
    """Become the server; on loopback only."""
    parser = ArgumentParser(prog="python3 -m app office", description=__doc__)
    parser.add_argument("--port", type=int, default=2003)
    port = parser.parse_args(argv).port
    program = shutil.which("soffice")
    if program is None or not Path(PYTHON).is_file():
        say("Cần LibreOffice: sudo apt install libreoffice-writer-nogui python3-uno")
        return 1
    where = ["--interface", "127.0.0.1", "--port", str(port), "--uno-port", str(port + 1), "--executable", program]
    folder = Path(mkdtemp(prefix="unoserver-"))
    limits = ["--conversion-timeout", "60", "--stop-after", AFTER, "--user-installation", str(locked_profile(folder))]
    command = [PYTHON, "-m", "unoserver.server", *where, *limits]
    return os.execve(PYTHON, command, {**os.environ, "PYTHONPATH": _library(folder)})  # noqa: S606  # our own words


def _library(folder: Path) -> str:
    """Put unoserver alone into a folder: another Python must not find the other libraries of this one."""
    for part in Path(sysconfig.get_path("purelib")).glob("unoserver*"):
        (folder / part.name).symlink_to(part)
    return str(folder)
