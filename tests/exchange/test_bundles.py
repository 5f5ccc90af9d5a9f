"""A document with its proofs in a folder, checked by one file that knows nothing of ours; no bit may be another."""

import ast
import json
import random
import subprocess
import sys
import zipfile
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.cli import export
from app.domain.exchange import keys as exchange_keys
from app.domain.exchange import recalling
from app.kernel import clock
from app.kernel.db import transaction
from interchange import keys, receipts, verify_receipts
from interchange.canonical import canonical
from interchange.verify_receipts import Broken, verified
from tests.exchange.pair import Pair
from tests.story import Ref, Told

BITS = 400
"""How many bits of the bundle are tried, each by itself."""


@pytest.fixture
def told(pair: Pair) -> Ref:
    """A document that one of two recipients has done with, and that was then recalled."""
    case = pair.sent(recipients=2)
    pair.work()
    with pair.there.at_home() as office:
        there = Told(office)
        there.handle(there.recipients[0])
    pair.work()
    with pair.here.at_home() as office:
        recalling.ask(office.actor(office.tour["clerk"]), case.document_id, reason="Sai thể thức.")
    pair.work()
    found: Ref = case
    return found


def _folder(pair: Pair, case: Ref, target: Path) -> Path:
    with pair.here.at_home() as office:
        answer = office.client(office.tour["clerk"]).get(f"/documents/{case.document_id}/export")
        assert answer.status_code == 200
        zipfile.ZipFile(BytesIO(answer.data)).extractall(target)
        answer.close()
    return target


