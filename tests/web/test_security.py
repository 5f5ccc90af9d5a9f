"""What every response carries, and what every request must."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.middleware.proxy_fix import ProxyFix

from app.domain.actors import commands as accounts
from app.factory import HERE, create_app
from app.kernel.errors import Forbidden, TooMany
from app.web import demo, refusals
from app.web.security import HEADERS
from tests import house
from tests.house import Office

CLERK = "vanthu.sontinh"
PLACES = (
    "/",
    "/sign-in",
    "/design",
    "/account",
    "/documents",
    "/nothing-here",
    "/health",
    "/static/app.css",
    "/static/none",
)


@pytest.mark.parametrize("place", [*PLACES, "/api/v1/tasks/", "/api/v1/nothing", "/api/v1/openapi.json"])
def test_every_response_carries_the_headers(office: Office, place: str) -> None:
    for client in (office.client(), office.client(CLERK)):
        answer = client.get(place, buffered=True)
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (place, name)


def test_the_policy_allows_no_inline_code_and_no_other_site() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("place", ["/", "/sign-in", "/account", "/nothing-here", "/health", "/api/v1/tasks/"])
def test_nothing_with_content_is_kept_by_the_browser(office: Office, place: str) -> None:
    assert office.client(CLERK).get(place).headers["Cache-Control"] == "no-store"


def test_a_file_asked_for_by_its_content_is_kept_for_a_year(office: Office) -> None:
    client = office.client()
    address = _asset(client, "app.css")
    assert "immutable" in client.get(address, buffered=True).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/app.css", buffered=True).headers.get("Cache-Control", "")
    assert "immutable" not in client.get("/static/app.css?v=other", buffered=True).headers.get("Cache-Control", "")
    assert client.get("/static/none").headers["Cache-Control"] == "no-store"


def test_text_travels_packed_and_arrives_whole(office: Office) -> None:
    client = office.client()
    plain = client.get(_asset(client, "app.css"), buffered=True)
    packed = client.get(_asset(client, "app.css"), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 3
    page = client.get("/sign-in", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert "Content-Encoding" not in client.get("/sign-in", headers={"Accept-Encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize("place", ["/sign-in", "/sign-out", "/account/tokens", "/locale", "/theme"])
def test_a_form_without_its_token_changes_nothing(office: Office, place: str) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    answer = office.client(CLERK).post(
        place, data={"name": CLERK, "password": demo.PASSWORD, "label": "x", "locale": "en"}
    )
    assert answer.status_code == 400
    assert "Trang đã mở quá lâu" in answer.text
    assert "Set-Cookie" not in answer.headers or "eo_locale" not in answer.headers["Set-Cookie"]


def test_every_form_that_changes_something_asks_for_a_token(office: Office) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    client = office.client(CLERK)
    for rule in office.app.url_map.iter_rules():
        changes = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        if not changes or rule.rule.startswith(("/api/", "/handovers/")):  # other programs, without a cookie
            continue
        place = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000000", rule.rule)
        place = re.sub(r"<any\((\w+).*?\):\w+>", r"\1", place)
        place = re.sub(r"<(\w+:)?\w+>", "1", place)
        for method in changes:
            assert client.open(place, method=method).status_code == 400, (method, place)


def test_a_form_with_its_token_is_taken(office: Office) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    client = office.client()
    token = _token(client, "/sign-in")
    data = {"name": CLERK, "password": demo.PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=data).status_code == 303
    assert client.post("/theme", data={"theme": "dark"}).status_code == 400, "the token of another session is none"
    answer = client.post("/theme", data={"theme": "dark"}, headers={"X-CSRFToken": _token(client, "/account")})
    assert answer.status_code == 303


def test_a_program_with_a_token_needs_no_form_token_and_a_cookie_is_no_token(office: Office) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    answer = office.client(CLERK).post("/api/v1/cases/", json={})
    assert answer.status_code == 401


def test_guessing_a_password_is_stopped_and_the_owner_elsewhere_is_not(office: Office) -> None:
    client = office.client()
    wrong = {"name": CLERK, "password": "guess"}
    codes = [client.post("/sign-in", data=wrong).status_code for _ in range(9)]
    assert codes == [403] * 8 + [429]
    refused = client.post("/sign-in", data={"name": f" {CLERK.upper()}", "password": demo.PASSWORD})
    assert refused.status_code == 429
    assert "Hãy thử lại sau" in refused.text
    elsewhere = client.post(
        "/sign-in", data={"name": CLERK, "password": demo.PASSWORD}, environ_base={"REMOTE_ADDR": "10.0.0.2"}
    )
    assert elsewhere.status_code == 303


def test_guesses_that_come_all_at_once_are_counted_like_others(app: Flask) -> None:
    everyone = Barrier(12)

    def refuse() -> NoReturn:
        everyone.wait(10)  # nobody has been refused yet
        raise Forbidden("sign_in.refused")

    def guess(_: int) -> int:
        try:
            with app.test_request_context(), refusals.counted(CLERK, "10.0.0.1"):
                refuse()
        except TooMany:
            everyone.wait(10)
            return 429
        except Forbidden:
            return 403

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(guess, range(12))) == [403] * 8 + [429] * 4


def test_who_guesses_on_at_a_closed_door_does_not_close_it_for_the_office(office: Office) -> None:
    client = office.client()
    for _ in range(70):
        client.post("/sign-in", data={"name": CLERK, "password": "guess"})
    signed = client.post("/sign-in", data={"name": "chutich.sontinh", "password": demo.PASSWORD})
    assert signed.status_code == 303


def test_a_failure_of_ours_is_not_counted_as_a_guess(app: Flask) -> None:
    for _ in range(20):
        with app.test_request_context(), pytest.raises(ZeroDivisionError), refusals.counted(CLERK, "10.0.0.1"):
            raise ZeroDivisionError


def test_the_counts_hold_no_name_and_no_address(app: Flask) -> None:
    with app.test_request_context(), suppress(Forbidden), refusals.counted(CLERK, "10.0.0.1"):
        raise Forbidden("sign_in.refused")
    kept = str(vars(app.extensions[refusals.KEY].own.storage)["storage"])
    assert kept.count("LIMIT") == 3
    assert CLERK not in kept
    assert "10.0.0.1" not in kept


def test_a_whole_office_signs_in_from_one_address(office: Office) -> None:
    for _ in range(70):
        client = office.client()
        assert client.post("/sign-in", data={"name": CLERK, "password": demo.PASSWORD}).status_code == 303


def test_many_requests_in_a_minute_are_stopped(template: house.Template, tmp_path: Path) -> None:
    with house.copied(template, tmp_path, RATELIMIT_DEFAULT="3 per minute") as app:
        client = app.test_client()
        answers = [client.get("/design").status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
        assert client.get("/static/app.css", buffered=True).status_code == 200


def test_the_address_behind_a_proxy_is_believed_only_when_there_is_one(tmp_path: Path) -> None:
    settings = house.settings_for(tmp_path, "sqlite://")
    plain, behind = create_app(settings), create_app(replace(settings, trusted_proxies=1))
    assert not isinstance(plain.wsgi_app, ProxyFix)
    assert isinstance(behind.wsgi_app, ProxyFix)


def test_secure_cookies_have_the_name_browsers_protect(tmp_path: Path) -> None:
    app = create_app(replace(house.settings_for(tmp_path, "sqlite://"), secure_cookies=True))
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-eo"
    assert app.test_client().get("/design").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_vendored_files_are_the_published_ones(app: Flask) -> None:
    folder = Path(app.static_folder or "") / "vendor"
    listed = (line.split() for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
    assert {name: digest for digest, name in listed} == {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }


def _token(client: FlaskClient, place: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(place).text)
    assert found is not None
    return found[1]


def _asset(client: FlaskClient, name: str) -> str:
    found = re.search(rf'"(/static/{re.escape(name)}\?v=[0-9a-f]+)"', client.get("/sign-in").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("place", ["/sign-in", "/nothing-here", "/api/v1/tasks", "/static/app.css"])
def test_a_site_that_knows_its_names_answers_to_no_other(template: house.Template, tmp_path: Path, place: str) -> None:
    with house.copied(template, tmp_path) as app:
        app.config["TRUSTED_HOSTS"] = ["office.gov.vn", *HERE]
        client = app.test_client()
        refused = client.get(place, headers={"Host": "evil.example"}, buffered=True)
        assert refused.status_code == 400
        assert "evil" not in refused.text + str(refused.headers)
        for name in ("office.gov.vn", "office.gov.vn:8443", "127.0.0.1:8000", "localhost"):
            assert client.get(place, headers={"Host": name}, buffered=True).status_code != 400


def test_the_names_of_the_site_come_from_the_settings(tmp_path: Path) -> None:
    settings = house.settings_for(tmp_path, "sqlite://")
    assert create_app(settings).config["TRUSTED_HOSTS"] is None
    named = create_app(replace(settings, hosts=("office.gov.vn",))).config["TRUSTED_HOSTS"]
    assert {"office.gov.vn", *HERE} <= set(named)


@pytest.mark.parametrize("address", ["/?q=%00", "/search?q=a%00b", "/documents?q=%00", "/account?x%00=1"])
def test_text_that_no_database_keeps_is_refused_in_an_address(office: Office, address: str) -> None:
    answer = office.client(CLERK).get(address)

    assert answer.status_code == 400
    assert "ký tự không đọc được" in answer.text


@pytest.mark.parametrize(
    ("address", "field"), [("/sign-in", "name"), ("/account/tokens", "label"), ("/cases/start", "procedure")]
)
def test_text_that_no_database_keeps_is_refused_in_a_form(office: Office, address: str, field: str) -> None:
    client = office.client(CLERK)

    assert client.post(address, data={field: "a\0b", "password": "x"}).status_code == 400
    assert client.post(address, data={f"{field}\0": "a", "password": "x"}).status_code == 400


def test_text_that_no_database_keeps_is_refused_by_the_json_interface(office: Office) -> None:
    signed = {"Authorization": f"Bearer {accounts.make_token(office.actor(CLERK), label='test')}"}

    for address in ("/api/v1/tasks/?search=%00", "/api/v1/documents/?search=a%00"):
        answer = office.client().get(address, headers=signed)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "request.characters")
