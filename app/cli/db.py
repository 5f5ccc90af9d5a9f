"""`python3 -m app db prepare | check | sign-ins | revive | add-administrator`: the database and what is in it."""

import fcntl
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from app.cli import administrator, demo, democertificates, guard, keyguard
from app.cli.database import is_current, migrate
from app.cli.output import say
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.adoption import adopt
from app.factory import create_app
from app.kernel import outbox
from app.kernel.errors import OfficeError, Unavailable
from app.settings import Settings, from_environment
from signing import demo_pki
from signing.errors import SigningError


def main(argv: list[str]) -> int:
    """Run one of the acts; they may be repeated without harm."""
    parser = ArgumentParser(prog="python3 -m app db", description=__doc__)
    parser.add_argument("act", choices=sorted(ACTS))
    settings = from_environment()
    try:
        ACTS[parser.parse_args(argv).act](settings)
    except OfficeError as refusal:
        say(MESSAGES.get(refusal.code, str(refusal)))
        return 1
    return 0


def prepare(settings: Settings) -> None:
    """Migrate, and fill a new database with its demo world; two starts at once take turns."""
    with (settings.data / "prepare.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        migrate(settings.database_url)
        with create_app(settings).app_context():
            guard.refuse_demo_people(settings)
            keyguard.refuse_demo_keys(settings)
            adopt()
            if settings.empty or settings.production:
                return
            world = demo.read(settings.world)
            if demo.is_empty():
                demo_pki.create(settings.pki, demo.subjects(world))
                demo.load(world)
            elif (known := demo.loaded()) is not None:
                demo.set_up_signers(known)
            with suppress(SigningError):  # without keys there is nothing to tell of them
                democertificates.note()


def check(settings: Settings) -> None:
    """Say whether the database answers and is up to date."""
    try:
        current = is_current(settings.database_url)
    except SQLAlchemyError as error:
        raise Unavailable("database.away", why=type(error).__name__) from error
    say("Cơ sở dữ liệu sẵn sàng." if current else "Cơ sở dữ liệu sẽ được nâng cấp khi chạy `python3 -m app up`.")


def sign_ins(settings: Settings) -> None:
    """Print who can sign in to the demo."""
    with create_app(settings).app_context():
        world = None if settings.production else demo.loaded()
        if world is None:
            return
        tour, names = world["tour"], {post["sign_in"]: post["name"] for post in world["posts"]}
        recipient = tour["recipients"][0]
        keys = [tour[part] for part in ("drafter", "head", "clerk", "chairman")]
        keys += [recipient[part] for part in ("clerk", "chairman", "specialist")]
        say(f"Mật khẩu chung của bản trình diễn: {demo.PASSWORD}")
        for key in keys:
            say(f"  {key:<28}{names[key]}")
        say(f"  ... và {len(names) - len(set(keys))} tài khoản khác của {len(orgunits.agencies())} cơ quan")


def revive(settings: Settings) -> None:
    """Try again every job that was given up."""
    with create_app(settings).app_context():
        dead = outbox.dead()
        for job in dead:
            outbox.revive(job.id)
        say(f"{len(dead)} việc nền được thử lại.")


ACTS: dict[str, Callable[[Settings], None]] = {
    "add-administrator": administrator.add,
    "check": check,
    "prepare": prepare,
    "sign-ins": sign_ins,
    "revive": revive,
}
MESSAGES = {
    "database.away": "Cơ sở dữ liệu không trả lời. Hãy kiểm tra địa chỉ trong EOFFICE_DATABASE_URL và máy chủ.",
    "person.incomplete": "Chưa tạo tài khoản: cần tên đăng nhập viết liền và họ tên.",
    "person.password_length": "Chưa tạo tài khoản: mật khẩu cần từ 12 đến 200 ký tự.",
    "person.exists": "Chưa tạo tài khoản: tên đăng nhập này đã có. Hãy chọn tên khác.",
    "start.demo_keys": "Không khởi động: thư mục khóa chứa khóa trình diễn (DEMO), chế độ vận hành thật từ chối.",
    "start.demo_people": "Không khởi động: cơ sở dữ liệu có tài khoản trình diễn, chế độ vận hành thật từ chối.",
    "world.missing": "Không có thế giới trình diễn này. Hãy chọn --world 2017 hoặc --world 2025.",
}
