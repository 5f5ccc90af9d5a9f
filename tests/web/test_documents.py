"""Documents: finding them, reading them page by page, taking the file along, and seeing no more than one may."""

from io import BytesIO

import pytest
from PIL import Image

from app.domain.actors import commands as accounts
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def sent(told: Told) -> Ref:
    return told.sent(recipients=1)


@pytest.fixture
def clerk(told: Told) -> Browser:
    return Browser(told.office, told.tour["clerk"])


def test_a_document_says_what_it_is_and_who_signed_it_and_where_it_went(told: Told, sent: Ref, clerk: Browser) -> None:
    page = plain(clerk.read(f"/documents/{sent.document_id}"))

    for words in (told.document(sent).reference, "Chữ ký số cá nhân", "Dấu số của cơ quan", "Nơi nhận 1", "đã đến"):
        assert words in page, words


def test_the_history_is_told_in_sentences(told: Told, sent: Ref, clerk: Browser) -> None:
    page = plain(clerk.read(f"/documents/{sent.document_id}"))
    head = told.office.person(told.tour["head"]).name

    assert f"{head} đã làm xong “Kiểm tra nội dung”" in page
    assert "Tệp văn bản đã sẵn sàng để ký." in page
    assert "cấp số 1 cho văn bản" in page


def test_the_same_page_reads_in_english(told: Told, sent: Ref, clerk: Browser) -> None:
    accounts.choose_locale(told.office.actor(told.tour["clerk"]), "en")
    page = plain(clerk.read(f"/documents/{sent.document_id}"))

    for words in ("Personal signature", "Recipients 1", "finished “Check the content”", "gave the document number 1"):
        assert words in page, words


def test_a_page_is_a_picture_that_a_browser_keeps(told: Told, sent: Ref, clerk: Browser) -> None:
    address = f"/documents/{sent.document_id}/pages/1.png"
    first = clerk.ask(address)

    assert (first.status_code, first.mimetype, first.data[:4]) == (200, "image/png", b"\x89PNG")
    assert first.cache_control.private
    assert first.cache_control.no_cache, "asked for anew each time: who may see it may change"
    assert first.cache_control.max_age is None
    again = clerk.ask(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len(clerk.ask(f"{address}?w=720").data) < len(first.data)


def test_the_picture_shows_the_blue_signature_and_the_red_seal(told: Told, sent: Ref, clerk: Browser) -> None:
    picture = clerk.ask(f"/documents/{sent.document_id}/pages/1.png").data
    with Image.open(BytesIO(picture)) as image:
        raw = image.convert("RGB").tobytes()
    dots = list(zip(raw[0::3], raw[1::3], raw[2::3], strict=True))

    assert sum(red > 150 and max(green, blue) < 90 for red, green, blue in dots) > 200
    assert sum(blue > 120 and max(red, green) < 110 for red, green, blue in dots) > 50


@pytest.mark.parametrize("page", ["0", "9"])
def test_a_page_that_does_not_exist_is_not_there(told: Told, sent: Ref, clerk: Browser, page: str) -> None:
    clerk.read(f"/documents/{sent.document_id}/pages/{page}.png", 404)


def test_the_file_comes_as_an_attachment_and_never_runs_in_the_page(told: Told, sent: Ref, clerk: Browser) -> None:
    answer = clerk.ask(f"/documents/{sent.document_id}/file")

    assert answer.data.startswith(b"%PDF-")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_earlier_revisions_can_be_taken_too(told: Told, sent: Ref, clerk: Browser) -> None:
    address = f"/documents/{sent.document_id}/file"

    assert clerk.ask(f"{address}?revision=1").data != clerk.ask(address).data
    clerk.read(f"{address}?revision=99", 404)


def test_a_stranger_finds_nothing(told: Told, sent: Ref) -> None:
    stranger = Browser(told.office, told.recipients[1]["clerk"])

    for address in ("", "/file", "/pages/1.png"):
        stranger.read(f"/documents/{sent.document_id}{address}", 404)
    for address in ("/documents", "/search?q=V%2Fv"):
        assert told.tour["subject"] not in stranger.read(address)


def test_lists_are_searched_without_marks_and_by_direction(told: Told, sent: Ref, clerk: Browser) -> None:
    subject = told.tour["subject"]

    assert subject in clerk.read("/documents?direction=outgoing")
    assert subject not in clerk.read("/documents?direction=incoming")
    assert subject in clerk.read("/search?q=v%2Fv")
    assert subject not in clerk.read("/search?q=zzzz")
    assert subject not in clerk.read("/search")
    clerk.read("/documents?direction=sideways&offset=-5")


def test_an_arrived_document_shows_the_verdict_on_each_signature(told: Told, sent: Ref) -> None:
    arrived = told.arrived(told.recipients[0])
    page = plain(Browser(told.office, told.recipients[0]["clerk"]).read(f"/documents/{arrived.document_id}"))

    assert page.count("hợp lệ") >= 2
    assert "gửi qua liên thông" in page
