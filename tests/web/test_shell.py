"""What stands around every page: colours one can read, forms one can fill in, words for moments and deadlines."""

import gzip
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask, get_template_attribute

from app.kernel.clock import OFFICE_ZONE
from app.web import fields, filters, forms
from app.web.shell import initials
from tests.house import Office

STATIC = Path(__file__).resolve().parents[2] / "app" / "web" / "static"
PAIRS = (
    *(
        ("text", ground)
        for ground in ("ground", "paper", "sunk", "accent-wash", "late-bg", "soon-bg", "done-bg", "info-bg")
    ),
    *(("muted", ground) for ground in ("ground", "paper", "sunk", "accent-wash")),
    *(("accent", ground) for ground in ("ground", "paper", "sunk", "accent-wash")),
    *(("accent-deep", ground) for ground in ("ground", "paper", "sunk", "accent-wash")),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    *((kind, f"{kind}-bg") for kind in ("late", "soon", "done", "info")),
    *((kind, "paper") for kind in ("late", "soon", "done", "info")),
    *((kind, "sunk") for kind in ("late", "soon")),
    ("late", "ground"),
    ("seal", "sheet-white"),
    ("signature", "sheet-white"),
)
LINES = (("line", "paper"), ("line", "ground"), ("focus", "paper"), ("focus", "ground"), ("brand", "paper"))
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=OFFICE_ZONE)  # a Monday


def test_both_ways_to_the_dark_have_the_same_colours() -> None:
    blocks = re.findall(r"color-scheme: dark;\s*([^}]*)}", (STATIC / "app.css").read_text("utf-8"))
    assert len({re.sub(r"\s+", " ", block).strip() for block in blocks[:2]}) == 1


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(look: str) -> None:
    tokens = _tokens(look)
    for ink, ground in PAIRS:
        assert _contrast(tokens[ink], tokens[ground]) >= 4.5, (look, ink, ground)
    for ink, ground in LINES:
        assert _contrast(tokens[ink], tokens[ground]) >= 3, (look, ink, ground)


def test_styles_and_scripts_fit_the_policy_and_a_slow_line() -> None:
    assert len(gzip.compress((STATIC / "app.css").read_bytes(), 9)) < 12_000
    for path in (STATIC.parent / "templates").rglob("*.html"):
        page = path.read_text("utf-8")
        assert not re.search(r'\sstyle="|<style|\son\w+="|javascript:|<script(?![^>]*\bsrc=)', page), path.name
        assert not re.search(r"""(src|href|action)="(https?:)?//""", page), path.name


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_the_page_of_components_is_drawn_in_both_languages(office: Office, locale: str) -> None:
    client = office.client()
    client.post("/locale", data={"locale": locale})
    page = client.get("/design")
    assert page.status_code == 200
    assert f'<html lang="{locale}"' in page.text


def test_ids_are_unique_and_labels_point_at_something(office: Office) -> None:
    for client, place in (
        (office.client(), "/design"),
        (office.client(), "/sign-in"),
        (office.client("vanthu.sontinh"), "/account"),
    ):
        page = client.get(place).text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), place
        pointed = re.findall(r'\s(?:for|aria-describedby|aria-labelledby)="([^"]+)"', page)
        assert {one for many in pointed for one in many.split()} <= set(ids), place


def test_the_header_offers_only_what_the_reader_may_open(office: Office) -> None:
    page = office.client("chuyenvien.vp.sontinh").get("/account").text
    nav = page.split("<nav", 1)[1].split("</nav>", 1)[0]
    assert 'href="/cases/start"' in nav
    clerk = office.client("vanthu.sontinh").get("/account").text.split("<nav", 1)[1].split("</nav>", 1)[0]
    assert 'href="/registers"' in clerk


