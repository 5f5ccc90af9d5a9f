# ruff: noqa: T201, UP035 - it prints to whoever runs it, and runs on Pythons older than ours
"""Kiểm tra bộ hồ sơ liên thông mà không cần phần mềm đã lập ra nó. Checks an export of the exchange, without its maker.

    python3 verify_receipts.py FOLDER [--key AGENCY=FINGERPRINT]... [--lang vi|en] [--json]

Needs Python 3.9 and the package `cryptography`, nothing else. It accepts the folder (exit status 0), or names the first
link that is broken (1). Whoever wants to be sure that a key is an agency's asks the agency for its fingerprint, and
gives it with --key.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

FORMAT, MANIFEST, RECEIPT = "eoffice-bundle/1", "eoffice-manifest/1", "eoffice-receipt/1"
NAME = "bundle.json"
LARGEST, DEEPEST, MOST, KEY_SIZE = 8 * 1024 * 1024, 12, 100_000, 32
ORDER = ("01", "03", "04", "05", "06")
FINAL, ANSWERS, WISHES = ("02", "06", "16"), ("15", "16"), ("recall", "update", "replace")
TOLERATED = timedelta(days=1)
"""How much earlier than its key began a receipt may say it was given: clocks differ."""
PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,100})?")
TEXTS = (
    *("format", "key", "receipt_id", "sender", "message_id", "manifest_sha256", "recipient", "code", "at", "by"),
    *("signer", "previous", "arrived_on", "reason", "note"),
)
STATEMENT: dict[str, Any] = {
    **dict.fromkeys(TEXTS, str),
    "sequence": int,
    "files": list,
    "is_observed": bool,
    "arrival_number": (int, type(None)),
}
WORDS = {
    "vi": {
        "good": "HỢP LỆ: mọi biên nhận, tệp và chữ ký đều khớp.",
        "bad": "KHÔNG HỢP LỆ: {why}",
        "keys": "Khóa trao đổi (hãy hỏi cơ quan để đối chiếu):",
        "who": "Thời điểm | Cơ quan | Trạng thái | Người thực hiện",
        "observed": "(do cơ quan gửi ghi nhận)",
        "json": "bundle.json không đọc được hoặc đã bị sửa (không còn ở dạng chuẩn)",
        "format": "bundle.json không đúng định dạng: {what}",
        "seal": "niêm phong của cả bộ không đúng khóa của {agency}",
        "key": "khóa trao đổi của {agency} không khớp dấu vân tay đã cho",
        "file.missing": "thiếu tệp {path}",
        "file.extra": "có tệp lạ {path}",
        "file.changed": "tệp {path} đã bị sửa",
        "file.absent": "thiếu nội dung của tệp {path} đã gửi",
        "manifest": "nội dung đã gửi (manifest) của thông điệp {message} đã bị sửa",
        "receipt": "biên nhận số {number} của {agency} không đọc được hoặc đã bị sửa",
        "signature": "chữ ký trên biên nhận số {number} của {agency} không đúng",
        "signer": "biên nhận số {number} của {agency} do cơ quan khác ký",
        "chain": "biên nhận số {number} của {agency} không nối với biên nhận trước",
        "time": "thời điểm của biên nhận số {number} của {agency} sớm hơn biên nhận trước",
        "about": "biên nhận số {number} của {agency} nói về thông điệp khác",
        "files": "biên nhận số {number} của {agency} liệt kê tệp khác với tệp đã gửi",
        "order": "trạng thái {status} của {agency} không thể đến ở vị trí số {number}",
        "wish": "đề nghị thu hồi, cập nhật hoặc thay thế gửi {agency} không nối với điều gì đã có",
    },
    "en": {
        "good": "GOOD: every receipt, file and signature holds.",
        "bad": "BROKEN: {why}",
        "keys": "Exchange keys (ask the agencies to compare):",
        "who": "When | Agency | Status | Who acted",
        "observed": "(as its sender heard it)",
        "json": "bundle.json cannot be read, or was changed (it is not in its one form any more)",
        "format": "bundle.json is not in the right form: {what}",
        "seal": "the seal of the whole is not by the key of {agency}",
        "key": "the exchange key of {agency} has another fingerprint than the one given",
        "file.missing": "the file {path} is missing",
        "file.extra": "the file {path} does not belong here",
        "file.changed": "the file {path} was changed",
        "file.absent": "the content of the sent file {path} is missing",
        "manifest": "what was sent (the manifest of message {message}) was changed",
        "receipt": "receipt {number} of {agency} cannot be read, or was changed",
        "signature": "the signature on receipt {number} of {agency} is wrong",
        "signer": "receipt {number} of {agency} was signed by another agency",
        "chain": "receipt {number} of {agency} does not follow the one before",
        "time": "receipt {number} of {agency} is dated before the one it follows",
        "about": "receipt {number} of {agency} is about another message",
        "files": "receipt {number} of {agency} lists other files than were sent",
        "order": "the status {status} of {agency} cannot stand at place {number}",
        "wish": "the wish to recall, update or replace at {agency} follows nothing that is here",
    },
}
STATUS = {
    "vi": {
        "01": "đã nhận, lưu nguyên vẹn",
        "02": "từ chối tiếp nhận",
        "03": "đã vào sổ",
        "04": "đã phân công",
        "05": "đang xử lý",
        "06": "hoàn thành",
        "13": "đề nghị thu hồi",
        "15": "đồng ý thu hồi",
        "16": "từ chối thu hồi",
        "13 update": "đề nghị cập nhật",
        "15 update": "đồng ý cập nhật",
        "16 update": "từ chối cập nhật",
        "13 replace": "đề nghị thay thế",
        "15 replace": "đồng ý thay thế",
        "16 replace": "từ chối thay thế",
        "held": "đang giữ lại",
    },
    "en": {
        "01": "stored intact",
        "02": "refused",
        "03": "registered",
        "04": "assigned",
        "05": "in progress",
        "06": "done",
        "13": "recall asked",
        "15": "recall agreed",
        "16": "recall declined",
        "13 update": "update asked",
        "15 update": "update agreed",
        "16 update": "update declined",
        "13 replace": "replacement asked",
        "15 replace": "replacement agreed",
        "16 replace": "replacement declined",
        "held": "held back",
    },
}


class Broken(Exception):
    """The first link that does not hold: a key of WORDS and its values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def canonical(value: Any) -> bytes:
    """A JSON value as its only bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def parsed(data: bytes, code: str, **values: Any) -> Any:
    """A value from bytes that are in their only form."""
    try:
        value = json.loads(data)
        if canonical(value) != data or _depth(value) > DEEPEST:
            raise Broken(code, **values)
    except (ValueError, RecursionError, UnicodeError):
        raise Broken(code, **values) from None
    return value


def _depth(value: Any, level: int = 1) -> int:
    if level > DEEPEST:
        return level
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(one, level + 1) for one in inner), default=level)


def sha256(data: bytes) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def decoded(text: Any, code: str, **values: Any) -> bytes:
    """Bytes from base64 in its only form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Broken(code, **values) from None
    if base64.b64encode(data).decode() != text:
        raise Broken(code, **values)
    return data


