"""The page of the editor and all that an editor asks for: answers in the reader's words, and nothing ever lost."""

import os
import re
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
from flask import Flask

from app.domain.procedures import drafts, editing, publishing, states
from app.domain.procedures.publishing import Words
from app.kernel.db import db
from app.web.security import POLICY
from tests.engine.diagrams import document, ends, service, user
from tests.house import Office
from tests.places import COMMUNE, KEY, OTHER, ROOT, admin, administrator, draft, say
from tests.readers import begun_anew
from tests.web.browser import Browser, plain

PLACE = f"units/{COMMUNE}"
MARKUP = "<img src=x onerror=alert(1)>"


class Desk(Browser):
    """An administrator at the editor of a draft."""

    def __init__(self, office: Office, unit_code: str, draft_id: Any) -> None:
        super().__init__(office, administrator(office, unit_code))
        self.page = f"/procedures/drafts/{draft_id}"
        self.xml, self.version = "", 0

    def open(self) -> dict[str, Any]:
        """What the editor reads first."""
        config: dict[str, Any] = self.ask(f"{self.page}/editing/config").get_json()
        answer = self.ask(config["urls"]["diagram"])
        self.xml, self.version = answer.text, int(answer.headers["ETag"].strip('"'))
        assert self.version == config["row_version"]
        return config

    def put(self, xml: str | bytes) -> tuple[int, dict[str, Any]]:
        """A save, from the state this editor knows."""
        headers = {"If-Match": f'"{self.version}"', "Content-Type": "application/xml"}
        answer = self.ask(f"{self.page}/editing/diagram", method="PUT", data=xml, headers=headers)
        told = answer.get_json()
        self.version = told.get("row_version", self.version) if answer.status_code == 200 else self.version
        return answer.status_code, told

    def post(self, what: str, **asked: Any) -> tuple[int, dict[str, Any]]:
        """One of the questions of the editor."""
        answer = self.ask(f"{self.page}/editing/{what}", method="POST", **asked)
        return answer.status_code, answer.get_json()


def test_two_administrators_draw_one_draft_and_neither_loses_anything(office: Office) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {})
    one, other = Desk(office, COMMUNE, made.id), Desk(office, ROOT, made.id)
    config = one.open()
    other.open()
    assert config["inherited"] == "Dùng chung (theo phần mềm)"
    assert one.post("lock", json={"take": False})[1]["mine"]
    status, hold = other.post("lock", json={"take": False})
    assert (status, hold["mine"], hold["by"]) == (200, False, f"Quản trị {COMMUNE}")
    status, told = other.put(other.xml)
    assert (status, told["code"], told["by"]) == (423, "draft.held", f"Quản trị {COMMUNE}")

    assert one.put(one.xml.replace("Nhận việc", "Nhận việc được giao"))[0] == 200
    assert other.post("lock", json={"take": True})[1]["mine"]
    status, told = one.put(one.xml.replace("Nhận việc", "Nhận việc mới"))
    assert (status, told["by"]) == (423, f"Quản trị {ROOT}")
    status, told = other.put(other.xml)
    assert (status, told["code"], told["by"]) == (412, "draft.stale", f"Quản trị {COMMUNE}")
    assert told["at"].startswith("20")
    other.version = told["row_version"]
    assert other.put(other.xml)[0] == 200
    assert "được giao" in states.of(made.id)[0].content["diagram"]

    assert one.post("lock", json={"take": False})[1]["mine"] is False
    assert other.ask(f"{other.page}/editing/lock", method="DELETE").status_code == 204
    assert one.post("lock", json=[])[1]["mine"]


