"""One's own account: language, looks, tokens."""

import re
from datetime import timedelta

import pytest
import time_machine

from app.domain.actors import commands as accounts
from app.domain.actors import queries
from app.kernel import clock
from tests.house import Office

CLERK, CHAIRMAN = "vanthu.sontinh", "chutich.sontinh"


def test_the_page_shows_ones_posts_and_nobody_elses(office: Office) -> None:
    page = office.client(CLERK).get("/account").text
    assert CLERK in page
    assert CHAIRMAN not in page
    assert "Văn thư" in page


def test_a_token_is_shown_once_and_works_until_it_is_ended(office: Office) -> None:
    client = office.client(CLERK)
    made = client.post("/account/tokens", data={"label": "Một cửa"})
    secret = re.search(r'id="secret" value="(eo_[\w-]+)"', made.text)
    assert secret is not None
    assert made.headers["Cache-Control"] == "no-store"
    assert secret[1] not in client.get("/account").text
    program = office.client()
    signed = {"Authorization": f"Bearer {secret[1]}"}
    assert program.get("/api/v1/tasks/", headers=signed).status_code == 200
    token = queries.tokens(office.person(CLERK).id)[0]
    assert office.client(CHAIRMAN).post(f"/account/tokens/{token.id}/end").status_code == 404
    assert client.post(f"/account/tokens/{token.id}/end").status_code == 303
    assert program.get("/api/v1/tasks/", headers=signed).status_code == 401
    assert "Đã hủy mã" in client.get("/account").text


def test_a_token_that_has_expired_is_not_listed(office: Office) -> None:
    accounts.make_token(office.actor(CLERK), label="cũ")
    assert len(queries.tokens(office.person(CLERK).id)) == 1
    with time_machine.travel(clock.now() + accounts.TOKEN_LENGTH + timedelta(seconds=1)):
        assert queries.tokens(office.person(CLERK).id) == []


@pytest.mark.parametrize("label", ["", "   ", "\u200b", "x" * 81, "a\x1bb"])
def test_a_token_needs_a_name_and_what_was_typed_stays(office: Office, label: str) -> None:
    answer = office.client(CLERK).post("/account/tokens", data={"label": label})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert not queries.tokens(office.person(CLERK).id)


def test_a_token_is_no_browser_session(office: Office) -> None:
    client = office.client(CLERK)
    made = client.post("/account/tokens", data={"label": "x"}).text
    secret = made.split('id="secret" value="')[1].split('"')[0]
    other = office.client()
    with other.session_transaction() as session:
        session["secret"] = secret
    assert other.get("/account").status_code == 303


def test_the_language_stays_with_the_person_on_every_browser(office: Office) -> None:
    office.client(CLERK).post("/locale", data={"locale": "en", "next": "/account"})
    page = office.client(CLERK).get("/account").text
    assert '<html lang="en"' in page
    assert "My account" in page
    assert '<html lang="vi"' in office.client(CHAIRMAN).get("/account").text


def test_the_language_can_be_chosen_at_the_door(office: Office) -> None:
    client = office.client()
    answer = client.post("/locale", data={"locale": "en", "next": "/sign-in?name=a"})
    assert answer.location == "/sign-in?name=a"
    assert "Sign in" in client.get("/sign-in").text


@pytest.mark.parametrize("place", ["/locale", "/theme"])
@pytest.mark.parametrize("value", ["fr", "", "vi\r\nSet-Cookie: a=b", "<script>"])
def test_a_language_or_look_that_is_none_changes_nothing(office: Office, place: str, value: str) -> None:
    answer = office.client().post(place, data={"locale": value, "theme": value, "next": "//evil.example"})
    assert answer.location == "/"
    assert "Set-Cookie" not in answer.headers


def test_the_look_is_kept_in_the_browser_and_drawn_by_the_server(office: Office) -> None:
    client = office.client()
    assert "data-theme" not in client.get("/sign-in").text
    client.post("/theme", data={"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.post("/theme", data={"theme": "auto"})
    assert "data-theme" not in client.get("/sign-in").text
