"""`bpmn test`: plays the scenarios beside diagrams, and lists every element that none of them passed."""

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.cli.bpmn.words import sentence
from app.cli.bpmn.worlds import standings
from app.cli.output import say
from app.domain.procedures import assembly, library, scenarios, trials
from app.domain.procedures.scenarios import Difference
from app.domain.procedures.trials import Ask, Trial
from app.engine.child import Reader
from app.kernel.errors import OfficeError

Told = dict[str, Any]


def add(acts: Any) -> None:
    """Say what the command understands."""
    parser = acts.add_parser("test", help=__doc__)
    parser.add_argument("procedures", nargs="*", metavar="PROCEDURE|PATH", help="by default the whole library")
    parser.add_argument("--level", metavar="LEVEL", help="one level instead of all of the demo worlds")
    parser.add_argument("--full-coverage", action="store_true", help="fail when an element was never passed")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    parser.set_defaults(run=main)


def main(arguments: Namespace) -> int:
    """Try them; 1 when a scenario comes to something else, or when what must be passed was not."""
    with Reader() as reader:
        tried = list(_tried(arguments, reader.ask))
    lacking = arguments.full_coverage and not all(one.complete for one in tried)
    if arguments.json:
        say(json.dumps({"trials": [_told(one, arguments.lang) for one in tried]}, ensure_ascii=False))
    else:
        for one in tried:
            _show(_told(one, arguments.lang), arguments.lang)
    return 0 if tried and not lacking and all(one.passed for one in tried) else 1


def _tried(arguments: Namespace, ask: Ask) -> Iterable[Trial]:
    places = [one for one in standings() if arguments.level in (None, one.level)]
    for name in arguments.procedures or library.catalogue():
        folder = Path(name)
        if name in library.catalogue():
            yield from trials.of_library([name], places, ask)
        else:
            yield _of_folder(folder if folder.is_dir() else folder.parent, name, ask)


def _of_folder(folder: Path, name: str, ask: Ask) -> Trial:
    try:
        assembled = assembly.from_folder(folder)
        return trials.of(assembled, (), scenarios.beside(assembled), ask)
    except OfficeError as error:
        return Trial(name, (), refused=Difference(error.code, error.data))


def _told(one: Trial, language: str) -> Told:
    return {
        "procedure": one.key,
        "levels": list(one.levels),
        "passed": one.passed,
        "complete": one.complete,
        "scenarios": [
            {"name": each.name, "passed": each.difference is None, "difference": _said(each.difference, language)}
            for each in one.outcomes
        ],
        "coverage": {**one.coverage, "percent": _percent(one.coverage)},
        "refused": _said(one.refused, language),
    }


def _said(found: Difference | None, language: str) -> Told | None:
    if found is None:
        return None
    return {"reason": found.code, "data": found.data, "text": _sentence(found.code, found.data, language)}


def _sentence(code: str, data: Mapping[str, Any], language: str) -> str:
    """The sentence of a difference; what lies behind it (a refusal, wrong fields) is said in the same language."""
    said = dict(data)
    if "reason" in said and isinstance(said.get("data"), Mapping):
        said["why"] = _sentence(str(said["reason"]), said["data"], language)
    if isinstance(said.get("fields"), Mapping):
        wrong = said["fields"].items()
        said["why"] = "; ".join(f"{name or '—'}: {sentence(language, key, values)}" for name, (key, values) in wrong)
    return sentence(language, code, said)


def _percent(coverage: Mapping[str, Any]) -> float:
    missed = len(coverage["nodes"]) + len(coverage["flows"])
    return round(100 * (1 - missed / coverage["elements"]), 1) if coverage["elements"] else 0.0


def _show(told: Told, language: str) -> None:
    levels = f" ({', '.join(told['levels'])})" if told["levels"] else ""
    percent = f"{told['coverage']['percent']:g}"
    say(f"{told['procedure']}{levels}: {sentence(language, 'bpmn.coverage', {'percent': percent})}")
    if told["refused"]:
        say(f"  ✗ {told['refused']['text']}")
    for one in told["scenarios"]:
        say(f"  {'✓' if one['passed'] else '✗'} {one['name']}")
        if one["difference"]:
            say(f"      {one['difference']['text']}")
    for kind in ("nodes", "flows"):
        for element in told["coverage"][kind]:
            label = f"{element['id']} “{element['name']}”" if element["name"] else element["id"]
            say(f"  • {sentence(language, 'bpmn.never_passed', {'element': label})}")