def test_garbage_stale_tabs_and_ended_sessions_are_told_in_a_sentence_and_change_nothing(
    app: Flask, office: Office
) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {"parameters": {"handling_days": 3}})
    desk = Desk(office, COMMUNE, made.id)
    desk.open()
    for body in (b"", b"\xff\xfe\x00", b"{}", b"<a><b></a>", b"<!DOCTYPE a []><a/>", b" " * 4_500_000, MARKUP):
        status, told = desk.put(body)
        assert status == 422, told
        assert told["text"]
        assert MARKUP not in told["text"]
    desk.version = 0
    assert desk.put(desk.xml)[0] == 412
    assert desk.post("expression", data=b"\xff{")[0] == 422
    assert desk.post("expression", json={"text": ["1"]})[0] == 422
    db.session.expire_all()
    assert (made.content, made.row_version) == ({"parameters": {"handling_days": 3}}, 1)

    nobody = app.test_client().put(f"{desk.page}/editing/diagram", data=desk.xml)
    assert (nobody.status_code, nobody.get_json()["code"]) == (401, "session.required")
    app.config["WTF_CSRF_ENABLED"] = True
    desk.version = 1
    assert desk.put(desk.xml)[0] == 400
    app.config["WTF_CSRF_ENABLED"] = False

    publishing.publish(actor, made.id, Words("Theo quyết định của cơ quan."))
    status, told = desk.put(desk.xml)
    assert (status, told["code"]) == (404, "draft.missing")
    assert "đã được ban hành" in told["text"]
    assert desk.post("lock", json={"take": True})[0] == 404


def test_the_check_names_each_element_in_the_readers_words_and_takes_less_than_a_second(office: Office) -> None:
    made = draft(admin(office, ROOT), "common", {"title": {"vi": "Một trăm"}}, key="mot_tram")
    desk = Desk(office, ROOT, made.id)
    desk.open()
    steps = "".join(user(f"t{number}") for number in range(100))
    flows = ["s > t0", *(f"t{number} > t{number + 1}" for number in range(99)), "t99 > e"]
    xml = document(ends() + steps, ";".join(flows), name="mot_tram")
    before = sum(os.times()[:4])
    with begun_anew():
        status, told = desk.post("check", data=xml.replace(b"t99", b"t_last"))
    assert status == 200
    assert sum(os.times()[:4]) - before < 1.0  # of a processor, its children included
    assert {one["severity"] for one in told["problems"]} == {"todo"}
    assert {one["element"] for one in told["problems"]} >= {"t0", "t_last"}
    assert all(one["text"] and one["code"] for one in told["problems"])

    odd = document(ends() + service("x"), "s > x; x > e", name="mot_tram")
    assert [(one["element"], one["code"]) for one in desk.post("check", data=odd)[1]["problems"]] == [
        ("x", "operation.not_offered")
    ]
    assert desk.post("check", data=b"<a>")[1]["problems"][0]["severity"] == "error"
    assert db.session.get(type(made), made.id).row_version == 1  # type: ignore[union-attr]


def test_an_expression_is_judged_with_its_place_and_what_was_probably_meant(office: Office) -> None:
    made = draft(admin(office, COMMUNE), PLACE, {})
    desk = Desk(office, COMMUNE, made.id)

    def ask(text: str, **more: Any) -> dict[str, Any]:
        return desk.post("expression", json={"text": text, "element": "f", **more})[1]

    assert ask("parameters.handling_days > 3") == {"ok": True, "text": "", "start": 0, "end": 0}
    told = ask("urgent && late")
    assert (told["ok"], told["start"], told["end"]) == (False, 7, 9)
    assert "and" in told["text"]
    assert ask("who_did('draft')")["ok"] is False
    assert ask("who_did('draft')", performer=True)["ok"] is True
    assert ask("1 + " * 5000)["ok"] is False
    assert ask("__import__('os')")["ok"] is False


def test_the_catalogue_offers_everything_there_is_to_choose_for_the_place(office: Office) -> None:
    say(
        admin(office, COMMUNE),
        PLACE,
        {
            "schema": {"type": "object", "properties": {"tra_loi": {"type": "string"}}},
            "texts": {"vi": {"title": "Phiếu riêng của xã"}},
        },
        kind="form",
        key="phieu_rieng",
    )
    made = draft(admin(office, COMMUNE), PLACE, {"forms": {"take_up": "phieu_rieng"}, "parameters": {"so_lan": 2}})
    found = Desk(office, COMMUNE, made.id).open()["catalogue"]

    def names(part: str, key: str = "value") -> set[str]:
        return {one[key] for one in found[part]}

    assert {"phieu_rieng", "handle_document"} <= names("forms")
    assert "Phiếu riêng của xã" in names("forms", "label")
    assert {"clerk", "head", "chairman"} <= names("roles")
    assert all(COMMUNE in one for one in names("posts") if "xa-" in one)
    assert {"approve_and_sign", "number_and_seal"} <= names("processes")
    assert KEY not in names("processes")
    assert {"parameters.so_lan", "parameters.handling_days", "tra_loi", "unit_id"} <= names("variables", "name")
    assert {"documents.number", "cases.notify"} <= names("operations", "name")
    assert {"working_days", "contains"} <= names("functions", "name")
    assert "Nhắc hạn sau 2 ngày làm việc" in names("blocks", "name")
    assert len(found["performers"]) == 6
    strange = draft(admin(office, OTHER), f"units/{OTHER}", {})
    assert "phieu_rieng" not in str(Desk(office, OTHER, strange.id).open()["catalogue"]["forms"])


