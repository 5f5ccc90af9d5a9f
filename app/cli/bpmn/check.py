"""`bpmn check`: for each element of each file whether it runs, was rewritten, needs a person, or is refused."""

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.cli.bpmn import beside
from app.cli.bpmn.words import content, sentence
from app.cli.output import say
from app.engine.beside import packed
from app.engine.child import Reader
from app.kernel.errors import OfficeError

GOOD = ("runs", "rewritten")
_SIGNS = {"runs": "✓", "rewritten": "~", "todo": "•", "refused": "✗"}
_WIDEST = 40
Told = dict[str, Any]


def add(acts: Any) -> None:
    """Say what the command understands."""
    parser = acts.add_parser("check", help=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    beside.add(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    parser.set_defaults(run=main)


def main(arguments: Namespace) -> int:
    """Report on every file; 1 when one of them does not run."""
    with Reader() as reader:
        files = [_checked(reader, name, arguments) for name in arguments.files]
    if arguments.json:
        say(json.dumps({"files": files}, ensure_ascii=False))
    else:
        for told in files:
            show(told, arguments.lang)
    return 0 if all(told["verdict"] in GOOD for told in files) else 1


def _checked(reader: Reader, name: str, arguments: Namespace) -> Told:
    try:
        xml = content(Path(name))
        report = reader.ask("examine", xml, files=packed(beside.found(name, xml, arguments)))
    except OfficeError as error:
        reason = {"verdict": "refused", "reason": error.code, "data": error.data}
        report = {"verdict": "refused", "findings": [], "reasons": [reason]}
    return told_of(name, report, arguments.lang)


def told_of(name: str, report: Mapping[str, Any], language: str) -> Told:
    """A report as it is printed."""
    found = report["findings"]
    return {
        "file": name,
        "verdict": report["verdict"],
        "elements": [_element(one, language) for one in found],
        "rewrites": list(_notes(found, "rewritten", language)),
        "todo": list(_notes(found, "todo", language)),
        "reasons": [_note(note, language) for note in report["reasons"]],
    }


def _element(finding: Told, language: str) -> Told:
    gravest = [note for note in finding["notes"] if note["verdict"] == finding["verdict"]]
    return {
        **{key: finding[key] for key in ("id", "name", "type", "verdict", "line")},
        "reason": gravest[0]["reason"] if gravest else None,
        "text": " ".join(_note(note, language)["text"] for note in gravest)
        or sentence(language, f"bpmn.verdict.{finding['verdict']}", {}),
    }


def _notes(findings: Iterable[Told], verdict: str, language: str) -> Iterable[Told]:
    for finding in findings:
        for note in finding["notes"]:
            if note["verdict"] == verdict:
                yield {"id": finding["id"], "line": finding["line"], **_note(note, language)}


def _note(note: Told, language: str) -> Told:
    return {"reason": note["reason"], "text": sentence(language, note["reason"], note["data"])}


def show(told: Told, language: str) -> None:
    """Print a report as a table."""
    say(f"{told['file']}: {sentence(language, 'bpmn.verdict.' + told['verdict'], {})}")
    for one in told["elements"]:
        label = f"{one['type']} {one['id'] or ''}" + (f" “{one['name']}”" if one["name"] else "")
        said = "" if one["verdict"] == "runs" else f"  {one['text']}"
        say(f"  {_SIGNS[one['verdict']]} {label[: 2 * _WIDEST]:<{_WIDEST}}{said}")
    if not told["elements"]:
        for reason in told["reasons"]:
            say(f"  ✗ {reason['text']}")
        return
    counts = {"elements": len(told["elements"]), "rewrites": len(told["rewrites"]), "todo": len(told["todo"])}
    say(f"  {sentence(language, 'bpmn.counted', counts)}")
