"""A house without people: the door says how the first account is made, and the command makes it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cli import db as command
from app.cli.database import migrate
from app.factory import create_app
from app.kernel.db import db
from app.settings import Settings
from tests import house
from tests.house import Office

PASSWORD = "một mật khẩu đủ dài"  # noqa: S105 - made up for these tests


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return house.settings_for(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite3'}")


@pytest.fixture
def empty(settings: Settings) -> Iterator[Flask]:
    migrate(settings.database_url)
    app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def door(empty: Flask) -> FlaskClient:
    return empty.test_client()


def add(settings: Settings, monkeypatch: pytest.MonkeyPatch, *lines: str) -> int:
    monkeypatch.setattr(command, "from_environment", lambda: settings)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return command.main(["add-administrator"])


def test_the_door_of_an_empty_house_says_how_the_first_account_is_made(door: FlaskClient) -> None:
    page = door.get("/sign-in").text
    assert "python3 -m app db add-administrator" in page
    assert "Quên mật khẩu" not in page


def test_where_there_are_people_the_door_says_nothing_of_it(office: Office) -> None:
    office.app.config["PRODUCTION"] = True
    page = office.client().get("/sign-in").text
    assert "add-administrator" not in page
    assert "Quên mật khẩu" in page


def test_the_first_account_can_sign_in(settings: Settings, door: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add(settings, monkeypatch, "Quantri", "Nguyễn Văn An", PASSWORD) == 0
    answer = door.post("/sign-in", data={"name": "quantri", "password": PASSWORD})
    assert answer.status_code == 303
    assert "Nguyễn Văn An" in door.get("/account").text
    assert "add-administrator" not in door.get("/sign-in", follow_redirects=True).text


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("", "An", PASSWORD), "tên đăng nhập"),
        (("hai từ", "An", PASSWORD), "viết liền"),
        (("an", "", PASSWORD), "họ tên"),
        (("an", "An", "ngắn"), "mật khẩu"),
    ],
)
def test_an_account_that_will_not_do_is_refused_in_words(
    settings: Settings,
    empty: Flask,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: tuple[str, ...],
    words: str,
) -> None:
    assert add(settings, monkeypatch, *lines) == 1
    assert words in capsys.readouterr().out
    assert PASSWORD not in capsys.readouterr().out


def test_a_sign_in_is_given_once(
    settings: Settings, empty: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [add(settings, monkeypatch, "an", "An", PASSWORD) for _ in range(2)] == [0, 1]
    assert "đã có" in capsys.readouterr().out
