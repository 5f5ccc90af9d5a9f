"""A decision is a button; what only a refusal asks for is folded away with its button."""

from typing import Any

from app.web import decisions
from app.web.formtexts import Pinned

REASON = {"type": "string", "x-ui": {"show_if": {"properties": {"registration_decision": {"const": "refuse"}}}}}
SUBJECT = {"type": "string", "x-ui": {"show_if": {"properties": {"registration_decision": {"const": "register"}}}}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["subject", "registration_decision"],
    "properties": {
        "subject": SUBJECT,
        "refuse_reason": REASON,
        "registration_decision": {"type": "string", "enum": ["register", "refuse"]},
    },
    "x-layout": [{"key": "content", "fields": ["subject", "refuse_reason", "registration_decision"]}],
}
TEXTS = {
    "vi": {"fields": {"registration_decision": {"options": {"register": "Đăng ký và trình", "refuse": "Từ chối"}}}}
}
FORM = Pinned(SCHEMA, TEXTS)


def test_each_decision_is_a_button_with_the_verb_of_the_form() -> None:
    laid = decisions.lay_out(FORM)
    assert [(one.value, one.label, one.primary) for one in laid.buttons] == [("register", "Đăng ký và trình", True)]
    assert laid.decision == "registration_decision"


def test_what_only_a_refusal_asks_for_stands_with_its_button() -> None:
    (branch,) = decisions.lay_out(FORM).branches
    assert (branch.button.label, list(branch.schema["properties"])) == ("Từ chối", ["refuse_reason"])
    assert "show_if" not in branch.schema["properties"]["refuse_reason"]["x-ui"]


def test_the_rest_of_the_form_no_longer_waits_for_the_decision() -> None:
    laid = decisions.lay_out(FORM)
    assert list(laid.schema["properties"]) == ["subject"]
    assert laid.schema["properties"]["subject"]["x-ui"] == {}
    assert laid.schema["required"] == ["subject"]
    assert laid.schema["x-layout"] == [{"key": "content", "fields": ["subject"]}]
    assert "show_if" in SCHEMA["properties"]["subject"]["x-ui"]


def test_sending_back_stands_before_agreeing_when_it_asks_for_nothing_more() -> None:
    plain = {"properties": {"content_decision": {"enum": ["agree", "return"]}}}
    laid = decisions.lay_out(Pinned(plain, {"vi": {}}))
    assert [(one.value, one.primary) for one in laid.buttons] == [("return", False), ("agree", True)]


def test_a_form_without_a_decision_has_one_button() -> None:
    laid = decisions.lay_out(Pinned({"properties": {"result": {"type": "string"}}}, {"vi": {}}))
    named = decisions.lay_out(Pinned({"properties": {}}, {"vi": {"submit": "Nhận việc"}}))
    assert [(one.name, one.label) for one in laid.buttons] == [("_done", "Hoàn thành")]
    assert [one.label for one in named.buttons] == ["Nhận việc"]


def test_a_form_may_say_which_button_is_the_main_one() -> None:
    field = {"enum": ["sign", "later"], "x-ui": {"primary": "sign"}}
    laid = decisions.lay_out(Pinned({"properties": {"approval_decision": field}}, {"vi": {}}))
    assert [(one.value, one.primary) for one in laid.buttons] == [("later", False), ("sign", True)]


def test_a_decision_is_told_in_the_words_of_its_button() -> None:
    assert decisions.decided(FORM, {"registration_decision": "refuse"}) == "Từ chối"
    assert decisions.decided(FORM, {}) == ""


def test_only_a_return_sends_work_back() -> None:
    form = Pinned({"properties": {"form_decision": {"enum": ["agree", "return"]}}}, {"vi": {}})
    assert decisions.sent_back(form, {"form_decision": "return"})
    assert not decisions.sent_back(form, {"form_decision": "agree"})
