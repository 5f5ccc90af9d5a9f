"""What `python3 -m app` understands."""

import importlib
import os
import sys
from collections.abc import Callable

from app.launcher import doctor, embedded_redis, environment, up
from app.launcher.terminal import Stopped, complain

USAGE = """eOffice

  python3 -m app up        chạy sản phẩm (--port --host --data --database-url --redis-url --world --empty --production)
  python3 -m app test      chạy bộ kiểm thử
  python3 -m app doctor    kiểm tra máy này, nói rõ còn thiếu gì
  python3 -m app tour      diễn lại toàn bộ câu chuyện qua HTTP
  python3 -m app bench     đo chi phí trên máy này
  python3 -m app web | worker | clock | redis | db ...   từng tiến trình riêng (xem Procfile)"""
PROGRAMS = ("bench", "clock", "db", "tour", "web", "worker")


def main(arguments: list[str]) -> int:
    """Set up what a command needs and run it; what only the operator can put right is said in plain words."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command not in (*PROGRAMS, *OWN):
        complain(USAGE)
        return 0 if command in ("help", "--help", "-h") else 2
    try:
        if command != "doctor":
            environment.enter(environment.TESTS if command == "test" else environment.RUNTIME, arguments)
            os.chdir(environment.ROOT)
        return OWN[command](rest) if command in OWN else _program(command, rest)
    except Stopped as stop:
        complain(str(stop))
        return 1
    except KeyboardInterrupt:
        return 130


def _program(name: str, arguments: list[str]) -> int:
    program: Callable[[list[str]], int] = importlib.import_module(f"app.cli.{name}").main
    return program(arguments)


def _test(arguments: list[str]) -> int:
    """The suite; lines at the end say what was skipped and how to enable it."""
    python = sys.executable
    os.execv(python, [python, "-m", "pytest", "-q", "-rs", *arguments])  # noqa: S606 - our own interpreter


OWN: dict[str, Callable[[list[str]], int]] = {
    "up": up.main,
    "test": _test,
    "doctor": doctor.main,
    "redis": embedded_redis.main,
}
