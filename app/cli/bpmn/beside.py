"""What lies beside a diagram on the disk: tables and diagrams in its folder, or where the command says."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.cli.bpmn.words import content
from app.engine.beside import Beside
from app.kernel.errors import Invalid, OfficeError

MOST_FILES = 50
MOST_BYTES = 20_000_000
_DIAGRAMS = ("*.bpmn", "*.bpmn20.xml")
_TABLES = ("*.dmn",)


def add(parser: ArgumentParser) -> None:
    """Say where else to look."""
    parser.add_argument("--decisions", metavar="DIR", help="where the DMN tables are; by default beside the diagram")
    parser.add_argument(
        "--called", metavar="FILE", action="append", default=[], help="a diagram that may be called; may be repeated"
    )


def found(name: str, xml: bytes, arguments: Namespace) -> Beside:
    """What a diagram could ask for: nothing if it does not, so that no other file is touched then.

    Errors: Invalid diagram.missing, diagram.unreadable for what the command names.
    """
    folder, calls = Path(name).parent, b"callActivity" in xml
    for given in arguments.called:
        content(Path(given))
    tables = _read(folder if arguments.decisions is None else _folder(arguments.decisions), _TABLES)
    others = ((Path(given).name, Path(given)) for given in arguments.called)
    return Beside(
        dict(_within(tables)) if calls or b"businessRuleTask" in xml else {},
        dict(_within([*others, *_read(folder, _DIAGRAMS)])) if calls else {},
    )


def _folder(name: str) -> Path:
    if not Path(name).is_dir():
        raise Invalid("diagram.missing")
    return Path(name)


def _read(folder: Path, patterns: Iterable[str]) -> list[tuple[str, Path]]:
    return sorted((path.name, path) for pattern in patterns for path in folder.glob(pattern))


def _within(files: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, bytes]]:
    """As many files as a folder of diagrams may have; what cannot be read is not there."""
    left = MOST_BYTES
    for name, path in list(files)[:MOST_FILES]:
        try:
            xml = content(path)
        except OfficeError:
            continue
        left -= len(xml)
        if left < 0:
            return
        yield name.split(".")[0], xml
