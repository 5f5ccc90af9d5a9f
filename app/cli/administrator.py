"""The first account of an empty house: its name and password are asked for, or read from three lines of input."""

import sys
from getpass import getpass

from sqlalchemy import select

from app.cli.output import say
from app.domain.actors.commands import password_hash
from app.domain.actors.models import Person
from app.factory import create_app
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid
from app.settings import Settings

SHORTEST, LONGEST = 12, 200


def add(settings: Settings) -> None:
    """Ask for a sign-in, a name and a password, and make the account."""
    sign_in = _ask("Tên đăng nhập: ").lower()
    name = _ask("Họ và tên: ")
    password = _ask_password(f"Mật khẩu (ít nhất {SHORTEST} ký tự): ")
    with create_app(settings).app_context():
        make(sign_in, name, password)
    say(f"Đã tạo tài khoản {sign_in}. Tài khoản đăng nhập được ngay; việc hiện ra khi tài khoản được giao chức danh.")


@command
def make(sign_in: str, name: str, password: str) -> None:
    """An account that holds no post yet. Raises Invalid and Conflict."""
    if not sign_in or not name or len(sign_in) > LONGEST or any(letter.isspace() for letter in sign_in):
        raise Invalid("person.incomplete")
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("person.password_length")
    if db.session.scalar(select(Person.id).where(Person.sign_in == sign_in)) is not None:
        raise Conflict("person.exists")
    db.session.add(Person(sign_in=sign_in, name=name, password_hash=password_hash(password)))


def _ask(question: str) -> str:
    return (input(question) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _ask_password(question: str) -> str:
    """A password is not shown while it is typed."""
    return getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
