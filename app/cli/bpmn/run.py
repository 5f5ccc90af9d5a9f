"""`bpmn run`: plays a diagram through with answers and events prepared beforehand, and shows what happened."""

import json
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.cli.bpmn import beside
from app.cli.bpmn.words import content, sentence
from app.cli.output import say
from app.engine.beside import packed
from app.engine.child import Reader
from app.kernel.errors import OfficeError

_WIDEST = 40
Told = dict[str, Any]


def add(acts: Any) -> None:
    """Say what the command understands."""
    parser = acts.add_parser("run", help=__doc__)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--process", metavar="ID", help="which process of the file; by default the main one")
    parser.add_argument("--data", type=_json(dict), default={}, metavar="JSON", help="the case's first data")
    parser.add_argument("--answers", type=_json(dict), default={}, metavar="JSON", help="{node: {...} | [{...}, ...]}")
    parser.add_argument("--events", type=_json(list), default=[], metavar="JSON", help=_EVENTS)
    beside.add(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    parser.set_defaults(run=main)


_EVENTS = (
    '[{"advance": "P3D"} | {"timer": node} | {"message": name, "payload": {...}} | {"signal": name}'
    ' | {"answer": node, "result": {...}} | {"fail": node, "code": "..."}]'
)


def main(arguments: Namespace) -> int:
    """Play it; 1 when it could not be played to where the answers and events lead."""
    told = {"file": arguments.file, **_played(arguments)}
    reason = told["reason"]
    if reason is not None:
        told["reason"] = {**reason, "text": sentence(arguments.lang, reason["reason"], reason["data"])}
    if arguments.json:
        say(json.dumps(told, ensure_ascii=False))
    else:
        _show(told, arguments.lang)
    return 1 if told["status"] == "incident" else 0


def _played(arguments: Namespace) -> Told:
    given = {"process": arguments.process, "data": arguments.data}
    try:
        xml = content(Path(arguments.file))
        files = packed(beside.found(arguments.file, xml, arguments))
        with Reader() as reader:
            return reader.ask("play", xml, **given, answers=arguments.answers, events=arguments.events, files=files)
    except OfficeError as error:
        nothing: Told = {"process": arguments.process, "trace": [], "data": {}, "open": [], "operations": []}
        return {**nothing, "status": "incident", "reason": {"reason": error.code, "data": error.data}}


def _json(kind: type) -> Callable[[str], Any]:
    """Reads a JSON text, or the file that `@name` names."""

    def read(text: str) -> Any:
        try:
            found = json.loads(Path(text[1:]).read_text("utf-8") if text.startswith("@") else text)
            json.dumps(found, allow_nan=False)
        except (OSError, ValueError, RecursionError) as error:
            raise ArgumentTypeError(str(error)) from error
        if not isinstance(found, kind):
            raise ArgumentTypeError(f"{kind.__name__} expected")
        return found

    return read


def _show(told: Told, language: str) -> None:
    say(f"{told['file']}: {sentence(language, 'bpmn.status.' + told['status'], {})}")
    for one in told["trace"]:
        say(f"  {_label(one):<{_WIDEST}} {sentence(language, 'bpmn.state.' + one['state'], {})}")
    if told["open"]:
        say(f"{sentence(language, 'bpmn.open', {})}: {', '.join(_label(one) for one in told['open'])}")
    if told["reason"] is not None:
        say(f"✗ {told['reason']['text']}")
    say(f"{sentence(language, 'bpmn.data', {})}: {json.dumps(told['data'], ensure_ascii=False)}")


def _label(one: Told) -> str:
    return f"{one['element']} “{one['name']}”" if one["name"] else str(one["element"])
