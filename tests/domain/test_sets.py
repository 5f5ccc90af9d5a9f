"""Sets: what a place says goes out as files and comes in elsewhere as exactly the same, and garbage as nothing."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cli import sets as command
from app.domain.procedures import drafts, effective, publishing, sets
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.publishing import Words
from app.kernel import archive, plainyaml
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests import house
from tests.house import Office, Template
from tests.places import COMMUNE, KEY, OTHER, ROOT, admin, draft, say

PLACE = f"units/{COMMUNE}"
DRAWN = Path("processes/common/complaint_petition")
FORM = Path("forms/agree_leave/schema.json")
PETITION = "complaint_petition"


def _say_everything(office: Office) -> None:
    """A table, a form, a diagram of its own, single values, and values taken away."""
    actor = admin(office, COMMUNE)
    table = (DRAWN / "petition_route.dmn").read_text("utf-8").replace("<decisionTable", "<decisionTable ", 1)
    say(actor, PLACE, {"dmn": table}, kind="decision", key="petition_route")
    schema = {"properties": {"opinion": {"maxLength": 77}}, "x-layout": [{"key": "một", "fields": ["opinion"]}]}
    texts = {"vi": {"title": 'Xét "đơn"\\'}, "en": None}
    say(actor, PLACE, {"schema": schema, "texts": texts}, kind="form", key="agree_leave")
    diagram = (DRAWN / "process.bpmn").read_text("utf-8").replace('name="', 'name="» ', 3)
    say(actor, PLACE, {"diagram": diagram, "title": {"vi": "Đơn thư"}, "parameters": {"reply_days": 9}}, key=PETITION)
    said = {"parameters": {"handling_days": 3, "odd": [1.5, {"a": True}]}, "title": {"en": None}}
    tried = {"steps": [{"working_days": 1}], "expect": {"ended": False}}
    saved = {name: plainyaml.write({"scenarios": [{"name": name, **tried}]}) for name in ("Đến hạn", "Một: hai")}
    by_hand = "scenarios:\n  # viết tay\n  - {name: Tay, steps: [], expect: {ended: false}}\n"
    steps = {"handle": {"name": "Xử lý"}}
    say(actor, PLACE, {**said, "steps": steps, "scenarios": {**saved, "Tay": by_hand, "Bỏ": None}}, key=KEY)


def _hashes(office: Office) -> dict[str, str]:
    unit = office.unit(COMMUNE).id
    return {key: effective.effective(key, unit).sha256 for key in (PETITION, KEY, "leave_request")}


def _brought(office: Office, files: dict[str, bytes]) -> dict[str, str]:
    """The states of a set at an empty deployment, where all of it is then published."""
    actor = admin(office, COMMUNE)
    listing = sets.listed(actor, files, PLACE)
    made = sets.bring(actor, PLACE, listing.lines, {})
    for one in sorted(made, key=lambda one: ("decision", "form", "procedure").index(one.kind)):
        publishing.publish(actor, one.id, Words("Theo bộ quy trình của tỉnh."))
    return {line.name: line.state for line in listing.lines}


def test_what_a_place_says_goes_out_and_comes_in_at_an_empty_deployment_as_the_same(
    office: Office, template: Template, tmp_path: Path
) -> None:
    _say_everything(office)
    actor = admin(office, COMMUNE)
    files = sets.exported(actor, PLACE)
    zipped = archive.packed(files)
    before = _hashes(office)

    assert zipped == archive.packed(sets.exported(admin(office, ROOT), PLACE))
    assert f"processes/{PLACE}/{PETITION}/petition_route.dmn" in files
    assert b"odd = [1.5, {a = true}]" in files[f"processes/{PLACE}/{KEY}/manifest.toml"]
    assert files[f"processes/{PLACE}/{KEY}/scenarios.yaml"].count(b"- name:") == 2
    assert {line.state for line in sets.listed(actor, sets.opened(zipped), PLACE).lines} == {"same"}

    folder = tmp_path / "git" / "province"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for number, given in enumerate((sets.opened(zipped), command._files(folder.parent))):
        there = tmp_path / str(number)
        there.mkdir()
        db.session.remove()
        with house.copied(template, there, WTF_CSRF_ENABLED=False) as app:
            other = Office(app, template.world)
            assert _hashes(other) != before
            assert set(_brought(other, given).values()) == {"overrides"}
            assert _hashes(other) == before
            assert sets.exported(admin(other, COMMUNE), PLACE) == files


def test_the_library_goes_out_in_its_own_layout_with_scenarios_and_comes_in_as_what_differs(office: Office) -> None:
    root = admin(office, ROOT)
    files = sets.exported(root, "library/common")
    for name in ("incoming_document/process.bpmn", "incoming_document/scenarios.yaml"):
        assert files[f"processes/common/{name}"] == (Path("processes/common") / name).read_bytes()
    listing = sets.listed(root, {f"repo-main/{name}": content for name, content in files.items()}, "levels/commune")

    assert (listing.source, listing.strange) == ("common", ())
    states = {line.name: line.state for line in listing.lines}
    assert states[f"procedure:{PETITION}"] == "overrides"  # the level's own deadlines would be undone
    assert {*states.values()} == {"overrides", "inherited"}
    assert not db.session.scalar(select(func.count()).select_from(LayerDraft))


def _garbage() -> dict[str, bytes]:
    """A set of which one thing is sound."""
    base, many = f"processes/{PLACE}", "[" * 5000
    return {
        f"{base}/good/manifest.toml": b'description = "T\xe1\xbb\x91t"\n',
        f"{base}/latin/manifest.toml": 'description = "\u00e9"'.encode("latin-1"),
        f"{base}/deep/manifest.toml": f"a = {many}".encode(),
        f"{base}/dated/manifest.toml": b"[parameters]\nday = 2026-01-05\n",
        f"{base}/alien/manifest.toml": b'run = "rm"\n',
        f"{base}/bare/process.bpmn": b"<a/>",
        f"{base}/drawn/manifest.toml": b"",
        f"{base}/drawn/process.bpmn": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        f"{base}/Bad-Key/manifest.toml": b"",
        f"{base}/good/a.dmn": b"<definitions/>",
        "forms/far/schema.json": b'{"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}',
        "forms/bottomless/schema.json": many.encode(),
        "forms/endless/schema.json": b'{"a": NaN}',
        "README.md": b"Xin ch\xc3\xa0o",
    }


def test_garbage_is_listed_with_its_reason_and_the_rest_can_still_be_brought(office: Office) -> None:
    actor = admin(office, COMMUNE)
    listing = sets.listed(actor, _garbage(), PLACE)
    reasons = {line.item.key: line.item.problem.code for line in listing.lines if line.item.problem is not None}

    assert reasons == {
        "latin": "set.encoding",
        "deep": "set.manifest",
        "bottomless": "set.json",
        "dated": "set.manifest",
        "alien": "layer.content",
        "bare": "set.no_manifest",
        "drawn": "diagram.doctype",
        "Bad-Key": "layer.key",
        "a": reasons["a"],
        "far": "form.schema",
        "endless": "set.json",
    }
    assert reasons["a"].startswith(("decision.", "diagram.", "dmn."))
    assert listing.strange == ("README.md",)
    good = [line for line in listing.lines if line.state == "new"]
    assert [line.name for line in good] == ["procedure:good"]
    with pytest.raises(Invalid):
        sets.bring(actor, PLACE, listing.lines, {})
    assert drafts.draft_about(Subject("procedure", "good", PLACE)) is None
    assert [one.content for one in sets.bring(actor, PLACE, good, {})] == [{"description": "Tốt"}]


def test_what_somebody_writes_meanwhile_is_not_lost_and_strangers_find_nothing(office: Office, app: Flask) -> None:
    actor = admin(office, COMMUNE)
    files = {f"processes/common/{key}/manifest.toml": b'description = "x"' for key in ("aa", "bb")}
    listing = sets.listed(actor, files, PLACE)
    draft(actor, PLACE, {"description": "của tôi"}, key="bb")

    with pytest.raises(Conflict, match=r"draft\.stale"):
        sets.bring(actor, PLACE, listing.lines, {})
    assert drafts.draft_about(Subject("procedure", "aa", PLACE)) is None
    again = sets.listed(actor, files, PLACE)
    seen = {line.name: line.draft for line in again.lines}
    assert len(sets.bring(actor, PLACE, again.lines, seen)) == 2

    stranger = admin(office, OTHER)
    say(actor, PLACE, {"description": "Mật"})
    with pytest.raises(Missing):
        sets.exported(stranger, PLACE)
    with pytest.raises(Missing):
        sets.listed(stranger, files, PLACE)
    with pytest.raises(Forbidden):
        sets.listed(stranger, files, "common")


def test_the_command_line_writes_a_folder_and_makes_drafts_of_it(
    office: Office, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say(admin(office, COMMUNE), PLACE, {"description": "Riêng"})
    db.session.remove()
    for name, value in {
        "DATA": app.config["PKI"].parent,
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }.items():
        monkeypatch.setenv(f"EOFFICE_{name}", str(value))
    folder, other = tmp_path / "set", f"units/{OTHER}"

    assert command.main(["export", PLACE, str(folder)]) == 0
    assert command.main(["import", str(folder), other, "--list"]) == 0
    assert drafts.draft_about(Subject("procedure", KEY, other)) is None
    assert command.main(["--lang", "en", "import", str(folder), other]) == 0
    assert "1 drafts were made" in capsys.readouterr().out
    db.session.rollback()
    made = drafts.draft_about(Subject("procedure", KEY, other))
    assert made is not None
    assert made.content == {"description": "Riêng"}
    (folder / "link").symlink_to("/etc/passwd")
    for bad in ([str(folder), other], [str(tmp_path / "none"), other], [str(tmp_path / "pki" / "x"), "units/nowhere"]):
        assert command.main(["import", *bad]) == 1
    assert "liên kết" in capsys.readouterr().out
