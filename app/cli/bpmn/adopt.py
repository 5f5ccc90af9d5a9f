"""`bpmn import`: writes a diagram of another tool as one of ours, and lists what is left to do."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from app.cli.bpmn.check import GOOD, show, told_of
from app.cli.bpmn.words import content, sentence
from app.cli.output import say
from app.engine.child import Reader
from app.kernel.errors import OfficeError


def add(acts: Any) -> None:
    """Say what the command understands."""
    parser = acts.add_parser("import", help=__doc__)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("target", metavar="TARGET", help="where to write; a file that is there is not overwritten")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    parser.set_defaults(run=main)


def main(arguments: Namespace) -> int:
    """Write it; 1 when it cannot be, or when something is left to do."""
    try:
        with Reader() as reader:
            found = reader.ask("convert", content(Path(arguments.file)))
    except OfficeError as error:
        say(f"✗ {arguments.file}: {sentence(arguments.lang, error.code, error.data)}")
        return 1
    try:
        with Path(arguments.target).open("x", encoding="utf-8") as file:
            file.write(found["xml"])
    except OSError as error:
        say(f"✗ {arguments.target}: {error.strerror}")
        return 1
    show(told_of(arguments.file, found["report"], arguments.lang), arguments.lang)
    return 0 if found["report"]["verdict"] in GOOD else 1
