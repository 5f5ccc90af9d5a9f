"""`python3 -m app up`: the whole product on one machine."""

import fcntl
import os
import shlex
import socket
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

from app.launcher import embedded_redis
from app.launcher.supervisor import Child, Supervisor
from app.launcher.terminal import Stopped, say

ROOT = Path(__file__).resolve().parents[2]
LOOK = 0.1
STARTS_WITHIN = 90.0


def main(arguments: list[str]) -> int:
    """Set up, start, watch, and stop when asked; 1 when it could not start."""
    options = _options(arguments)
    environment = _environment(options)
    folder = Path(environment["EOFFICE_DATA"])
    run = folder / "run"
    run.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(run):
        _free(options.host, options.port)
        supervisor = Supervisor(run)
        supervisor.heed()
        try:
            return _watch(supervisor, environment, options)
        finally:
            supervisor.stop()


def processes(text: str) -> Iterator[tuple[str, list[str]]]:
    """Names and commands of a Procfile; `python3` is the Python that runs us."""
    for line in text.splitlines():
        name, colon, command = line.partition(":")
        if colon and not line.startswith("#"):
            words = shlex.split(command)
            yield name.strip(), [sys.executable if word == "python3" else word for word in words]


def _watch(supervisor: Supervisor, environment: Mapping[str, str], options: Namespace) -> int:
    procfile = dict(processes((ROOT / "Procfile").read_text("utf-8")))
    redis = procfile.pop("redis")
    if not options.redis_url:
        supervisor.add(Child("redis", redis, environment))
        _wait_for_redis(supervisor, Path(environment["EOFFICE_DATA"]))
    if subprocess.run([sys.executable, "-m", "app", "db", "prepare"], env=environment, check=False).returncode != 0:
        raise Stopped("Chưa chuẩn bị được cơ sở dữ liệu (xem dòng trên). Sửa xong, hãy chạy lại lệnh này.")
    for name, command in procfile.items():
        supervisor.add(Child(name, command, environment))
    address = f"http://{options.host}:{options.port}"
    if not _is_healthy(supervisor, address):
        if supervisor.stopping.is_set():
            return 0
        raise Stopped(f"Trang {address} chưa sẵn sàng sau {STARTS_WITHIN:.0f} giây; xem các dòng nhật ký ở trên.")
    say()
    say(f"eOffice đã chạy: {address}")
    subprocess.run([sys.executable, "-m", "app", "db", "sign-ins"], env=environment, check=False)
    say("Nhấn Ctrl+C để dừng.")
    while not supervisor.stopping.wait(LOOK):
        supervisor.tend()
    say("Đang dừng...")
    return 0


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python3 -m app up", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--data", default=os.environ.get("EOFFICE_DATA") or str(ROOT / "var"), help="data folder")
    parser.add_argument("--database-url", default=os.environ.get("EOFFICE_DATABASE_URL"))
    parser.add_argument("--redis-url", default=os.environ.get("EOFFICE_REDIS_URL"))
    parser.add_argument("--world", choices=("2017", "2025"), default=os.environ.get("EOFFICE_WORLD") or "2017")
    parser.add_argument("--empty", action="store_true", help="no demo world")
    parser.add_argument("--production", action="store_true", help="refuse demo keys and demo people")
    return parser.parse_args(arguments)


def _environment(options: Namespace) -> dict[str, str]:
    folder = Path(options.data).resolve()
    sock = embedded_redis.socket_path(folder)
    given = {
        "EOFFICE_DATA": str(folder),
        "EOFFICE_DATABASE_URL": options.database_url,
        "EOFFICE_REDIS_URL": options.redis_url or f"unix://{sock}?db=0",
        "EOFFICE_WORLD": options.world,
        "EOFFICE_EMPTY": "1" if options.empty else None,
        "EOFFICE_PROFILE": "production" if options.production else None,
        "HOST": options.host,
        "PORT": str(options.port),
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **{name: value for name, value in given.items() if value is not None}}


@contextmanager
def _alone(run: Path) -> Iterator[None]:
    """One supervisor for each data folder."""
    with (run / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Stopped(
                f"eOffice đang chạy trên thư mục {run.parent}. Hãy dừng nó trước, hoặc chọn thư mục khác bằng --data.\n"
                "Another eOffice runs on this data folder; stop it, or choose another folder with --data."
            ) from taken
        yield


def _free(host: str, port: int) -> None:
    """Find out before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Stopped(
                f"Chưa mở được cổng {port} trên {host}: {error.strerror}. Hãy chọn cổng khác: --port {port + 1}\n"
                f"Port {port} on {host} cannot be opened; choose another one with --port."
            ) from error


def _wait_for_redis(supervisor: Supervisor, folder: Path) -> None:
    until = monotonic() + STARTS_WITHIN
    while not embedded_redis.answers(embedded_redis.socket_path(folder)):
        if monotonic() > until or supervisor.stopping.wait(LOOK):
            raise Stopped("Redis không khởi động được; xem các dòng nhật ký ở trên.")
        supervisor.tend()


def _is_healthy(supervisor: Supervisor, address: str) -> bool:
    until = monotonic() + STARTS_WITHIN
    while monotonic() < until and not supervisor.stopping.wait(LOOK):
        supervisor.tend()
        try:
            with urlopen(f"{address}/health", timeout=5):  # noqa: S310 - our own address
                return True
        except (URLError, OSError):
            continue
    return False
