"""The editor of diagrams in a real Chromium: what people draw is what the engine reads, and nothing is lost."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Dialog, Page, expect, sync_playwright

from app.cli import demo
from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, editing
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.engine import gate
from app.engine.declarations import TaskDeclaration, describe
from app.engine.differences import differences
from app.kernel.db import db
from tests.engine.diagrams import document, ends, user
from tests.house import Office
from tests.needs import needs
from tests.places import COMMUNE, ROOT, admin, administrator, draft
from tests.serving import served

ROOT_FOLDER = Path(__file__).resolve().parents[2]
PLACE = f"units/{COMMUNE}"
NAME = "<img src=x onerror=alert(1)> Tiếp nhận " * 12
PATIENCE = 30_000
SELECT = """id => { const { modeler } = EO, element = modeler.get('elementRegistry').get(id);
  modeler.get('canvas').scrollToElement(element); modeler.get('selection').select(element); }"""
XML = "() => EO.modeler.saveXML({ format: true }).then(({ xml }) => xml)"
ROUND = "xml => EO.modeler.importXML(xml).then(() => EO.modeler.saveXML({ format: true })).then(({ xml }) => xml)"
EVERYTHING = """async kinds => {
  const { modeler } = EO, pause = () => new Promise(done => setTimeout(done, 30));
  const menu = modeler.get('popupMenu'), at = { x: 200, y: 200, cursor: { x: 200, y: 200 } };
  for (const element of modeler.get('elementRegistry').getAll()) {
    const definition = element.businessObject.eventDefinitions?.[0]?.$type ?? '';
    const kind = element.type + definition + Boolean(element.businessObject.loopCharacteristics);
    if (kinds.includes(kind) || element.labelTarget) continue;
    kinds.push(kind);
    modeler.get('selection').select(element);
    await pause();
    for (const name of ['bpmn-replace', 'bpmn-append', 'color-picker']) {
      if (menu.isEmpty(element, name)) continue;
      menu.open(element, name, at);
      await pause();
      menu.close();
    }
  }
  const tasks = modeler.get('elementRegistry').filter(one => one.type.endsWith('Task')).slice(0, 3);
  modeler.get('selection').select(tasks);
  for (const [name, what] of [['align-elements', tasks], ['bpmn-create', modeler.get('canvas').getRootElement()]]) {
    if (!menu.isEmpty(what, name)) menu.open(what, name, at);
    await pause();
    menu.close();
  }
  modeler.get('minimap').toggle();
  modeler.get('toggleMode').toggleMode(true);
  await pause();
  modeler.get('toggleMode').toggleMode(false);
  return kinds;
}"""


class Studio:
    """An administrator at the editor of a draft, in a window of their own."""

    def __init__(self, page: Page, address: str, sign_in: str, made: LayerDraft) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda line: self.wrong.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", self._leave_or_note)
        page.goto(f"{address}/sign-in")
        page.fill("input[name=name]", sign_in)
        page.fill("input[name=password]", demo.PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/procedures/drafts/{made.id}/diagram?own=1")
        page.wait_for_selector("#editor[data-ready]")
        self.waited = round(page.evaluate("performance.getEntriesByName('eo-ready')[0].startTime"))

    def _leave_or_note(self, dialog: Dialog) -> None:
        """A page with unsaved work asks before it is left; nothing else may ask in this way."""
        if dialog.type != "beforeunload":
            self.wrong.append(f"dialog: {dialog.message}")
        dialog.accept()

    def select(self, element: str) -> None:
        """An element, as by a click on it."""
        self.page.evaluate(SELECT, element)

    def rename(self, element: str, name: str) -> None:
        """Give an element another name, in the panel."""
        self.select(element)
        self.page.get_by_label("Tên", exact=True).fill(name)

    def draw_without_a_line(self, name: str) -> None:
        """Change something that the office does not hear of."""
        self.page.context.set_offline(True)
        self.rename("handle", name)
        self.is_told("mất kết nối: còn giữ trên máy này")

    def is_told(self, state: str) -> None:
        """What the editor says about saving."""
        expect(self.page.locator(".eo-state")).to_contain_text(state, timeout=PATIENCE)

    def asked(self) -> str:
        """The question that stands in front of everything."""
        return self.page.locator("dialog[open]").inner_text()

    def keeps(self, button: str) -> str:
        """What is in the file that a button hands out."""
        with self.page.expect_download() as file:
            self.page.get_by_role("button", name=button).click()
        return Path(file.value.path()).read_text("utf-8")

    def missing(self) -> list[str]:
        """What the editor could not say in Vietnamese."""
        found: list[str] = self.page.evaluate("[...EO.missing]")
        return found


@pytest.fixture
def made(office: Office) -> LayerDraft:
    return draft(admin(office, COMMUNE), PLACE, {})


@pytest.fixture
def studio(app: Flask, office: Office, made: LayerDraft) -> Iterator[Studio]:
    with served(app) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="vi-VN")
        sign_in = administrator(office, COMMUNE)
        db.session.commit()
        yield Studio(page, f"http://127.0.0.1:{port}", sign_in, made)
        browser.close()


def _content(made: LayerDraft) -> bytes:
    db.session.expire_all()
    db.session.rollback()
    now = drafts.draft_about(Subject(made.kind, made.key, made.place))
    assert now is not None
    return str(now.content["diagram"]).encode()


@needs("chromium")
def test_what_is_chosen_is_what_the_engine_reads_and_nothing_is_lost(
    studio: Studio, office: Office, made: LayerDraft
) -> None:
    assert studio.waited < PATIENCE
    _choose(studio, made)
    _lose_the_line(studio, made)
    other = admin(office, ROOT)
    _be_taken_over(studio, other, made)
    _be_overtaken(studio, other, made)
    assert studio.missing() == []


def _choose(studio: Studio, made: LayerDraft) -> None:
    """What is picked from lists is what the engine reads; a wrong expression is told while it is written."""
    page = studio.page
    studio.select("register")
    page.get_by_label("Người xử lý", exact=True).select_option(label="thủ trưởng một đơn vị")
    page.get_by_label("Hạn xử lý").fill("1 +")
    expect(page.locator(".eo-wrong")).to_be_visible()
    page.get_by_label("Hạn xử lý").fill("parameters.dir")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Tên", exact=True).fill(NAME)
    studio.select("report_03")
    page.get_by_label(re.compile("trạng thái", re.IGNORECASE)).last.select_option("05")
    studio.is_told("đã lưu lúc")
    nodes = {node.id: node for node in describe(_content(made))}
    form, days = "register_document_commune", "parameters.direction_days"
    assert nodes["register"].task == TaskDeclaration(form=form, deadline=days, performer="head_of(unit_id)")
    assert nodes["register"].name.strip() == NAME.strip()
    operation = nodes["report_03"].operation
    assert operation is not None
    assert operation.params["status"] == '"05"'
    assert studio.wrong == []


def _lose_the_line(studio: Studio, made: LayerDraft) -> None:
    """What is drawn while there is no line stays on the machine, and is saved when there is one again."""
    studio.draw_without_a_line("Vẽ khi mất mạng")
    studio.page.context.set_offline(False)
    studio.is_told("đã lưu lúc")
    assert "Vẽ khi mất mạng" in _content(made).decode()


def _be_taken_over(studio: Studio, other: Actor, made: LayerDraft) -> None:
    """Who is taken over looks on; their unsaved work outlives even the page."""
    studio.draw_without_a_line("Của người thứ nhất")
    editing.take(other, made.id, over=True)
    db.session.commit()
    studio.page.context.set_offline(False)
    take = studio.page.get_by_role("button", name="Lấy quyền sửa")
    expect(take).to_be_visible(timeout=PATIENCE)
    studio.page.reload()
    take.click()
    studio.page.get_by_role("button", name="Khôi phục bản của tôi").click()
    studio.is_told("đã lưu lúc")
    assert "Của người thứ nhất" in _content(made).decode()


def _be_overtaken(studio: Studio, other: Actor, made: LayerDraft) -> None:
    """Who saves after somebody else, or after the draft is gone, is told so and keeps what they drew."""
    now = drafts.visible_draft(other, made.id)
    said = {**now.content, "parameters": {"handling_days": 9}}
    drafts.save_draft(other, Subject(made.kind, made.key, made.place), said, row_version=now.row_version)
    db.session.commit()
    studio.rename("handle", "Sau khi người khác lưu")
    expect(studio.page.locator("dialog[open]")).to_contain_text("Người khác đã lưu", timeout=PATIENCE)
    assert "Sau khi người khác lưu" in studio.keeps("Tải bản của tôi thành tệp rồi lấy bản của họ")
    expect(studio.page.locator("dialog[open]")).to_be_hidden(timeout=PATIENCE)

    studio.draw_without_a_line("Khi bản nháp không còn")
    drafts.discard_draft(other, made.id)
    db.session.commit()
    studio.page.context.set_offline(False)
    expect(studio.page.locator("dialog[open]")).to_contain_text("Không lưu được bản nháp này nữa", timeout=PATIENCE)
    assert "Khi bản nháp không còn" in studio.keeps("Tải phần tôi đã vẽ")


@needs("chromium")
def test_every_shipped_diagram_comes_back_as_it_was_and_all_is_said_in_vietnamese(studio: Studio) -> None:
    kinds: list[str] = []
    for path in sorted((ROOT_FOLDER / "processes").rglob("*.bpmn")):
        before = path.read_bytes()
        after = studio.page.evaluate(ROUND, before.decode()).encode()
        assert differences(before, after) == [], path
        assert describe(before) == describe(after), path
        assert gate.examine(before) == gate.examine(after), path
        kinds = studio.page.evaluate(EVERYTHING, kinds)
    studio.page.get_by_role("button", name="Phím tắt").click()
    assert "hoàn tác" in studio.asked()
    assert studio.missing() == []
    assert studio.wrong == []


@needs("chromium")
def test_a_thousand_elements_open_and_the_office_says_what_it_thinks_of_them(studio: Studio) -> None:
    steps = [f"t{number}" for number in range(998)]
    flows = "; ".join(f"{one} > {two}" for one, two in zip(["s", *steps], [*steps, "e"], strict=True))
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"><dc:Bounds x="{n % 40 * 150}" y="{n // 40 * 120}" '
        f'width="100" height="80"/></bpmndi:BPMNShape>'
        for n, key in enumerate(["s", *steps, "e"])
    )
    plane = f'<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="p">{shapes}</bpmndi:BPMNPlane>'
    body = ends() + "".join(user(key) for key in steps)
    large = (
        document(body, flows)
        .decode()
        .replace("</bpmn:definitions>", f"{plane}</bpmndi:BPMNDiagram></bpmn:definitions>")
    )
    assert len(studio.page.evaluate(ROUND, large)) > len(large) / 2
    studio.rename("t500", NAME)
    expect(studio.page.locator(".eo-state")).to_have_text(re.compile("đã lưu lúc|200"), timeout=PATIENCE)
    assert [one for one in studio.wrong if "422" not in one] == []
