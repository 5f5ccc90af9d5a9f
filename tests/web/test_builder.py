"""Forms are built in the browser: without a script, field by field, and nothing anybody typed is lost."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.domain.procedures import formkinds, queries
from app.domain.procedures.commands import pin, pinned_form
from app.domain.procedures.models import LayerDraft
from app.kernel.db import db
from tests.house import Office
from tests.places import KEY, OTHER, ROOT, admin, administrator, draft, say
from tests.story import Told
from tests.web.browser import Browser, counted, plain

CHOICES: dict[str, Any] = {"option_value": ["", ""], "option_vi": ["Đã xong", "Chưa xong"], "option_en": ["Done", ""]}
SCRIPT = "<script>alert(1)</script>"


class Builder(Browser):
    """An administrator who builds one form."""

    def __init__(self, office: Office, unit_code: str) -> None:
        super().__init__(office, administrator(office, unit_code))
        self.address = ""

    def begins(self, place: str, title: str, like: str = "") -> None:
        """A new form, or a copy."""
        self.address = self.send("/procedures/forms", title_vi=title, place=place, like=like).location

    def opens(self, place: str, key: str) -> None:
        """The form of a place, to say it otherwise there."""
        begun = self.send("/procedures/drafts", kind="form", key=key, place=place).location
        self.address = f"{begun}/form"

    def does(self, act: str, status: int = 303, **fields: Any) -> TestResponse:
        """One act, from the page as it is now."""
        return self.send(self.address, status, _do=act, **{"row_version": self.draft.row_version, **fields})

    def publishes(self, reason: str = "Theo quyết định của cơ quan.") -> None:
        """Make it effective."""
        self.send(f"{self.address.removesuffix('/form')}/publish", reason=reason)

    @property
    def draft(self) -> LayerDraft:
        """What is kept."""
        db.session.rollback()
        found = db.session.scalar(select(LayerDraft).where(LayerDraft.id == self.draft_id))
        assert found is not None
        return found

    @property
    def draft_id(self) -> UUID:
        """The draft of the address."""
        return UUID(self.address.split("/")[3])


@pytest.fixture
def root(office: Office) -> Builder:
    """The administrator of the province."""
    return Builder(office, ROOT)


def test_a_form_is_built_published_used_and_said_otherwise_at_one_commune(office: Office, root: Builder) -> None:
    told = Told(office)
    recipient = told.recipients[0]
    key = _survey(root)
    root.publishes()
    say(admin(office, ROOT), "common", {"forms": {"handle": key}})
    told.sent(recipients=1)
    task = f"/tasks/{told.task(told.handle(recipient, last='handle'), 'handle').id}"
    specialist = Browser(office, recipient["specialist"])
    assert "Số biên bản" in specialist.read(task)

    here = _otherwise_at(office, recipient["unit"], key)
    assert "Số biên bản" in specialist.read(task), "a running task keeps its form"
    now, there = (pinned_form(pin(KEY, office.unit(code).id).forms["handle"]) for code in (recipient["unit"], ROOT))
    assert "so_bien_ban" not in now.schema["properties"]
    assert ("thon_to_dan_pho" in there.schema["properties"], "so_bien_ban" in there.schema["properties"]) == (
        False,
        True,
    )
    answer = specialist.send(task, 422, ket_qua="chua_xong")
    assert "Lý do chưa xong: chưa có nội dung" in plain(answer.text)
    specialist.send(task, ket_qua="da_xong", so_bien_ban="12")

    here.opens(f"units/{recipient['unit']}", key)
    page = plain(here.read(here.address))
    assert "Trường kế thừa đã bỏ ở đây Số biên bản" in page
    assert "Handle" not in page
    assert "Xử lý" in page
    here.does("restore:so_bien_ban")
    here.does("restore:ket_qua")
    here.does("remove:thon_to_dan_pho")
    assert here.draft.content == {}, "all is inherited again"
    here.does("undo")
    assert "thon_to_dan_pho" in here.draft.content["schema"]["properties"]


def _survey(root: Builder) -> str:
    """A form with a condition, built field by field; its key."""
    root.begins("common", "Kết quả xử lý tại cơ sở")
    for kind, label in (("one", "Kết quả"), ("long_text", "Lý do chưa xong"), ("text", "Số biên bản")):
        root.does("add", kind=kind, label_vi=label)
    root.does("add", kind="ready:handling_deadline")
    root.does("change:ket_qua", label_vi="Kết quả", label_en="Result", required="1", **CHOICES)
    root.does("change:ly_do_chua_xong", label_vi="Lý do chưa xong", required="1", when="ket_qua|chua_xong")
    root.does("change:so_bien_ban", label_vi="Số biên bản", pattern="^[0-9]{1,20}$", width="half")
    root.does("up:so_bien_ban")
    page = root.read(root.address)
    assert "Chỉ hiện khi Kết quả là: Chưa xong" in page
    assert page.index("f-so_bien_ban") < page.index("f-ly_do_chua_xong") < page.index("f-handling_deadline")
    tested = plain(root.send(f"{root.address}/test", 200, ket_qua="chua_xong", so_bien_ban="a1").text)
    assert "Dữ liệu thử có 2 chỗ cần sửa" in tested
    tested = plain(root.send(f"{root.address}/test", 200, ket_qua="da_xong", so_bien_ban="12").text)
    assert "Dữ liệu thử hợp lệ" in tested
    assert "&#34;so_bien_ban&#34;: &#34;12&#34;" in tested
    return root.draft.key


def _otherwise_at(office: Office, unit: str, key: str) -> Builder:
    """One field less, one called otherwise, one more; only that is kept."""
    here = Builder(office, unit)
    here.opens(f"units/{unit}", key)
    assert "Kế thừa: Dùng chung" in here.read(here.address)
    here.does("remove:so_bien_ban")
    words: dict[str, Any] = {
        "option_value": ["da_xong", "chua_xong"],
        "option_vi": ["Đã xong", "Chưa xong"],
        "option_en": ["Done", ""],
    }
    here.does("change:ket_qua", label_vi="Kết quả tại xã", label_en="Result", required="1", **words)
    here.does("add", kind="text", label_vi="Thôn, tổ dân phố")
    kept = here.draft.content
    assert kept["schema"]["properties"] == {"so_bien_ban": None, "thon_to_dan_pho": formkinds.KINDS["text"]}
    assert set(kept["schema"]) == {"properties", "x-layout"}
    assert kept["texts"] == {
        "vi": {
            "fields": {
                "ket_qua": {"label": "Kết quả tại xã"},
                "so_bien_ban": None,
                "thon_to_dan_pho": {"label": "Thôn, tổ dân phố"},
            }
        }
    }
    here.publishes()
    return here


def test_nothing_anybody_types_is_lost_and_no_script_runs(office: Office, root: Builder) -> None:
    root.begins("common", f"Phiếu {SCRIPT}")
    long = "Nhãn rất dài " * 40
    assert len(long) > 500
    answer = root.does("add", 422, kind="text", label_vi=long)
    assert "Quá dài: 519 ký tự, nhiều nhất 200" in plain(answer.text)
    assert long.strip() in answer.text
    root.does("add", kind="text", label_vi=SCRIPT)
    name = next(iter(root.draft.content["schema"]["properties"]))
    answer = root.does(f"change:{name}", 422, label_vi=SCRIPT, pattern="own", pattern_own="^(a+)+$", hint_vi="gợi ý")
    assert "Khuôn mẫu không nhận được" in answer.text
    assert "gợi ý" in answer.text
    assert SCRIPT not in answer.text

    seen = root.draft.row_version
    other = Browser(office, root.sign_in)
    other.send(root.address, _do=f"change:{name}", row_version=seen, label_vi="Nhãn của người kia")
    answer = root.does(f"change:{name}", 409, row_version=seen, label_vi="Nhãn của tôi")
    both = plain(answer.text)
    assert "Người khác đã lưu bản nháp này" in both
    assert "Nhãn của người kia Nhãn của tôi" in both
    assert 'value="Nhãn của tôi"' in answer.text
    assert root.draft.content["texts"]["vi"]["fields"][name]["label"] == "Nhãn của người kia"

    root.publishes()
    answer = root.send(root.address, 404, _do=f"change:{name}", row_version=seen + 1, label_vi="Gõ sau khi ban hành")
    assert "đã được ban hành hoặc đã bỏ" in answer.text
    assert "Gõ sau khi ban hành" in answer.text


def test_what_cases_or_the_software_count_on_stays_and_garbage_is_told_so(office: Office, root: Builder) -> None:
    root.opens("common", "draft_document")
    for act, fields in (("remove:subject", {}), ("change:subject", {"label_vi": "Trích yếu"})):
        assert "Phần mềm ghi trường này vào văn bản" in root.does(act, 409, **fields).text
    root.does("change:subject", label_vi="Trích yếu nội dung", required="1", minLength="1", maxLength="300")
    assert root.draft.content["schema"] == {"properties": {"subject": {"maxLength": 300}}}
    assert "Không đổi mã" in root.does("rename:subject", 409, key="trich_yeu").text
    assert root.does("fly", 400).status_code == 400
    assert root.does("up:nothing", 400).status_code == 400

    garbage = {"schema": {"type": "object", "properties": {"x": 5}, "x-layout": "?"}, "texts": {"vi": {"fields": []}}}
    made = draft(admin(office, ROOT), "common", garbage, kind="form", key="garbage")
    broken = Browser(office, root.sign_in)
    assert "không phải là biểu mẫu" in broken.read(f"/procedures/drafts/{made.id}/form", 400)
    assert "Không có bản nháp" in Browser(office, administrator(office, OTHER)).read(root.address, 404)


def test_three_hundred_fields_are_built_upon_at_the_cost_of_three(office: Office, root: Builder) -> None:
    costs = []
    for count in (3, 300):
        fields = {f"f{n}": {"type": "string", "x-ui": {"widget": "text"}} for n in range(count)}
        about = {"schema": {"type": "object", "properties": fields}, "texts": {"vi": {"title": "Dài"}}}
        made = draft(admin(office, ROOT), "common", about, kind="form", key=f"long{count}")
        address = f"/procedures/drafts/{made.id}/form"
        root.read(address)
        with counted() as cost:
            assert root.read(address).count('id="field-f') == count
        costs.append(cost["statements"])
        root.send(address, _do="down:f1", row_version=made.row_version)
    assert costs[0] == costs[1] <= 30


def test_two_versions_of_a_form_are_compared_field_by_field(office: Office, root: Builder) -> None:
    root.begins("common", "Phiếu thử", like="handle_document")
    key = root.draft.key
    root.publishes()
    root.opens("common", key)
    root.does("add", kind="date", label_vi="Ngày xong")
    root.does("change:result", label_vi="Kết quả cuối", required="1", minLength="1", maxLength="2000")
    root.publishes("Bổ sung ngày.")
    version = queries.versions(admin(office, ROOT), "form", key)[0]
    page = plain(root.read(f"/procedures/versions/{version.id}/fields?against=1"))
    assert "Kết quả cuối Sửa Nhãn (tiếng Việt) Kết quả xử lý Kết quả cuối" in page
    assert "Ngày xong Thêm Loại" in page
