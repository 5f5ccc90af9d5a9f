"""One declarative base, one session, one way to open a transaction."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID, uuid4

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry

from app.kernel import clock

P = ParamSpec("P")
R = TypeVar("R")

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_writing: ContextVar[bool] = ContextVar("writing", default=False)


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite forgets time zones, so they are put back when it is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; keep UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        """Give every moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """The base of every table."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={datetime: Moment(), dict[str, Any]: JSON(), list[Any]: JSON()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-1)


M = TypeVar("M", bound=Model)
db = SQLAlchemy(
    model_class=Model,
    session_options={"expire_on_commit": False},
    engine_options={"hide_parameters": True},  # errors end in logs, where what was being written is nobody's business
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL, foreign keys, and no transactions begun behind our back."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock before it reads, or its decision could be stale."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit once, at the outermost level; an inner call joins the outer one."""
    session = db.session()
    if "open" in session.info:
        yield session
        return
    session.rollback()  # ends a read snapshot: a writer decides on fresh rows
    session.expire_all()
    afterwards: list[Callable[[], object]] = []
    session.info.update(open=afterwards, last=[], locked={}, known={})
    try:
        with _ticket(), _as_writer():
            try:
                yield session
                session.add_all(session.info["last"])
                session.commit()
            except BaseException:
                session.rollback()
                raise
    finally:
        for name in ("open", "last", "locked", "known"):
            del session.info[name]
    for callback in afterwards:
        callback()


def keep(row: Model) -> None:
    """Write a row at the end of the running transaction, together with others that nobody reads before."""
    db.session().info["last"].append(row)


def locked(kind: type[M], key: UUID) -> M | None:
    """A row that is ours alone until the transaction ends, fresh when it was not ours already; None without it."""
    known: dict[tuple[type[Model], UUID], Any] = db.session().info.get("locked", {})
    if (kind, key) not in known:
        query = select(kind).where(kind.id == key).with_for_update(of=kind)  # not what is read along with it
        query = query.execution_options(populate_existing=True)
        found = db.session.scalar(query)
        if found is None:
            return None
        known[kind, key] = found
    row: M = known[kind, key]
    return row


def lock_all(kind: type[M], keys: Iterable[UUID]) -> None:
    """Make rows ours alone until the transaction ends, as `locked` does one (one statement)."""
    query = select(kind).where(kind.id.in_(set(keys))).order_by(kind.id).with_for_update(of=kind)
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        db.session().info["locked"][kind, row.id] = row


@contextmanager
def attempt() -> Iterator[None]:
    """A part of the running transaction that leaves no trace when it raises, so that the rest can say what happened."""
    info = db.session().info
    opened, last, known = list(info["open"]), list(info["last"]), dict(info["locked"])
    try:
        with db.session.begin_nested():
            yield
    except BaseException:
        info["open"][:], info["last"][:] = opened, last
        info["locked"].clear()
        info["locked"].update(known)
        raise


def known(key: object, read: Callable[[], R]) -> R:
    """Something that is read once in a transaction, and anew outside of one."""
    kept: dict[object, Any] = db.session().info.get("known", {})
    if key not in kept:
        kept[key] = read()
    found: R = kept[key]
    return found


def on_commit(callback: Callable[[], object]) -> None:
    """Do something small once the running transaction is safe; never if it is not."""
    db.session().info["open"].append(callback)


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make a domain function all-or-nothing."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction():
            return function(*args, **kwargs)

    return run


def database_now() -> datetime:
    """The database's own clock: leases are compared with it, so machines need not agree on the time."""
    if db.engine.dialect.name == "sqlite":
        return clock.now()
    moment: datetime = db.session.scalar(select(func.clock_timestamp(type_=Moment())))  # type: ignore[assignment]
    return moment


@contextmanager
def _as_writer() -> Iterator[None]:
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def _ticket() -> Iterator[None]:
    """Writers of one SQLite file queue in order of arrival; without this some wait for seconds."""
    database = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not database:
        yield
        return
    handle = os.open(f"{database}.ticket", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)  # closing is not enough: a child that was forked meanwhile holds it, too
        os.close(handle)