def test_promise_6_and_lines_n4_and_n5_a_third_party_checks_the_whole_story_offline(
    pair: Pair, told: Ref, tmp_path: Path
) -> None:
    folder = _folder(pair, told, tmp_path / "export")
    command = [sys.executable, "-I", str(folder / "verify_receipts.py"), str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.strip().endswith("HỢP LỆ: mọi biên nhận, tệp và chữ ký đều khớp.")
    for words in ("06 hoàn thành", "13 đề nghị thu hồi", "15 đồng ý thu hồi", "Văn thư"):
        assert words in said.stdout
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["register"] == [{"year": clock.office_day().year, "number": 1, "state": "assigned"}]


def test_line_n19_the_terminal_fills_the_folder_that_the_page_gives(
    pair: Pair, told: Ref, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = _folder(pair, told, tmp_path / "page")
    settings = pair.here.office.app.config
    monkeypatch.setenv("EOFFICE_DATA", str(Path(settings["PKI"]).parent))
    monkeypatch.setenv("EOFFICE_DATABASE_URL", settings["SQLALCHEMY_DATABASE_URI"])
    monkeypatch.setenv("EOFFICE_REDIS_URL", "unix:///nonexistent/redis.sock")
    target = tmp_path / "terminal"
    address = f"http://127.0.0.1/documents/{told.document_id}"
    assert export.main([address, "--to", str(target)]) == 0
    story, keys_named = verified(target)
    assert (story, keys_named) == verified(page)
    assert {one.name for one in target.rglob("*")} == {one.name for one in page.rglob("*")}
    assert export.main([address, "--to", str(target)]) == 1  # what is there is never overwritten
    assert export.main(["x", "--to", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().out.count("✗") == 2


def test_line_n5_no_single_bit_of_a_bundle_or_its_files_may_be_another(pair: Pair, told: Ref, tmp_path: Path) -> None:
    folder = _folder(pair, told, tmp_path / "export")
    dice = random.Random(2026)  # noqa: S311 - it must be repeatable
    for path in [one for one in folder.rglob("*") if one.is_file()]:
        data = path.read_bytes()
        tries = BITS if path.name == "bundle.json" else 3
        for place in (dice.randrange(len(data) * 8) for _ in range(tries)):
            changed = bytearray(data)
            changed[place // 8] ^= 1 << place % 8
            path.write_bytes(changed)
            with pytest.raises(Broken):
                verified(folder)
        path.write_bytes(data)
    assert verified(folder)[0]


def test_what_is_missing_strange_or_sealed_by_another_is_named(pair: Pair, told: Ref, tmp_path: Path) -> None:
    folder = _folder(pair, told, tmp_path / "export")
    (folder / "them.txt").write_text("x")
    assert _broken(folder) == ("file.extra", {"path": "them.txt"})
    (folder / "them.txt").unlink()
    (folder / "link").symlink_to("record.json")
    assert _broken(folder)[0] == "file.extra"
    (folder / "link").unlink()
    (folder / "__pycache__").mkdir()
    assert _broken(folder)[0] == "file.extra"
    (folder / "__pycache__").rmdir()
    (folder / "record.json").rename(tmp_path / "away")
    assert _broken(folder) == ("file.missing", {"path": "record.json"})
    (tmp_path / "away").rename(folder / "record.json")

    _story, names = verified(folder)
    agency, fingerprint = names[0]
    assert verified(folder, {agency: [fingerprint]})
    with pytest.raises(Broken, match="key"):
        verified(folder, {agency: ["0" * 64]})
    (folder / "bundle.json").write_text("[" * 2000)
    assert _broken(folder)[0] == "json"


def _broken(folder: Path) -> tuple[str, dict[str, object]]:
    with pytest.raises(Broken) as found:
        verified(folder)
    assert verify_receipts.WORDS["vi"][found.value.code].format(**found.value.values)
    return found.value.code, found.value.values


def test_whoever_seals_anew_neither_passes_a_pin_nor_tells_two_stories(pair: Pair, told: Ref, tmp_path: Path) -> None:
    folder = _folder(pair, told, tmp_path / "export")
    bundle = json.loads((folder / "bundle.json").read_bytes())
    agency, fingerprint = next(one for one in verified(folder)[1] if one[0] != bundle["exporter"])
    with pair.here.at_home() as office, transaction():
        private = exchange_keys.own(office.unit(bundle["exporter"]).id)
    strange = b64encode(keys.public(keys.generate())).decode()
    more = [*bundle["keys"], {"agency": agency, "public": strange, "valid_from": "", "valid_to": ""}]
    _seal(folder, {**bundle, "keys": more}, private)
    assert verified(folder)
    with pytest.raises(Broken, match="key"):
        verified(folder, {agency: [fingerprint]})

    first = bundle["messages"][0]
    twice = {**first, "recipients": [*first["recipients"], first["recipients"][0]]}
    for messages in ([twice], [first, first], [{**first, "recipients": []}], bundle["messages"][1:]):
        _seal(folder, {**bundle, "messages": messages}, private)
        assert _broken(folder)[0] in ("format", "wish")


def _seal(folder: Path, bundle: dict[str, Any], private: bytes) -> None:
    content = {name: value for name, value in bundle.items() if name != "seal"}
    signature = b64encode(keys.sign(private, canonical(content))).decode()
    seal = {"key": keys.fingerprint(keys.public(private)), "signature": signature}
    (folder / "bundle.json").write_bytes(canonical({**content, "seal": seal}))


def test_no_chain_goes_back_in_time_and_no_key_signs_before_it_began(pair: Pair, told: Ref, tmp_path: Path) -> None:
    folder = _folder(pair, told, tmp_path / "export")
    bundle = json.loads((folder / "bundle.json").read_bytes())
    with pair.here.at_home() as office, transaction():
        private = exchange_keys.own(office.unit(bundle["exporter"]).id)
    recipient = next(one for one in bundle["messages"][0]["recipients"] if len(one["chain"]) > 1)
    with pair.there.at_home() as office, transaction():
        theirs = exchange_keys.own(office.unit(recipient["agency"]).id)
    last = receipts.from_json(recipient["chain"][-1])
    said, whole = receipts.read(last)[0], recipient["chain"]
    for at, broken in ((said.at, None), (said.at.replace("20", "19", 1), "signer"), (_before(said.at), "time")):
        again = receipts.sign(replace(said, at=at), theirs)
        recipient["chain"] = [*whole[:-1], again.as_json()]
        _seal(folder, {**bundle, "messages": bundle["messages"][:1]}, private)
        assert (_broken(folder)[0] if broken else verified(folder) and None) == broken


def _before(at: str) -> str:
    return (datetime.fromisoformat(at) - timedelta(hours=1)).isoformat()


def test_the_verifier_is_written_in_words_that_python_3_9_understands() -> None:
    ast.parse(Path(verify_receipts.__file__).read_text("utf-8"), feature_version=(3, 9))
    with pytest.raises(SyntaxError):
        ast.parse("match 1:\n    case 1: pass", feature_version=(3, 9))
