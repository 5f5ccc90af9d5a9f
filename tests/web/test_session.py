"""Signing in and out, and what a browser holds."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.cli import demo as world
from app.domain.actors.models import SignInSession
from app.kernel.db import db
from app.web import demo
from app.web.session import safe_next
from tests.house import Office

CLERK = "vanthu.sontinh"


def test_a_person_signs_in_and_comes_to_where_they_were_going(office: Office) -> None:
    client = office.client()
    asked = client.get("/documents?search=x")
    assert asked.status_code == 303
    assert asked.location == "/sign-in?next=/documents?search%3Dx"
    signed = client.post("/sign-in", data={"name": CLERK, "password": demo.PASSWORD, "next": "/account"})
    assert (signed.status_code, signed.location) == (303, "/account")
    assert client.get("/account").status_code == 200


def test_the_demo_password_on_the_page_is_the_one_of_the_demo_world() -> None:
    assert demo.PASSWORD == world.PASSWORD


@pytest.mark.parametrize(("name", "password"), [(CLERK, "not-the-one"), ("nobody", demo.PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(office: Office, name: str, password: str) -> None:
    answer = office.client().post("/sign-in", data={"name": name, "password": password})
    assert answer.status_code == 403
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answer.text
    assert password not in answer.text.replace(f'<code class="nowrap">{demo.PASSWORD}</code>', "")


@pytest.mark.parametrize("data", [{}, {"name": CLERK}, {"password": "x"}, {"name": "x" * 201, "password": "y"}])
def test_a_sign_in_without_both_parts_is_asked_again(office: Office, data: dict[str, str]) -> None:
    assert office.client().post("/sign-in", data=data).status_code == 422


def test_signing_in_makes_a_new_session_and_forgets_the_old_one(office: Office) -> None:
    client = office.client()
    with client.session_transaction() as planted:
        planted.update(dict.fromkeys(("left", "csrf_token"), "known to someone else"))
    client.post("/sign-in", data={"name": CLERK, "password": demo.PASSWORD})
    with client.session_transaction() as first:
        assert "left" not in first
        assert first.get("csrf_token") != "known to someone else"
        before = first["secret"]
    client.post("/sign-in", data={"name": "chutich.sontinh", "password": demo.PASSWORD})
    with client.session_transaction() as second:
        assert second["secret"] != before
        second["secret"] = before
    assert client.get("/account").status_code == 303, "the session before works no more"


def test_signing_out_ends_the_session_in_the_database_too(office: Office) -> None:
    client = office.client(CLERK)
    with client.session_transaction() as session:
        secret = session["secret"]
    assert client.post("/sign-out").location == "/sign-in"
    assert all(one.ended_at is not None for one in db.session.scalars(select(SignInSession)))
    with client.session_transaction() as session:
        session["secret"] = secret
    assert client.get("/account").status_code == 303


def test_the_cookie_is_for_this_site_and_not_for_scripts(office: Office) -> None:
    answer = office.client().post("/sign-in", data={"name": CLERK, "password": demo.PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_a_forged_cookie_is_nobody(office: Office) -> None:
    client = office.client()
    for forged in ("x", "a" * 3000, "eyJzZWNyZXQiOiJ4In0.x.y", "\N{BULLET}"):
        client.set_cookie("eo", forged)
        assert client.get("/account").status_code == 303


@pytest.mark.parametrize("secret", [None, 7, ["x"], {}, "", "x" * 100_000])
def test_a_strange_secret_is_nobody(office: Office, secret: object) -> None:
    client = office.client()
    with client.session_transaction() as session:
        session["secret"] = secret
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " /x",
        "x",
        "",
        None,
        "/a\x01b",
    ],
)
def test_nobody_is_sent_to_another_site(office: Office, target: str | None) -> None:
    assert safe_next(target) == "/"
    given = {"name": CLERK, "password": demo.PASSWORD, **({"next": target} if target is not None else {})}
    assert office.client().post("/sign-in", data=given).location == "/"


@pytest.mark.parametrize("target", ["/", "/tasks/1?tab=late", "/search?q=th%C3%B4ng", "/a#b"])
def test_a_place_of_this_site_is_kept(target: str) -> None:
    assert safe_next(target) == target


def test_a_form_posted_without_a_session_does_not_come_back_as_a_page(office: Office) -> None:
    assert office.client().post("/account/tokens", data={"label": "x"}).location == "/sign-in"


def test_a_partial_page_asked_without_a_session_moves_the_whole_browser(office: Office) -> None:
    answer = office.client().get("/account", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_the_actor_costs_three_statements(office: Office, statements: list[str]) -> None:
    client = office.client(CLERK)
    statements.clear()
    client.post("/account/tokens", data={"label": ""})
    reading = [one for one in statements if one.startswith("SELECT")]
    assert [
        name for one in reading[:3] for name in ("sign_in_session", "post_holder", "role_grant") if name in one
    ] == [
        "sign_in_session",
        "post_holder",
        "role_grant",
    ]
    assert sum("sign_in_session" in one or "role_grant" in one for one in reading) == 2


def test_every_page_asks_who_is_there_unless_it_says_that_it_need_not(app: Flask) -> None:
    public = {"signin", "health", "design", "verifying", "handovers", "exchange_wire"}
    open_to_all = {"static", "account.choose_locale", "account.choose_theme"}
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.split(".")[0]
        if rule.endpoint in open_to_all or blueprint in public or blueprint.startswith("api"):
            continue
        assert vars(app.view_functions[rule.endpoint]).get("signed_in"), rule.endpoint


def test_demo_people_are_shown_only_outside_production(office: Office) -> None:
    page = office.client().get("/sign-in").text
    assert CLERK in page
    office.app.config["PRODUCTION"] = True
    page = office.client().get("/sign-in").text
    assert CLERK not in page
    assert demo.PASSWORD not in page


def test_a_tap_on_a_demo_person_fills_the_name_and_nothing_runs(office: Office) -> None:
    page = office.client().get('/sign-in?name="><script>').text
    assert "<script>" not in page
    assert 'value="&#34;&gt;&lt;script&gt;"' in page


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every SQL statement as it is sent."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