@pytest.mark.parametrize(
    ("name", "letters"), [("Trần Thị Bình", "TB"), ("Đức", "Đ"), ("", "?"), ("(x) 7", "?"), ("Á É", "ÁÉ")]
)
def test_initials_are_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("left", "kind", "words"),
    [
        (timedelta(minutes=-5), "late", "quá hạn 5 phút"),
        (timedelta(seconds=-1), "late", "quá hạn 1 phút"),
        (timedelta(hours=-3), "late", "quá hạn 3 giờ"),
        (timedelta(days=-4), "late", "quá hạn 1 ngày làm việc"),  # the New Year's holidays do not count
        (timedelta(hours=5), "soon", "hạn 17:00 hôm nay"),
        (timedelta(days=1), "soon", "còn 1 ngày làm việc"),
        (timedelta(days=2), "later", "còn 2 ngày làm việc"),
        (timedelta(days=7), "later", "còn 6 ngày làm việc"),  # Saturday 10/01/2026 is worked in exchange
        (timedelta(days=3650), "later", "còn 2.607 ngày làm việc"),
    ],
)
def test_a_deadline_is_told_in_working_time(app: Flask, left: timedelta, kind: str, words: str) -> None:
    with time_machine.travel(NOON, tick=False), app.test_request_context():
        told = str(filters.due(NOON + left))
    assert f"due-{kind}" in told
    assert words in told
    assert 'title="' in told


def test_moments_days_and_numbers_are_written_as_the_office_does(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False), app.test_request_context():
        assert ">09:41<" in filters.moment(datetime(2026, 1, 5, 2, 41, tzinfo=UTC))
        assert ">09:41, 04/01/2026<" in filters.moment(datetime(2026, 1, 4, 2, 41, tzinfo=UTC))
        assert 'title="09:41:07 04/01/2026"' in filters.moment(datetime(2026, 1, 4, 2, 41, 7, tzinfo=UTC))
        assert filters.day(date(2026, 1, 5)) == "05/01/2026"
        assert filters.day(datetime(2026, 1, 4, 20, tzinfo=UTC)) == "05/01/2026"
        assert filters.day("2026-01-05") == "05/01/2026"
        assert filters.day("không rõ") == "không rõ"
        assert filters.day(None) == filters.num(None) == "\N{EN DASH}"
        assert filters.num(1234.5, 1) == "1.234,5"
        assert (filters.size(10), filters.size(850_400), filters.size(1_240_000)) == ("1 kB", "850 kB", "1,2 MB")
    with app.test_request_context(headers={"Cookie": "eo_locale=en"}):
        assert filters.num(1234.5, 1) == "1,234.5"


def test_a_form_wires_labels_hints_errors_and_what_was_typed(app: Flask) -> None:
    page = _drawn(app, wrong={"subject": ("form.maxLength", {"limit": 5})}, answers={"subject": "<b>Về việc"})
    assert '<label class="label" for="f-subject">Trích yếu</label>' in page
    assert 'aria-describedby="h-subject e-subject"' in page
    assert 'aria-invalid="true"' in page
    assert '<a href="#f-subject">Trích yếu: quá dài: nhiều nhất 5 ký tự.</a>' in page
    assert "&lt;b&gt;Về việc" in page
    assert "<b>" not in page


def test_a_field_without_the_obligation_says_so(app: Flask) -> None:
    page = _drawn(app)
    assert page.count("không bắt buộc") == 5, "two are required, and a single box speaks for itself"


def test_a_form_draws_each_kind_of_field(app: Flask) -> None:
    page = _drawn(app, answers={"to": ["b"], "lead": "a", "kind": "x", "agree": True, "day": "2026-01-05"})
    assert 'type="checkbox" name="to" value="b" checked' in page
    assert 'type="checkbox" name="to" value="a">' in page
    assert '<option value="a" selected>An</option>' in page
    assert 'type="radio" name="kind" value="x" checked' in page
    assert re.search(r'type="checkbox" id="f-agree"[^>]* checked', page)
    assert re.search(r'inputmode="numeric"[^>]* id="f-day"[^>]* value="05/01/2026" placeholder="nn/tt/nnnn"', page)
    assert 'type="file"' in page
    assert "ban-thao.pdf" in page
    assert 'data-show-when="kind=x|y"' in page


@pytest.mark.parametrize("typed", ["05/01/2026", "5-1-2026", "05012026", "5.1.2026"])
def test_a_day_that_the_server_reads_passes_the_pattern_of_its_field(app: Flask, typed: str) -> None:
    page = _drawn(app, answers={"day": "31/02/2026"})
    assert 'value="31/02/2026"' in page, "what cannot be read stays as it was typed"
    assert 'type="date"' not in page
    pattern = re.search(r'id="f-day"[^>]* pattern="([^"]+)"', page)
    assert pattern is not None
    assert re.fullmatch(pattern[1], typed)
    assert forms.day(typed) == "2026-01-05"


