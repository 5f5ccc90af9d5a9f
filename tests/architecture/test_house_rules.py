"""What the import contracts cannot say."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from app.domain import tables
from app.kernel.db import Model, db

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted(path for name in ("app", "interchange", "signing") for path in (ROOT / name).rglob("*.py"))
LONGEST = 300
MAY_BE_LONGER: dict[str, str] = {
    "interchange/verify_receipts.py": "one file on purpose: it is given to people who have nothing else of ours",
}
"""Modules over the limit, each with its reason."""
MAY_CATCH_EVERYTHING = {
    "app/jobs/carrying.py": "a forked child: whatever ends it, it must never go on as its parent",
    "app/jobs/doing.py": "the job runner: whatever a job does, the next one is done",
}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_modules_are_short() -> None:
    long = {_name(path) for path in OURS if len(path.read_text("utf-8").splitlines()) > LONGEST}

    assert long == set(MAY_BE_LONGER)


def _catches_everything(tree: ast.AST) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else {"all"}
            ends_in_raise = isinstance(node.body[-1], ast.Raise)
            if names & {"all", "Exception", "BaseException"} and not ends_in_raise:
                yield node


def test_only_named_places_catch_everything() -> None:
    found = {_name(path) for path in OURS if list(_catches_everything(ast.parse(path.read_text("utf-8"))))}

    assert {name for name in found if not name.startswith("signing/")} <= set(MAY_CATCH_EVERYTHING)


def test_the_migrations_build_what_the_models_say(app: Flask) -> None:
    assert tables.ALL

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


@pytest.mark.parametrize("word", ["innerHTML", "eval(", "document.write"])
def test_our_scripts_do_nothing_that_the_content_policy_forbids(word: str) -> None:
    scripts = [path for path in (ROOT / "app/web/static").rglob("*.js") if "vendor" not in path.parts]

    assert [path.name for path in scripts if word in path.read_text("utf-8")] == []


def test_templates_have_neither_inline_styles_nor_inline_scripts() -> None:
    wrong = []
    for path in (ROOT / "app/web/templates").rglob("*.html"):
        text = path.read_text("utf-8")
        if " style=" in text or "<style" in text or " onclick" in text or "<script>" in text:
            wrong.append(path.name)

    assert wrong == []