def is_signed(public: bytes, data: bytes, signature: bytes) -> bool:
    """Ed25519 (RFC 8032)."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - whoever only asks for --help needs none
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class Verifier:
    """One folder, from the outside to the inside: its form, its seal, its files, then each chain."""

    def __init__(self, folder: Path, pinned: Mapping[str, Sequence[str]]) -> None:
        self.folder, self.pinned = folder, pinned
        self.story: list[tuple[Any, ...]] = []
        self.keys: dict[str, tuple[str, bytes, str, str]] = {}

    def verify(self) -> list[tuple[Any, ...]]:
        """What happened, in order. Raises Broken."""
        bundle = self._bundle()
        self._read_keys(bundle)
        self._seal(bundle)
        self._files(bundle)
        known: dict[str, dict[str, set[str]]] = {}
        related: set[str] = set()
        for message in bundle["messages"]:
            related.add(self._message(message, known, {one["sha256"] for one in bundle["files"]}))
        if any(len(heard) == 1 and message_id not in related for message_id, heard in known.items()):
            raise Broken("format", what="messages")  # nobody said anything of it, and nothing followed it
        return sorted(self.story)

    def _bundle(self) -> dict[str, Any]:
        path = self.folder / NAME
        if not _is_plain(path):
            raise Broken("file.missing", path=NAME)
        if path.stat().st_size > LARGEST:
            raise Broken("json")
        bundle: dict[str, Any] = parsed(path.read_bytes(), "json")
        texts, lists = dict.fromkeys(("format", "exporter", "made_at"), str), ("messages", "keys", "files")
        _shaped(bundle, {**texts, **dict.fromkeys(lists, list), "seal": dict}, "bundle")
        if bundle["format"] != FORMAT or not bundle["messages"]:
            raise Broken("format", what="format")
        return bundle

    def _read_keys(self, bundle: dict[str, Any]) -> None:
        for key in bundle["keys"]:
            _shaped(key, {"agency": str, "public": str, "valid_from": str, "valid_to": str}, "keys")
            public = decoded(key["public"], "format", what="keys")
            name = sha256(public)
            if len(public) != KEY_SIZE or name in self.keys:
                raise Broken("format", what="keys")
            self.keys[name] = (key["agency"], public, key["valid_from"], key["valid_to"])
        for name, (agency, _public, _since, _until) in self.keys.items():
            if agency in self.pinned and name not in self.pinned[agency]:
                raise Broken("key", agency=agency)
        for agency in self.pinned:
            if agency not in {key[0] for key in self.keys.values()}:
                raise Broken("key", agency=agency)

    def _seal(self, bundle: dict[str, Any]) -> None:
        seal = bundle.pop("seal")
        _shaped(seal, {"key": str, "signature": str}, "seal")
        agency, public, _since, _until = self.keys.get(seal["key"], ("", b"", "", ""))
        signature = decoded(seal["signature"], "seal", agency=bundle["exporter"])
        if agency != bundle["exporter"] or not is_signed(public, canonical(bundle), signature):
            raise Broken("seal", agency=bundle["exporter"])

    def _files(self, bundle: dict[str, Any]) -> None:
        listed: dict[str, dict[str, Any]] = {}
        for one in bundle["files"]:
            _shaped(one, {"path": str, "sha256": str, "size": int}, "files")
            if not PATH.fullmatch(one["path"]) or one["path"] in listed or one["path"] == NAME:
                raise Broken("format", what="files")
            listed[one["path"]] = one
        for path, one in listed.items():
            self._file(path, one)
        for found in self._found():
            if found not in listed and found != NAME:
                raise Broken("file.extra", path=found)

    def _file(self, path: str, listed: Mapping[str, Any]) -> None:
        place = self.folder.joinpath(*path.split("/"))
        if not _is_plain(place):
            raise Broken("file.missing", path=path)
        digest = hashlib.sha256()
        if place.stat().st_size != listed["size"]:
            raise Broken("file.changed", path=path)
        with place.open("rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
        if digest.hexdigest() != listed["sha256"]:
            raise Broken("file.changed", path=path)

    def _found(self) -> Iterator[str]:
        """What lies in the folder: every file, every link, and every folder with nothing in it."""
        found = 0
        for place, folders, files in os.walk(self.folder):
            empty = [one for one in folders if Path(place, one).is_symlink() or not any(Path(place, one).iterdir())]
            for name in files + empty:
                found += 1
                if found > MOST:
                    raise Broken("format", what="files")
                yield Path(place, name).relative_to(self.folder).as_posix()

    def _message(self, message: dict[str, Any], known: dict[str, dict[str, set[str]]], present: set[str]) -> str:
        """What a message relates to.

        `known` has, of each message by its id, what a wish about it may name, by recipient ("" who said nothing).
        """
        _shaped(message, {"manifest": str, "recipients": list}, "messages")
        data = decoded(message["manifest"], "format", what="manifest")
        manifest = parsed(data, "manifest", message="?")
        if not isinstance(manifest, dict) or manifest.get("format") != MANIFEST:
            raise Broken("manifest", message="?")
        for one in manifest["files"]:
            if one["sha256"] not in present:
                raise Broken("file.absent", path=one["name"])
        if manifest["message_id"] in known:
            raise Broken("format", what="messages")
        original = known.get(manifest["relates_to"], {})
        mine = known.setdefault(manifest["message_id"], {"": {sha256(data)}})
        for recipient in message["recipients"]:
            _shaped(recipient, {"agency": str, "wish": (dict, type(None)), "chain": list}, "recipients")
            agency = recipient["agency"]
            if agency in mine or not (recipient["chain"] or recipient["wish"]):
                raise Broken("format", what="recipients")
            chain = Chain(self, manifest, sha256(data), agency)
            mine[agency] = chain.verify(recipient, original.get(agency) or original.get("", set()))
        return str(manifest["relates_to"])


class Chain:
    """The receipts of one recipient for one message."""

    def __init__(self, verifier: Verifier, manifest: Mapping[str, Any], digest: str, agency: str) -> None:
        self.verifier, self.manifest, self.digest, self.agency = verifier, manifest, digest, agency

    def verify(self, recipient: Mapping[str, Any], known: set[str]) -> set[str]:
        """The wish first, if it is one that needs consent, then each receipt after the one before; all hashes."""
        if recipient["wish"] is not None:
            self._wish(recipient["wish"], known)
        elif self.manifest["kind"] == "recall":  # one to update or replace that came over an axis has none
            raise Broken("wish", agency=self.agency)
        previous, codes, hashes, at = self.digest, list[str](), {self.digest}, ""
        for number, receipt in enumerate(recipient["chain"]):
            statement, own = self._read(receipt, number)
            if statement["previous"] != previous or statement["sequence"] != number:
                raise Broken("chain", number=number, agency=self.agency)
            signer = self.manifest["sender"] if statement["is_observed"] else self.agency
            if statement["signer"] != signer:
                raise Broken("signer", number=number, agency=self.agency)
            self._place(statement, codes, number)
            if not statement["is_observed"]:
                if at and datetime.fromisoformat(statement["at"]) < datetime.fromisoformat(at):
                    raise Broken("time", number=number, agency=self.agency)
                at = statement["at"]
            codes.append(statement["code"])
            previous = own
            hashes.add(own)
        return hashes

    def _wish(self, receipt: Any, known: set[str]) -> None:
        statement, _own = self._read(receipt, "13")
        signer = self.agency if statement["is_observed"] else self.manifest["sender"]
        is_wish = statement["code"] == "13" and statement["signer"] == signer and self.manifest["kind"] in WISHES
        if not is_wish or statement["previous"] not in known:
            raise Broken("wish", agency=self.agency)

    def _place(self, statement: Mapping[str, Any], codes: Sequence[str], number: int) -> None:
        """Stored first, with just the files that were sent; nothing after an end; registered before worked on.

        What was only heard stands in the order in which it was heard: other systems say things twice, and late.
        """
        code = statement["code"]
        if statement["is_observed"]:
            if statement["files"]:
                raise Broken("files", number=number, agency=self.agency)
            return
        if number == 0:
            if code != "01":
                raise Broken("order", status=code, number=number, agency=self.agency)
            if statement["files"] != self.manifest["files"]:
                raise Broken("files", number=number, agency=self.agency)
        elif statement["files"]:
            raise Broken("files", number=number, agency=self.agency)
        late = [one for one in codes if one in FINAL]
        early = code in ("04", "05", "06") and "03" not in codes
        twice = (code in ("01", "03", "15") and code in codes) or (code == "02" and "03" in codes)
        strange = self._is_strange(code, codes)
        if (late and code in (*ORDER, *FINAL, "15")) or early or twice or strange or (code == "01" and number):
            raise Broken("order", status=code, number=number, agency=self.agency)

    def _is_strange(self, code: str, codes: Sequence[str]) -> bool:
        """Answers are for wishes: to a recall nothing else is said, and what is declined is not worked on."""
        kind = self.manifest["kind"]
        if kind == "recall":
            return code not in (*ANSWERS, "01", "held") or "15" in codes
        if kind in WISHES:
            return (code == "16" and "15" in codes) or (code in ORDER[1:] and "15" not in codes)
        return code in ("13", *ANSWERS)

    def _read(self, receipt: Any, number: object) -> tuple[dict[str, Any], str]:
        """What a receipt says, and its hash, once the key that it names signed it and was valid."""
        where = {"number": number, "agency": self.agency}
        if not isinstance(receipt, dict) or set(receipt) != {"body", "signature"}:
            raise Broken("receipt", **where)
        body, signature = (decoded(receipt[name], "receipt", **where) for name in ("body", "signature"))
        statement: dict[str, Any] = parsed(body, "receipt", **where)
        if not _fits(statement, STATEMENT) or statement["format"] != RECEIPT:
            raise Broken("receipt", **where)
        agency, public, since, until = self.verifier.keys.get(statement["key"], ("", b"", "", ""))
        if not is_signed(public, body, signature):
            raise Broken("signature", **where)
        begun = "" if statement["is_observed"] else since  # what others said may be older than the key that attests it
        if agency != statement["signer"] or not _was_valid(statement["at"], begun, until):
            raise Broken("signer", **where)
        about = (statement["sender"], statement["message_id"], statement["manifest_sha256"], statement["recipient"])
        if about != (self.manifest["sender"], self.manifest["message_id"], self.digest, self.agency):
            raise Broken("about", **where)
        line = (statement["at"], self.agency, statement["code"], statement["by"], statement["note"])
        self.verifier.story.append((*line, statement["is_observed"], self.manifest["kind"]))
        return statement, sha256(body + signature)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _fits(value: Any, shape: Mapping[str, Any]) -> bool:
    named = isinstance(value, dict) and set(value) == set(shape)
    return named and all(isinstance(value[name], kind) for name, kind in shape.items())


def _shaped(value: Any, shape: Mapping[str, Any], what: str) -> None:
    if not _fits(value, shape):
        raise Broken("format", what=what)


def _was_valid(at: str, since: str, until: str) -> bool:
    """Whether a moment is one, with its zone, and a key had begun by then, or nearly so, and not ended."""
    try:
        moment = datetime.fromisoformat(at)
        first, last = (datetime.fromisoformat(one) if one else moment for one in (since, until))
        return moment.tzinfo is not None and first - TOLERATED <= moment <= last
    except (ValueError, TypeError, OverflowError):
        return False


def _plain(text: object) -> str:
    """A text that cannot move the cursor or hide what was printed before."""
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in str(text))


def verified(
    folder: Path, pinned: Mapping[str, Sequence[str]] | None = None
) -> tuple[list[tuple[Any, ...]], list[tuple[str, str]]]:
    """What happened, in order, and the keys by agency. Raises Broken."""
    verifier = Verifier(folder, pinned or {})
    try:
        story = verifier.verify()
    except (KeyError, TypeError, AttributeError):
        raise Broken("format", what="receipts") from None
    return story, [(agency, name) for name, (agency, _public, _since, _until) in verifier.keys.items()]


def _pinned(parser: argparse.ArgumentParser, given: Sequence[str]) -> dict[str, list[str]]:
    """The fingerprints by agency; what is not in the right form is no pin, and said at once."""
    pinned: dict[str, list[str]] = {}
    for one in given:
        agency, _, name = one.partition("=")
        if not agency or not re.fullmatch("[0-9a-fA-F]{64}", name):
            parser.error("--key AGENCY=FINGERPRINT (64 hexadecimal digits)")
        pinned.setdefault(agency, []).append(name.lower())
    return pinned


def main(argv: Sequence[str] | None = None) -> int:
    """Print what was found; 0 when everything holds, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--key", action="append", default=[], metavar="AGENCY=FINGERPRINT")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    pinned = _pinned(parser, asked.key)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    words = WORDS[asked.lang]
    folder = Path(asked.folder).parent if Path(asked.folder).name == NAME else Path(asked.folder)
    try:
        story, keys = verified(folder, pinned)
    except Broken as broken:
        why = words[broken.code].format(**{name: _plain(value) for name, value in broken.values.items()})
        found = {"good": False, "broken": broken.code, **broken.values}
        print(json.dumps(found) if asked.json else words["bad"].format(why=why))
        return 1
    if asked.json:
        print(json.dumps({"good": True, "story": story, "keys": keys}, ensure_ascii=False))
        return 0
    print(words["who"])
    for at, agency, code, by, note, observed, kind in story:
        said = STATUS[asked.lang].get(f"{code} {kind}") or STATUS[asked.lang].get(code, code)
        line = (at, agency, f"{code} {said}", by, note, words["observed"] if observed else "")
        print(" | ".join(map(_plain, line)).rstrip(" |"))
    print(words["keys"])
    for agency, name in keys:
        print(f"  {_plain(agency)}={name}")
    print(words["good"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
