"""What `python3 -m app` understands."""

import importlib
import os
import sys
from collections.abc import Callable

from app.launcher import configuration, doctor, embedded_redis, environment, up
from app.launcher.messages import text
from app.launcher.terminal import Stopped, complain, say

USAGE = """eOffice

  python3 -m app up        chạy sản phẩm (--help: các lựa chọn)        run the product
  python3 -m app test      chạy bộ kiểm thử                            run the tests
  python3 -m app doctor    kiểm tra máy này, nói rõ còn thiếu gì       what is missing on this machine
  python3 -m app tour      diễn lại toàn bộ câu chuyện qua HTTP        play the story over HTTP
  python3 -m app bench     đo chi phí trên máy này                     what it costs here
  python3 -m app bpmn …    check | run | import | test: sơ đồ của mọi công cụ  diagrams of any tool
  python3 -m app sets …    export | import: bộ quy trình của một nơi       all that one place says, as files
  python3 -m app verify …  kiểm tra chữ ký số của tệp PDF (--json, --anchors)  verify signed PDF files
  python3 -m app edxml …   read | write: gói tin edXML (QCVN 102:2016)         what travels between agencies
  python3 -m app export …  DOCUMENT --to FOLDER: hồ sơ có bằng chứng liên thông  a document with its proofs
  python3 -m app kit       thử liên thông giữa hai hệ thống, có gây lỗi         try the exchange between two systems
  python3 -m app hub       trục liên thông để diễn tập (--profile vxp|lgsp)      an axis to rehearse against
  python3 -m app db …      prepare | check | sign-ins | revive | add-administrator
  python3 -m app agent     ký bằng khóa ở máy này cho trang web        sign for the pages with a key kept here
  python3 -m app web | worker | clock | redis | office                 one process (see Procfile)"""
PROGRAMS = (
    "agent",
    "bench",
    "bpmn",
    "clock",
    "db",
    "edxml",
    "export",
    "hub",
    "kit",
    "office",
    "sets",
    "tour",
    "verify",
    "web",
    "worker",
)
HELP = ("help", "--help", "-h")


def main(arguments: list[str]) -> int:
    """Set up what a command needs and run it; what only the operator can put right is said in plain words."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if command in HELP:
        say(USAGE)
        return 0
    if command not in (*PROGRAMS, *OWN):
        complain(f"{text('command.unknown', name=command)}\n\n{USAGE}")
        return 2
    try:
        if command != "doctor":
            environment.enter(environment.TESTS if command == "test" else environment.RUNTIME, arguments)
        if command != "test":
            os.umask(0o077)  # what the product writes is for its own user; the environment above is for everybody's
        return OWN[command](rest) if command in OWN else _program(command, rest)
    except Stopped as stop:
        complain(str(stop))
        return 1
    except KeyboardInterrupt:
        return 130


def _program(name: str, arguments: list[str]) -> int:
    """A command of the product; alone, too, it finds the embedded Redis where `up` would put it. Errors: Stopped."""
    configuration.check(os.environ)
    if not os.environ.get("EOFFICE_REDIS_URL"):
        os.environ["EOFFICE_REDIS_URL"] = embedded_redis.url(embedded_redis.socket_path(embedded_redis.data()))
    program: Callable[[list[str]], int] = importlib.import_module(f"app.cli.{name}").main
    return program(arguments)


def _test(arguments: list[str]) -> int:
    """The suite; lines at the end say what was skipped and how to enable it."""
    os.chdir(environment.ROOT)
    command = [sys.executable, "-m", "pytest", "-q", "-rfEs", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


OWN: dict[str, Callable[[list[str]], int]] = {
    "up": up.main,
    "test": _test,
    "doctor": doctor.main,
    "redis": embedded_redis.main,
}
