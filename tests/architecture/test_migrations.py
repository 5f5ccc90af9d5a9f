"""What a released database held is still there after the migrations that came later."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, select, text

from app.cli.database import ROOT, migrate
from tests import databases

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("field", "subject", "folded", "body", "notation", "issuer_name", "signer_title"), ""),
    **{name: datetime(2025, 12, 31, 18, tzinfo=UTC) for name in ("made_at", "at")},
}
LEVEL = {"code": "commune", "name_vi": "Xã", "name_en": "Commune", "rank": 3}
REFUSAL = {"code": "02", "by": "Văn thư"}


def test_years_and_reasons_are_put_where_they_belong(tmp_path: Path) -> None:
    with databases.database(tmp_path / "old.sqlite3") as url:
        command.upgrade(Config(str(ROOT / "alembic.ini"), attributes={"url": url}), "0001")
        engine = create_engine(url)
        with engine.begin() as connection:
            _fill(connection)

        migrate(url)

        tables = MetaData()
        tables.reflect(engine)
        with engine.connect() as connection:
            years = connection.scalars(select(tables.tables["document"].c.printed_year)).all()
            told = tables.tables["status_report"].c
            reasons = connection.execute(select(told.reason, told.note).order_by(told.note)).all()
        engine.dispose()
    assert years == [2026]  # 1 January in the office, although still December in UTC
    assert [tuple(one) for one in reasons] == [
        ("wrong_recipient", "Gửi nhầm - xem lại."),
        ("", "lý do khác - không rõ"),
    ]


def test_offices_that_were_there_may_do_what_is_new_and_number_copies(tmp_path: Path) -> None:
    with databases.database(tmp_path / "old.sqlite3") as url:
        command.upgrade(Config(str(ROOT / "alembic.ini"), attributes={"url": url}), "0002")
        engine = create_engine(url)
        with engine.begin() as connection:
            _fill(connection)
            tables = MetaData()
            tables.reflect(connection)
            unit_id = connection.scalars(select(tables.tables["unit"].c.id)).one()
            role = {"id": uuid4().hex, "code": "clerk", "name_vi": "Văn thư", "name_en": "Clerk"}
            connection.execute(tables.tables["role"].insert().values(role))
            register = {"id": uuid4().hex, "unit_id": unit_id, "kind": "outgoing", "name": "Sổ đi"}
            connection.execute(tables.tables["register"].insert().values(register))

        migrate(url)

        with engine.connect() as connection:
            grants = tables.tables["role_grant"].c
            granted = connection.execute(select(grants.role_code, grants.permission)).all()
            kinds = connection.scalars(select(tables.tables["register"].c.kind)).all()
        engine.dispose()
    assert [tuple(one) for one in granted] == [("clerk", "cases.start")]
    assert sorted(kinds) == ["copy", "outgoing"]


def test_keys_that_were_made_for_agencies_of_others_are_gone(tmp_path: Path) -> None:
    ours, division, theirs = (uuid4().hex for _ in range(3))
    names = dict.fromkeys(("name", "short_name", "abbreviation", "place"), "x")
    unit = {**names, "level_code": "commune", "valid_from": NOTHING["at"].date()}
    key = {"public": "x", "sealed": "x", "valid_from": NOTHING["at"]}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("level", LEVEL),
        ("unit", {**unit, "id": ours, "code": "a", "is_agency": True}),
        ("unit", {**unit, "id": division, "code": "b", "is_agency": False, "parent_id": ours}),
        ("unit", {**unit, "id": theirs, "code": "c", "is_agency": True}),
        ("post", {"unit_id": division, "key": "a", "title": "x", "role": "clerk", "capacity": ""}),
        *(("exchange_key", {**key, "unit_id": one, "fingerprint": one}) for one in (ours, theirs)),
    ]
    with databases.database(tmp_path / "old.sqlite3") as url:
        command.upgrade(Config(str(ROOT / "alembic.ini"), attributes={"url": url}), "0019")
        engine = create_engine(url)
        with engine.begin() as connection:
            _insert(connection, rows)

        migrate(url)

        with engine.connect() as connection:
            left = connection.execute(text("SELECT fingerprint FROM exchange_key")).scalars().all()
        engine.dispose()
    assert left == [ours]


def _fill(connection: Connection) -> None:
    unit = {"id": uuid4().hex, "level_code": "commune", "is_agency": True, "valid_from": NOTHING["at"].date()}
    names = dict.fromkeys(("code", "name", "short_name", "abbreviation", "place"), "x")
    document = {"id": uuid4().hex, "unit_id": unit["id"], "direction": "outgoing", "state": "prepared"}
    file = {"role": "main", "revision": 1, "stage": "prepared", "name": "a.pdf", "sha256": "x", "size": 1, "pages": 1}
    arrival = {"id": uuid4().hex, "sender_id": unit["id"], "recipient_id": unit["id"], "message_id": uuid4().hex}
    notes = ("wrong_recipient - Gửi nhầm - xem lại.", "lý do khác - không rõ")
    rows: list[tuple[str, dict[str, Any]]] = [
        ("level", LEVEL),
        ("unit", {**unit, **names}),
        ("document", {**document, "document_type": "CV", "urgency": "normal"}),
        ("document_file", {**file, "document_id": document["id"]}),
        ("arrival", {**arrival, "manifest_sha256": "x", "document_id": document["id"]}),
        *(("status_report", {**REFUSAL, "note": note, "arrival_id": arrival["id"]}) for note in notes),
    ]
    _insert(connection, rows)


def _insert(connection: Connection, rows: list[tuple[str, dict[str, Any]]]) -> None:
    tables = MetaData()
    tables.reflect(connection)
    for name, row in rows:
        table = tables.tables[name]
        known = {column: value for column, value in NOTHING.items() if column in table.c}
        connection.execute(table.insert().values({"id": uuid4().hex, **known, **row}))
