"""Forms as they are built: only differences are kept, acts fit together, and no pattern can be slow."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.procedures import (
    drafts,
    formconditions,
    formcontent,
    formfields,
    formkinds,
    formlayout,
    formsaying,
    formshape,
    library,
    patches,
    patterns,
)
from app.domain.procedures.formconditions import Condition
from app.domain.procedures.forms import validate
from app.domain.procedures.formsaying import Said
from app.kernel.errors import Conflict, Invalid
from tests.house import Office
from tests.places import ROOT, admin, draft

SLOW = (
    *("^(a+)+$", "^(a|a)*$", "^a*a*b$", ".*", "^[a-z]+[a-z]$", "(x+x+)+y", "^[^a]*$", "^a?b?a$", "^[a-]+-$"),
    *("^[a--b]+$", "^a{5,2}$", "^[z-a]$", "^[0-9]{1,4}[0-9/]{1,9}$", "^a{,}$", "a", "", "^" + "a" * 300 + "$"),
)
values = st.recursive(
    st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


@given(documents, documents)
@settings(max_examples=80, deadline=None)
def test_a_patch_says_what_differs_and_nothing_more(old: dict[str, Any], new: dict[str, Any]) -> None:
    patch = patches.difference(old, new)
    assert patches.same(patches.merged(old, patch), new)
    for path in patches.leaves(patch):
        less = patches.without(patch, [path])
        assert not patches.same(patches.merged(old, less), new), f"{path} says nothing"


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_is_done_to_a_form_it_can_be_drawn_and_what_was_removed_comes_back(
    data: st.DataObject,
) -> None:
    form = library.form(data.draw(st.sampled_from(library.forms())))
    behind = formcontent.copied({"schema": form.schema, "texts": form.texts})
    content = behind
    for _ in range(data.draw(st.integers(1, 5))):
        names = list(content["schema"]["properties"])
        if not names:
            break
        name, act = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(["up", "down", "remove"]))
        try:
            content = (
                formfields.remove(content, name)
                if act == "remove"
                else formfields.move(content, name, -1 if act == "up" else 1)
            )
        except Conflict as refusal:
            assert refusal.code == "builder.field_needed"  # noqa: PT017 - most acts are not refused
    formshape.check(content)
    drawn = [name for part in formlayout.sections(content["schema"]) for name in part.fields]
    assert sorted(drawn) == sorted(content["schema"]["properties"])
    moved = content["schema"].get("x-layout") != behind["schema"].get("x-layout")
    content = _restored(content, behind)
    left = patches.leaves(patches.difference(behind, content))
    assert {path[:2] for path in left} <= ({("schema", "x-layout")} if moved else set())


def _restored(content: dict[str, Any], behind: dict[str, Any]) -> dict[str, Any]:
    """All that was removed put back, in whatever order is possible."""
    gone = [name for name in behind["schema"]["properties"] if name not in content["schema"]["properties"]]
    while gone:
        name = gone.pop(0)
        try:
            content = formfields.restore(content, behind, name)
        except Conflict:  # shown according to another one that is not there yet
            gone.append(name)
    return content


def test_a_condition_shows_a_field_and_asks_for_it_only_then() -> None:
    content: dict[str, Any] = {}
    content, decided = formfields.add(content, "one", {"vi": "Kết quả"}, "")
    content, why = formfields.add(content, "text", {"vi": "Vì sao"}, "")
    options = (("", {"vi": "Xong"}), ("", {"vi": "Chưa"}))
    content = formsaying.change(content, decided, Said({"vi": "Kết quả"}, options=options))
    only = Condition(decided, ("chua",))
    content = formsaying.change(content, why, Said({"vi": "Vì sao"}, required=True, condition=only))
    schema = content["schema"]

    assert validate(schema, {decided: "chua"}) == {why: ("form.required", {})}
    assert validate(schema, {decided: "xong"}) == validate(schema, {}) == {}
    assert formconditions.is_required(schema, why)
    with pytest.raises(Conflict, match="field_needed"):
        formfields.remove(content, decided)
    with pytest.raises(Conflict, match="choice_needed"):
        formsaying.change(content, decided, Said({"vi": "Kết quả"}, options=(("xong", {"vi": "Xong"}),)))
    renamed = formfields.rename(content, decided, "result")["schema"]
    assert validate(renamed, {"result": "chua"}) == {why: ("form.required", {})}
    always = formsaying.change(content, why, Said({"vi": "Vì sao"}, required=True))["schema"]
    assert validate(always, {}) == {why: ("form.required", {})}
    assert "if" not in always


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_could_be_slow_or_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid, match=r"form\.unsteady"):
        patterns.check(pattern)


def test_patterns_that_are_taken_are_fast_on_the_longest_answer() -> None:
    began = time.monotonic()
    for pattern in (*patterns.READY.values(), "^[a-y]*[z]*[0-9]+x$"):
        patterns.check(pattern)
        schema = {"type": "object", "properties": {"x": {"type": "string", "pattern": pattern}}}
        assert validate(schema, {"x": "0" * 150_000})
    assert time.monotonic() - began < 5


UNFIT: tuple[tuple[Any, str], ...] = (
    ({"schema": {"type": "object", "properties": {"x": {"pattern": "^(a+)+$"}}}}, "form.unsteady"),
    ({"schema": {"type": "object", "properties": {"x": {"patternProperties": {"(a+)+": {}}}}}}, "form.unsteady"),
    ({"schema": {"type": "object", "properties": {"x": {"type": "string", "enum": []}}}}, "form.choices"),
    ({"schema": {"type": "object", "properties": {"csrf_token": {}}}}, "form.schema"),
    ({"schema": {"type": "object", "properties": {"x": {}}, "x-layout": 5}}, "form.schema"),
    ({"schema": {"type": "object", "properties": {f"x{n}": {} for n in range(301)}}}, "form.schema"),
    ({"schema": {"type": "object", "properties": {}}, "texts": {"vi": {"fields": []}}}, "form.texts"),
    ({"schema": {"type": "object", "properties": {}}, "texts": {"vi": {"title": "x" * 500}}}, "form.texts"),
)


def test_a_form_that_a_page_would_break_on_is_not_published(office: Office) -> None:
    actor = admin(office, ROOT)
    for content, reason in UNFIT:
        made = draft(actor, "common", content, kind="form", key="own_form")
        assert [one.reason for one in drafts.todo(made)] == [reason], content


def test_the_library_passes_the_gate_and_lends_its_fields() -> None:
    for key in library.forms():
        form = library.form(key)
        formshape.check({"schema": form.schema, "texts": form.texts})
    for name in formkinds.READY:
        content, _ = formfields.add_ready({}, name, "")
        formshape.check(content)
        assert formcontent.label(content, name) != name