def test_a_file_is_chosen_by_a_button_in_the_readers_language(app: Flask) -> None:
    page = _drawn(app)
    label = re.search(r'<label class="file-pick">.*?</label>', page, re.DOTALL)
    assert label is not None
    assert 'type="file" id="f-file"' in label[0]
    assert "Chọn tệp" in label[0]


def test_a_field_the_layout_forgets_is_drawn_all_the_same(app: Flask) -> None:
    assert set(re.findall(r'\sname="(\w+)"', _drawn(app))) == set(_SCHEMA["properties"])


def test_what_is_wrong_with_the_whole_form_and_with_unknown_fields_is_said(app: Flask) -> None:
    page = _drawn(app, wrong={"": ("form.too_large", {}), "strange": ("form.unknown_field", {})})
    assert "Có 2 chỗ cần sửa" in page
    assert "“strange”" in page


def test_texts_may_come_by_language(app: Flask) -> None:
    both = {"vi": {"fields": {"subject": {"label": "Trích yếu"}}}, "en": {"fields": {"subject": {"label": "Subject"}}}}
    with app.test_request_context(headers={"Cookie": "eo_locale=en"}):
        assert fields.picked_texts(both)["fields"]["subject"]["label"] == "Subject"
    with app.test_request_context():
        assert fields.picked_texts(both)["fields"]["subject"]["label"] == "Trích yếu"


def test_headings_never_jump_a_step(office: Office) -> None:
    for place in ("/design", "/sign-in"):
        levels = [int(one) for one in re.findall(r"<h([1-6])", office.client().get(place).text)]
        assert levels[0] == 1, place
        assert all(after <= before + 1 for before, after in pairwise(levels)), place


def test_health_says_what_answers_and_nothing_else(office: Office) -> None:
    answer = office.client().get("/health")
    body = answer.get_json()
    assert set(body) == {"status", "database", "redis"}
    assert body["database"] == "ok"
    assert (answer.status_code == 200) == (body["redis"] == "ok")


_SCHEMA: dict[str, Any] = {
    "properties": {
        "subject": {"type": "string", "maxLength": 500, "x-ui": {"widget": "textarea"}},
        "to": {"type": "array", "items": {"type": "string"}, "x-ui": {"widget": "units"}},
        "lead": {"type": "string", "x-ui": {"widget": "post"}},
        "kind": {"type": "string", "enum": ["x", "y"]},
        "agree": {"type": "boolean"},
        "day": {
            "type": "string",
            "format": "date",
            "x-ui": {"show_if": {"properties": {"kind": {"enum": ["x", "y"]}}}},
        },
        "count": {"type": "integer"},
        "file": {"type": "string", "x-ui": {"widget": "file"}},
    },
    "required": ["subject", "to"],
    "x-layout": [{"key": "all", "fields": ["subject", "to", "lead", "kind"]}],
}


def _drawn(app: Flask, **given: Any) -> str:
    people = [
        SimpleNamespace(value="a", label="An", group="", hint=""),
        SimpleNamespace(value="b", label="Bình", group="", hint=""),
    ]
    texts = {"fields": {"subject": {"label": "Trích yếu", "hint": "Ngắn gọn"}}, "sections": {"all": "Nội dung"}}
    with app.test_request_context():
        return str(
            get_template_attribute("_form.html", "render_form")(
                _SCHEMA,
                texts,
                given.get("answers", {}),
                given.get("wrong", {}),
                {"to": people, "lead": people},
                {"file": {"name": "ban-thao.pdf", "size": 1000, "pages": 2}},
            )
        )


def _tokens(look: str) -> dict[str, str]:
    css = (STATIC / "app.css").read_text("utf-8")
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css.split("}", 1)[0]))
    dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css.split('[data-theme="dark"]', 1)[1].split("}", 1)[0]))
    return light if look == "light" else {**light, **dark}


def _contrast(ink: str, ground: str) -> float:
    """WCAG 2.2, 1.4.3."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
