"""Typed text outlives the session and the page: whatever refuses the form, the words come back."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.actors.models import SignInSession
from app.kernel.clock import now
from app.kernel.db import db
from app.web import demo
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, pdf, plain

OPINION = 'Đề nghị bổ sung <b>căn cứ</b> & "phụ lục".'
ESCAPED = "Đề nghị bổ sung &lt;b&gt;căn cứ&lt;/b&gt; &amp; &#34;phụ lục&#34;."


@pytest.fixture
def told(office: Office) -> Told:
    office.app.config["WTF_CSRF_ENABLED"] = True
    return Told(office)


@pytest.fixture
def case(told: Told) -> Ref:
    return told.until("check_content")


@pytest.fixture
def head(told: Told, case: Ref) -> Browser:
    return Browser(told.office, told.tour["head"])


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def opened(browser: Browser) -> tuple[str, dict[str, Any]]:
    """A task's address and what its form would post."""
    task = browser.first_task()
    fields = {"csrf_token": token(browser.read(task)), "opinion": OPINION, "content_decision": "return"}
    return task, fields


def lose_cookie(client: FlaskClient) -> None:
    client.delete_cookie("eo")


def sign_out_elsewhere(client: FlaskClient) -> None:
    client.post("/sign-out", data={"csrf_token": token(client.get("/account").text)})
    client.get("/sign-in")


def end_on_the_server(_client: FlaskClient) -> None:
    db.session.query(SignInSession).update({"ended_at": now()})
    db.session.commit()


@pytest.mark.parametrize("ending", [lose_cookie, sign_out_elsewhere, end_on_the_server])
def test_what_was_typed_is_given_back_when_the_session_is_over(
    told: Told, case: Ref, head: Browser, ending: Callable[[FlaskClient], None]
) -> None:
    task, fields = opened(head)
    ending(head.client)

    answer = head.send(task, 401, **fields)
    page = answer.text
    assert ESCAPED in page
    assert f'href="/sign-in?next={task}"' in page
    assert "Đăng nhập lại" in plain(page)
    assert fields["csrf_token"] not in page
    assert told.task(case, "check_content").closed_at is None


def test_after_signing_in_again_the_form_is_filled_as_it_was(told: Told, case: Ref, head: Browser) -> None:
    task, fields = opened(head)
    lose_cookie(head.client)
    kept = head.send(task, 401, **fields).text
    door = head.read(f"/sign-in?next={task}")
    data = {"name": head.sign_in, "password": demo.PASSWORD, "next": task, "csrf_token": token(door)}
    assert head.ask("/sign-in", method="POST", data=data).headers["Location"] == task

    assert f'name="opinion" rows="4" readonly>\n{ESCAPED}</textarea>' in kept
    assert '<input type="hidden" name="content_decision" value="return">' in kept
    page = head.send(task, 400, opinion=OPINION, content_decision="return").text
    assert f"{ESCAPED}</textarea>" in page
    head.send(task, **{**fields, "csrf_token": token(page)})


def test_a_page_from_before_signing_in_again_is_drawn_anew_and_nothing_is_done(
    told: Told, case: Ref, head: Browser
) -> None:
    task, fields = opened(head)
    fresh = Browser(told.office, head.sign_in)

    page = fresh.send(task, 400, **fields).text
    assert f"{ESCAPED}</textarea>" in page
    assert "chưa được ghi nhận" in plain(page)
    assert token(page) != fields["csrf_token"]
    assert told.task(case, "check_content").closed_at is None
    fresh.send(task, **{**fields, "csrf_token": token(page)})


def test_files_passwords_and_fields_no_form_has_are_not_given_back(told: Told, head: Browser) -> None:
    task, fields = opened(head)
    lose_cookie(head.client)
    more = {"password": "a-secret", "strange": "unknown words", "file": (BytesIO(pdf()), "tep.pdf")}

    page = head.send(task, 401, **fields, **more).text
    assert ESCAPED in page
    assert not any(one in page for one in ("a-secret", "unknown words", "tep.pdf"))


def test_a_text_no_form_would_take_is_cut(told: Told, head: Browser) -> None:
    task, fields = opened(head)
    lose_cookie(head.client)

    page = head.send(task, 401, **{**fields, "opinion": "ý" * 240_000}).text
    assert len(page) < 220_000


def test_another_site_cannot_put_words_on_our_page(told: Told, head: Browser) -> None:
    task, fields = opened(head)
    lose_cookie(head.client)

    answer = head.ask(task, method="POST", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 401
    assert "căn cứ" not in answer.text


def test_someone_else_at_the_same_browser_gets_the_words_but_not_the_task(told: Told, head: Browser) -> None:
    task, fields = opened(head)
    stranger = Browser(told.office, told.recipients[0]["clerk"])

    page = stranger.send(task, 400, **fields).text
    assert ESCAPED in page
    assert 'class="task-form"' not in page
    assert told.tour["subject"] not in page


def test_a_failure_of_ours_gives_the_words_back_too(told: Told, head: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    task, fields = opened(head)
    told.office.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("app.domain.cases.commands.complete_task", broken)

    assert ESCAPED in head.send(task, 500, **fields).text


def test_the_page_of_a_stale_token_no_longer_advises_to_reload(told: Told) -> None:
    page = told.office.app.test_client().post("/theme", data={"theme": "dark"}).text
    assert "Trang đã mở quá lâu" in page
    assert "tải lại" not in page
