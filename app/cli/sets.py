"""`python3 -m app sets export | import`: what a place says as files to keep in git, and such files made its drafts."""

import zipfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.cli.bpmn.words import sentence
from app.cli.output import say
from app.domain.actors.actor import SYSTEM
from app.domain.procedures import sets
from app.domain.procedures.sets import CHANGING, Line
from app.factory import create_app
from app.kernel import archive
from app.kernel.db import db
from app.kernel.errors import Invalid, OfficeError
from app.settings import from_environment


def main(argv: list[str]) -> int:
    """Write a set or bring one; 1 when that was refused, or when something of a set could not be read."""
    parser = ArgumentParser(prog="python3 -m app sets", description=__doc__)
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    acts = parser.add_subparsers(dest="act", required=True)
    out = acts.add_parser("export", help="what a place says, as an archive or into a folder")
    out.add_argument("place", metavar="PLACE", help="common, levels/<code>, units/<code>, or library/<place>")
    out.add_argument("file", metavar="FILE", help="an archive to write (.zip), or a folder to fill")
    out.set_defaults(run=_export)
    into = acts.add_parser("import", help="an archive or a folder, into the drafts of a place")
    into.add_argument("file", metavar="FILE")
    into.add_argument("place", metavar="PLACE")
    into.add_argument("--source", default="", metavar="PLACE", help="which place of the set, when it has several")
    into.add_argument("--only", action="append", default=[], metavar="KIND:KEY", help="by default all that differs")
    into.add_argument("--list", action="store_true", help="only say what would be done")
    into.set_defaults(run=_import)
    arguments = parser.parse_args(argv)
    try:
        with create_app(from_environment()).app_context():
            try:
                return int(arguments.run(arguments))
            finally:
                db.session.remove()
                db.engine.dispose()
    except OfficeError as error:
        say(f"✗ {sentence(arguments.lang, error.code, error.data)}")
        return 1
    except OSError as error:
        say(f"✗ {arguments.file}: {error.strerror}")
        return 1


def _export(arguments: Namespace) -> int:
    files, target = sets.exported(SYSTEM, arguments.place), Path(arguments.file)
    if target.suffix == ".zip":
        target.write_bytes(archive.packed(files))
    for name, content in files.items() if target.suffix != ".zip" else ():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    say(f"✓ {arguments.place}: {len(files)} → {target}")
    return 0


def _import(arguments: Namespace) -> int:
    listing = sets.listed(SYSTEM, _files(Path(arguments.file)), arguments.place, arguments.source)
    for line in listing.lines:
        problem = line.item.problem
        why = "" if problem is None else f": {sentence(arguments.lang, problem.code, problem.data)}"
        say(f"  {sentence(arguments.lang, f'set.state.{line.state}', {})} {line.name}{why}")
    for name in listing.strange:
        say(f"  {sentence(arguments.lang, 'set.strange', {'name': name})}")
    wanted = [one for one in listing.lines if _is_wanted(one, arguments.only)]
    if not arguments.list:
        made = sets.bring(SYSTEM, arguments.place, wanted, {}) if wanted else []
        say(sentence(arguments.lang, "set.brought", {"count": len(made)}))
    return 1 if any(one.item.problem for one in listing.lines) else 0


def _is_wanted(line: Line, only: list[str]) -> bool:
    return line.name in only if only else line.state in CHANGING


def _files(path: Path) -> dict[str, bytes]:
    """The files of an archive, or of a folder as git keeps it, within the same bounds."""
    if not path.is_dir():
        if path.is_file() and not zipfile.is_zipfile(path):
            raise Invalid("archive.broken")
        with path.open("rb") as file:
            return sets.opened(file.read(archive.MAX_BYTES + 1))
    found = [one for one in sorted(path.rglob("*")) if not one.relative_to(path).as_posix().startswith(".git/")]
    links = [one for one in found if one.is_symlink()]
    if links:
        raise Invalid("archive.link", name=links[0].name)
    files = [one for one in found if one.is_file()]
    names = [one.relative_to(path).as_posix() for one in files]
    archive.check_names(names)
    archive.check_sizes([one.stat().st_size for one in files])
    return {name: one.read_bytes() for name, one in zip(names, files, strict=True)}