def test_the_page_explains_the_price_and_works_without_scripts(office: Office) -> None:
    made = draft(admin(office, COMMUNE), PLACE, {})
    desk = Desk(office, COMMUNE, made.id)
    page = desk.read(f"{desk.page}/diagram")
    assert "không còn tự theo" in plain(page)
    assert 'id="editor"' not in page
    answer = desk.ask(f"{desk.page}/diagram?own=1")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert 'class="bpmn"' in answer.text
    assert 'name="file"' in answer.text


def test_diagrams_leave_as_bpmn_svg_and_pdf_with_their_layout_and_no_script(office: Office) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {})
    desk = Desk(office, COMMUNE, made.id)
    desk.open()
    name = (MARKUP + "Nghị quyết số 1 ") * 12
    assert desk.put(desk.xml.replace("Nhận việc", name.replace("<", "&lt;")))[0] == 200
    for page in (f"{desk.page}/diagram", f"{desk.page}/diagram?own=1", desk.page):
        assert "<img src=x" not in desk.read(page)
    bpmn = desk.ask(f"{desk.page}/diagram.bpmn")
    assert bpmn.mimetype == "application/xml"
    nodes = set(
        re.findall(r'<bpmn:(?:userTask|startEvent|endEvent|exclusiveGateway|serviceTask) id="(\w+)"', bpmn.text)
    )
    assert nodes <= set(re.findall(r'BPMNShape [^>]*bpmnElement="(\w+)"', bpmn.text))
    assert "attachment" in bpmn.headers["Content-Disposition"]
    assert "<img" not in desk.ask(f"{desk.page}/diagram.svg").text
    printed = desk.ask(f"{desk.page}/diagram.pdf").data
    read = pypdfium2.PdfDocument(printed)[0].get_textpage().get_text_bounded()
    assert "Tiếp nhận và xử lý văn bản đến" in read
    with pikepdf.open(BytesIO(printed)) as file:
        assert len(file.pages) == 1
        assert not [one for one in file.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"]

    version = publishing.publish(actor, made.id, Words("Theo quyết định của cơ quan."))
    for suffix in ("bpmn", "svg", "pdf"):
        answer = desk.ask(f"/procedures/versions/{version.id}/diagram.{suffix}")
        assert answer.status_code == 200
        assert f"{KEY}-1.{suffix}" in answer.headers["Content-Disposition"]


def test_an_earlier_state_is_looked_at_and_restored_from_the_page(office: Office) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {"parameters": {"handling_days": 3}})
    desk = Desk(office, COMMUNE, made.id)
    assert "Chưa có trạng thái nào" in desk.read(f"{desk.page}/history")
    desk.open()
    desk.put(desk.xml)
    other = Desk(office, ROOT, made.id)
    other.open()
    other.put(other.xml.replace("Nhận việc", MARKUP.replace("<", "&lt;")))

    page = desk.read(f"{desk.page}/history")
    assert "1 phần tử của sơ đồ" in plain(page)
    assert f"Quản trị {COMMUNE}" in page
    state = desk.read(f"{desk.page}/history/2")
    assert "Nhận việc" in plain(state)
    assert MARKUP not in state
    assert desk.ask(f"{desk.page}/history/2", method="POST", data={"row_version": "1"}).status_code == 409
    desk.send(f"{desk.page}/history/2", row_version="3")
    db.session.expire_all()
    assert "Nhận việc" in made.content["diagram"]
    assert desk.ask(f"{desk.page}/history/77").status_code == 404
    editing.take(admin(office, ROOT), made.id)
    assert desk.ask(f"{desk.page}/history/3", method="POST", data={"row_version": "4"}).status_code == 409
    assert drafts.visible_draft(actor, made.id).row_version == 4
