"""`python3 -m app doctor`: is this machine able to run eOffice, and what is missing, in plain words."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.launcher import embedded_redis, environment
from app.launcher.terminal import Stopped, say

LEAST_DISK = 2 * 1024**3
OPTIONAL = {
    "chromium": ("thử giao diện trong trình duyệt", "browser tests", "chromium"),
    "pdfsig": ("đối chiếu chữ ký bằng Poppler", "a second opinion on signatures", "poppler-utils"),
    "qpdf": ("kiểm tra cấu trúc PDF", "PDF structure tests", "qpdf"),
    "soffice": ("thử PDF của LibreOffice", "PDF made by LibreOffice", "libreoffice-writer-nogui"),
    "softhsm2-util": ("thử thiết bị ký PKCS#11", "PKCS#11 token tests", "softhsm2"),
    "postgres": ("chạy thử trên PostgreSQL", "the suite on PostgreSQL", "postgresql"),
}
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `ok`, or what to do; a thing that is not required only limits what can be done."""

    ok: bool
    vi: str
    en: str
    required: bool = True


def main(arguments: list[str]) -> int:
    """Print the findings; 1 when something required is missing."""
    parser = ArgumentParser(prog="python3 -m app doctor", description=__doc__)
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    language = parser.parse_args(arguments).lang
    found = [finding for look in LOOKS for finding in look()]
    for one in found:
        mark = "✓" if one.ok else ("✗" if one.required else "·")
        say(f"{mark} {one.vi if language == 'vi' else one.en}")
    sound = all(one.ok for one in found if one.required)
    ends = {
        ("vi", True): "Máy này chạy được eOffice.",
        ("vi", False): "Máy này chưa chạy được eOffice: hãy sửa các dòng có dấu ✗.",
        ("en", True): "This machine can run eOffice.",
        ("en", False): "This machine cannot run eOffice yet: see the lines with ✗.",
    }
    say()
    say(ends[language, sound])
    return 0 if sound else 1


def _python() -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(True, f"Python {version}", f"Python {version}")
    has_venv = importlib.util.find_spec("ensurepip") is not None
    yield Finding(
        has_venv,
        "Gói venv" if has_venv else "Thiếu gói venv: sudo apt install python3-venv",
        "The venv package" if has_venv else "The venv package is missing: sudo apt install python3-venv",
    )
    ready = environment.is_ready(environment.RUNTIME)
    yield Finding(
        ready,
        "Thư viện đã cài" if ready else "Thư viện chưa cài: lệnh `python3 -m app up` sẽ tự cài",
        "Libraries are installed" if ready else "Libraries are not installed yet: `python3 -m app up` installs them",
        required=False,
    )


def _disk() -> Iterator[Finding]:
    folder = embedded_redis.data()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    writable = os.access(place, os.W_OK)
    yield Finding(
        writable,
        f"Ghi được vào {folder}" if writable else f"Không ghi được vào {place}: chọn thư mục khác bằng --data",
        f"{folder} can be written" if writable else f"{place} cannot be written: choose another folder with --data",
    )
    free = shutil.disk_usage(place).free
    yield Finding(
        free >= LEAST_DISK,
        f"Đĩa còn {free / 1024**3:.1f} GB" + ("" if free >= LEAST_DISK else ", cần ít nhất 2 GB"),
        f"{free / 1024**3:.1f} GB of disk left" + ("" if free >= LEAST_DISK else ", at least 2 GB are needed"),
    )
    yield from _temporary()


def _temporary() -> Iterator[Finding]:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
    except OSError as error:
        yield Finding(False, f"Không ghi được thư mục tạm: {error.strerror}", f"No temporary files: {error.strerror}")


def _redis() -> Iterator[Finding]:
    url = os.environ.get("EOFFICE_REDIS_URL")
    if url:
        yield Finding(True, "Redis ở máy khác (EOFFICE_REDIS_URL)", "Redis elsewhere (EOFFICE_REDIS_URL)")
        return
    try:
        found = embedded_redis.binary()
    except Stopped:
        bundled = sys.platform == "linux" and not environment.is_ready(environment.RUNTIME)
        yield Finding(
            False,
            "Chưa có Redis"
            + (": sẽ dùng bản đi kèm sau khi cài thư viện" if bundled else ": sudo apt install redis-server"),
            "No Redis"
            + (": the bundled one comes with the libraries" if bundled else ": sudo apt install redis-server"),
            required=not bundled,
        )
        return
    yield Finding(True, f"Redis: {found}", f"Redis: {found}")


def _port() -> Iterator[Finding]:
    port = int(os.environ.get("PORT") or 8000)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken = False
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            taken = True
    yield Finding(
        not taken,
        f"Cổng {port} còn trống" if not taken else f"Cổng {port} đang bận (eOffice đang chạy, hoặc dùng --port)",
        f"Port {port} is free" if not taken else f"Port {port} is taken (eOffice runs, or use --port)",
        required=False,
    )


def _database() -> Iterator[Finding]:
    """The database answers and has every migration; asked inside the environment, if there is one."""
    python = environment.folder() / "bin" / "python"
    if not environment.is_ready(environment.RUNTIME) or not python.exists():
        return
    command = [str(python), "-m", "app", "db", "check"]
    done = subprocess.run(command, cwd=environment.ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    told = (done.stdout.strip() or done.stderr.strip() or "?").splitlines()[-1]
    yield Finding(done.returncode == 0, told, told)


def _optional() -> Iterator[Finding]:
    for program, (use, use_en, package) in OPTIONAL.items():
        ok = shutil.which(program) is not None or (program == "postgres" and bool(POSTGRES))
        hint = "" if ok else f": sudo apt install {package}"
        yield Finding(ok, f"{program} ({use}){hint}", f"{program} ({use_en}){hint}", required=False)


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (_python, _disk, _redis, _port, _database, _optional)
