"""`python3 -m app edxml read FILE…` says in our own terms what edXML files hold; `edxml write MESSAGE.json` makes one.

Neither needs a running product. Each file is read in a limited child, so that one that harms harms only itself.
"""

import json
import os
import stat
import sys
import tempfile
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cli.bpmn.words import sentence
from app.cli.output import say
from app.gateways import edxml
from interchange.edxml import plain, writer
from interchange.edxml.limits import DEFAULT
from interchange.edxml.message import Message, Status
from interchange.errors import ExchangeRefused

_MB = 2**20
_LARGEST_JSON = 8 * _MB
_UNREAD = frozenset({"edxml.file_missing", "edxml.file_unreadable", "edxml.broken"})
"""What is no fault that was found in a file."""
_USAGE = """\
JSON output (read --json) is one object on one line for each file, in the order of the files:
  {"file", "kind": "document" | "status", "from": {"code", "name", …}, "to": [{…}, …], "number", "notation",
   "issued_on", "due_on", "business_type": "new" | "recall" | "update" | "replace", "status": "01" …,
   "attachments": [{"name", "real_type", "size", "sha256", …}, …], "warnings": [code, …], …}
  or, for a file that nobody should take: {"file", "error": code, "sentence"}
write takes the same object; of an attachment only "path" is needed, from the folder of MESSAGE.json.

exit status: 0 every file was read (or written), 1 some file was refused, 2 otherwise.
"""


def main(argv: list[str]) -> int:
    """Read or write; 0 when all is well, 1 when something was refused, else 2."""
    parser = ArgumentParser(
        prog="python3 -m app edxml", description=__doc__, epilog=_USAGE, formatter_class=RawDescriptionHelpFormatter
    )
    acts = parser.add_subparsers(required=True, metavar="read | write")
    reading = acts.add_parser("read", help="what files say")
    reading.add_argument("files", nargs="+", metavar="FILE")
    reading.add_argument("--json", action="store_true", help="one object on a line for each file, instead of sentences")
    reading.add_argument("--attachments", type=Path, metavar="DIR", help="keep attachments here, named by SHA-256")
    reading.add_argument(
        "--largest", type=int, default=DEFAULT.size // _MB, metavar="MB", help="%(default)s by default"
    )
    reading.set_defaults(act=_read)
    writing = acts.add_parser("write", help="the strict file of a message")
    writing.add_argument("message", type=Path, metavar="MESSAGE.json")
    writing.add_argument("-o", "--output", type=Path, metavar="FILE", help="instead of MESSAGE.edxml")
    writing.set_defaults(act=_write)
    for one in (reading, writing):
        one.add_argument("--lang", choices=("vi", "en"), default="vi")
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.act(arguments))
    except OSError as failed:
        why = {"what": failed.strerror or str(failed)}
        sys.stderr.write(_clean(f"✗ {sentence(arguments.lang, 'edxml.not_written', why)}") + "\n")
        return 2


def _read(arguments: Namespace) -> int:
    codes = set()
    with _folder(arguments.attachments) as folder:
        for name in arguments.files:
            try:
                said = _said(Path(name), folder, max(1, arguments.largest) * _MB)
                told, code = _told(name, said, is_kept=arguments.attachments is not None), ""
            except ExchangeRefused as refusal:
                code = refusal.code
                told = {"file": name, "error": code, "sentence": sentence(arguments.lang, code, refusal.data)}
            codes.add(code)
            say(json.dumps(told) if arguments.json else "\n".join(_lines(told, arguments.lang)))
    return 0 if codes == {""} else 1 if codes - {""} - _UNREAD else 2


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    """Where attachments go: a folder of the reader's, or one that is gone at the end."""
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="eoffice-edxml-") as name:
        yield Path(name)


def _said(path: Path, folder: Path, largest: int) -> Message | Status:
    try:
        if not stat.S_ISREG(path.stat().st_mode) or not os.access(path, os.R_OK):
            raise ExchangeRefused("edxml.file_unreadable")
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise ExchangeRefused("edxml.file_missing") from missing
    except (OSError, ValueError) as unread:
        raise ExchangeRefused("edxml.file_unreadable") from unread
    return edxml.read(path, folder, largest=largest)


def _told(name: str, said: Message | Status, *, is_kept: bool) -> dict[str, Any]:
    told = {"file": name, **plain.as_json(said)}
    for one in told.get("attachments", ()):
        if not is_kept:
            Path(one.pop("path")).unlink(missing_ok=True)
    return told


def _lines(told: dict[str, Any], language: str) -> Iterator[str]:
    """The same for people."""
    if "error" in told:
        yield _clean(f"✗ {told['file']}: {told['sentence']}")
        return
    yield _clean(f"✓ {told['file']}: {sentence(language, 'edxml.line', _line(told))}")
    if told["kind"] == "status":
        code = f"edxml.status.{told['status']}"
        known = sentence(language, code, {})
        yield _clean(f"  {told['status']} {'' if known == code else known} {told['at']} {told['description']}")
    for one in told.get("traces", ()):
        yield _clean(f"  → {one['code']} {one['at']}")
    for one in told.get("attachments", ()):
        yield _clean(f"  {one['name']}  {one['real_type']}  {one['size']}  {one['sha256']}")
    for code in told["warnings"]:
        yield f"  ! {sentence(language, code, {})}"


def _line(told: dict[str, Any]) -> dict[str, str]:
    about = told["response_for"] if told["kind"] == "status" else told
    whole = "/".join(filter(None, (about.get("number"), about["notation"])))
    to = [one["code"] for one in told["to"]] or [about["code"] if told["kind"] == "status" else "—"]
    return {"number": whole, "date": about["issued_on"] or "—", "sender": told["from"]["code"], "to": ", ".join(to)}


def _write(arguments: Namespace) -> int:
    source: Path = arguments.message
    target: Path = arguments.output or source.with_suffix(writer.SUFFIX)
    try:
        message = plain.from_json(_json(source), source.parent)
        _put(message, target)
    except ExchangeRefused as refusal:
        sys.stderr.write(_clean(f"✗ {source}: {sentence(arguments.lang, refusal.code, refusal.data)}") + "\n")
        return 2 if refusal.code in _UNREAD else 1
    say(_clean(f"✓ {target}"))
    return 0


def _put(message: Message | Status, target: Path) -> None:
    """Write the whole file or none."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            writer.write(message, file)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _json(source: Path) -> object:
    try:
        with source.open("rb") as file:
            text = file.read(_LARGEST_JSON + 1)
        if len(text) > _LARGEST_JSON:
            raise ExchangeRefused("edxml.value_wrong", what="message")
        return json.loads(text)
    except FileNotFoundError as missing:
        raise ExchangeRefused("edxml.file_missing") from missing
    except OSError as unread:
        raise ExchangeRefused("edxml.file_unreadable") from unread
    except (ValueError, RecursionError) as nonsense:
        raise ExchangeRefused("edxml.value_wrong", what="JSON") from nonsense


def _clean(text: str) -> str:
    """Strangers choose names and words; none of them moves the cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
