"""Programs of other people that more can be done with; none is needed to run the product."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """What it is for, and the Debian package that brings it."""

    package: str
    vi: str
    en: str
    other_names: tuple[str, ...] = ()


PROGRAMS: dict[str, Program] = {
    "chromium": Program(
        "chromium", "thử giao diện trong trình duyệt", "browser tests", ("chromium-browser", "google-chrome")
    ),
    "pdfsig": Program("poppler-utils", "đối chiếu chữ ký bằng Poppler", "a second opinion on signatures"),
    "pdftotext": Program("poppler-utils", "đọc chữ trong PDF bằng Poppler", "a second reader of PDF"),
    "pdftoppm": Program("poppler-utils", "vẽ trang PDF bằng Poppler", "a second painter of PDF"),
    "qpdf": Program("qpdf", "kiểm tra cấu trúc PDF", "PDF structure tests"),
    "soffice": Program(
        "libreoffice-writer-nogui fonts-liberation2 python3-uno",
        "nhận tệp DOCX, ODT",
        "taking in DOCX and ODT",
        ("libreoffice",),
    ),
    "cc": Program("gcc libc6-dev", "thử thiết bị ký gặp trục trặc", "tests of tokens that misbehave"),
    "softhsm2-util": Program("softhsm2", "thử thiết bị ký PKCS#11", "PKCS#11 token tests"),
    "postgres": Program("postgresql", "chạy thử trên PostgreSQL", "the suite on PostgreSQL"),
    "redis-server": Program("redis-server", "Redis của hệ thống", "the system's Redis", ("valkey-server",)),
}


def find(name: str) -> str | None:
    """Where a program is, under any of its names; Debian keeps servers outside PATH."""
    places = [*os.get_exec_path(), "/usr/sbin", *_servers()]
    names = (name, *(PROGRAMS[name].other_names if name in PROGRAMS else ()))
    return next((found for one in names if (found := shutil.which(one, path=os.pathsep.join(places)))), None)


def how_to_install(names: list[str]) -> str:
    """The command that brings them."""
    packages = dict.fromkeys(PROGRAMS[name].package for name in names)
    return f"sudo apt install {' '.join(packages)}"


def _servers() -> Iterator[str]:
    yield from sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
