"""Text documents (DOCX, ODT) become PDF/A-2b by LibreOffice: locked down, alone, for a short time.

With an address in EOFFICE_OFFICE a running unoserver does it (0.4 s); else LibreOffice is started for each file (1.5 to
4 s) with a profile of its own, since two programs on one profile fail. Nothing in a document runs or is fetched: the
program gets a copy that names nothing outside itself (`office_clean`), macros are off, and where the kernel allows it,
one that is started for a file sees no network. Old DOC files cannot be cleaned so, and are refused by name.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore

from app.gateways.office_clean import clean
from app.kernel.errors import Invalid, Unavailable

PATIENCE = 60.0
"""Seconds by the clock."""
SUFFIXES = (".docx", ".odt", ".doc")
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
START = len(_OLE)
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_HEAD = 4096
_MOST_ENTRIES, _MOST_UNPACKED, _MOST_RATIO = 5000, 300 * 1024 * 1024, 200
_LIMITS = ("--cpu=60", "--fsize=268435456", "--nofile=512", "--core=0")
_FILTER = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"}}'
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""  # noqa: E501  # one line is one setting
_KNOCK = 2.0
_CLIENT = "from unoserver.client import converter_main; converter_main()"
_turn = BoundedSemaphore(1)


def is_text_document(start: bytes) -> bool:
    """Whether the first `START` bytes are those of a package or an old Word file: `check` then says more."""
    return start == _OLE or start.startswith(b"PK\x03\x04")


def convert(source: Path, target: Path, *, server: str = "") -> None:
    """Write a text document as PDF; one at a time in each process.

    `server` is "host:port" of an unoserver. Errors: Invalid with office.not_text, office.old_format, office.locked,
    office.damaged, office.too_costly; Unavailable with office.missing, office.busy.
    """
    if not _turn.acquire(timeout=PATIENCE):
        raise Unavailable("office.busy")
    try:
        with TemporaryDirectory(prefix="office-") as folder:
            work = Path(folder)
            given = _cleaned(source, work)
            _run(_asked(server, given) if _answers(server) else _started(work, given), work)
            made = given.with_suffix(".pdf")
            if not made.is_file():
                raise Invalid("office.damaged")
            shutil.move(made, target)
    finally:
        _turn.release()


def locked_profile(folder: Path) -> Path:
    """A profile for LibreOffice, in a folder of one's own, by which nothing in a document runs."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
    return profile


def _cleaned(source: Path, work: Path) -> Path:
    with source.open("rb") as file:
        if file.read(START) == _OLE:
            raise Invalid("office.locked" if _LOCKED in file.read() else "office.old_format")
    try:
        with zipfile.ZipFile(source) as package:
            kind = _kind(package)
            given = work / f"document.{kind}"
            clean(package, given, kind)
            return given
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, KeyError) as error:
        raise Invalid("office.damaged") from error


def _kind(package: zipfile.ZipFile) -> str:
    entries = package.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED or unpacked > _MOST_RATIO * max(packed, _HEAD):
        raise Invalid("office.too_costly")
    names = {entry.filename for entry in entries}
    if "word/document.xml" in names:
        return "docx"
    if "mimetype" in names and b"opendocument.text" in _start(package, "mimetype"):
        if "META-INF/manifest.xml" in names and b"encryption-data" in _start(package, "META-INF/manifest.xml"):
            raise Invalid("office.locked")
        return "odt"
    raise Invalid("office.not_text")


def _start(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as entry:
        return entry.read(_HEAD)


def _started(work: Path, given: Path) -> list[str]:
    program = shutil.which("soffice")
    if program is None:
        raise Unavailable("office.missing")
    options = ["--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={locked_profile(work).as_uri()}"]
    convert_to = ["--convert-to", _FILTER, "--outdir", str(work), str(given)]
    return [*_without_network(), "prlimit", *_LIMITS, program, *options, *convert_to]


def _asked(server: str, given: Path) -> list[str]:
    host, port = _address(server)
    where = ["--host", host, "--port", port, "--host-location", "remote"]
    pdf = ["--quiet", "--dont-update-index", "--convert-to", "pdf", "--filter-option", "SelectPdfVersion=2"]
    return [sys.executable, "-c", _CLIENT, *where, *pdf, str(given), str(given.with_suffix(".pdf"))]


def _address(server: str) -> tuple[str, str]:
    host, _, port = server.rpartition(":")
    return host or "127.0.0.1", port


def _answers(server: str) -> bool:
    """Whether the server is there; while it starts anew, files are converted without it."""
    if not server:
        return False
    with suppress(OSError), socket.create_connection(_address(server), timeout=_KNOCK):
        return True
    return False


@cache
def _without_network() -> tuple[str, ...]:
    """A name space of its own with nothing but itself in it, where this user may have one."""
    command = ("unshare", "--net", "--map-root-user")
    if shutil.which(command[0]) is None:
        return ()
    tried = subprocess.run([*command, "true"], capture_output=True, check=False, timeout=PATIENCE)  # noqa: S603  # ours
    return command if tried.returncode == 0 else ()


def _run(command: list[str], work: Path) -> None:
    """Run it to its end or to the end of patience; what it leaves running dies with it."""
    child = subprocess.Popen(  # noqa: S603  # our own words; the file's name is ours, too
        command,
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(work), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        child.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        raise Invalid("office.too_costly") from late
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
