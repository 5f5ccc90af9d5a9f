"""Peers that answer nonsense: nothing of it is kept, and neither the clock nor the others are held up."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from werkzeug import Response

from app.domain.exchange import ledger, peers
from app.domain.exchange.models import Peer, Route
from app.jobs import reconciling
from app.kernel import clock, outbox
from app.kernel.db import db, transaction
from tests.exchange.pair import Pair
from tests.serving import served

CODE = "H48.31.22"
"""The agency that the strange peer carries to."""


def _listed(**values: Any) -> bytes:
    named = {"name": "Xã", "identifiers": [{"scheme": "qd20", "code": CODE}]}
    return json.dumps({"agencies": [{**named, **values}]}).encode()


def _key(**values: str) -> bytes:
    return _listed(keys=[{"public": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", **values}])


ANSWERS = {
    "a text": b'"x"',
    "a list of numbers": b"[1, 2, 3]",
    "numbers as agencies": b'{"agencies": [1, 2]}',
    "a text as agencies": b'{"agencies": "x"}',
    "ten megabytes": b'{"agencies": ["' + b"x" * 10 * 2**20 + b'"]}',
    "depth": b'{"agencies":' + b"[" * 200_000,
    "a number of very many digits": b'{"agencies": ' + b"9" * 9000 + b"}",
    "no JSON": b"<html>",
    "no key": _listed(keys=[{"public": "x"}]),
    "a moment without zone": _key(valid_from="2026-01-01T00:00:00"),
    "a moment before time": _key(valid_from="0001-01-01T00:00:00+14:00"),
    "the last day": _listed(valid_to="9999-12-31"),
    "NUL": _listed(name="a\0b"),
    "half a letter": _listed(name="\ud800"),
}


class _Strange:
    """A system that answers everything with the same."""

    def __init__(self) -> None:
        self.body = b""

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer."""
        return Response(self.body, mimetype="application/json")(environ, start)


@pytest.fixture
def strange(pair: Pair) -> Iterator[_Strange]:
    """A peer that an agency has moved to, once a document was sent to it."""
    pair.sent(recipients=2)
    pair.work()
    made = _Strange()
    with served(made) as port:
        with pair.here.at_home() as office, transaction() as session:
            peer = Peer(name="a strange one", profile="peer", address=f"http://127.0.0.1:{port}")
            session.add(peer)
            session.flush()
            moved = office.unit(office.tour["recipients"][1]["unit"]).id
            session.execute(update(Route).where(Route.unit_id == moved).values(peer_id=peer.id))
        yield made


def test_who_answers_nonsense_is_asked_again_and_neither_the_clock_nor_the_others_are_held_up(
    pair: Pair, strange: _Strange
) -> None:
    with pair.here.at_home() as office:
        good, odd = db.session.scalars(select(Peer.id).order_by(Peer.name.desc()))
        for name, strange.body in ANSWERS.items():
            with pytest.raises(reconciling.NOT_NOW):
                reconciling.compare(peers.peer(odd), clock.office_day())
            peers.call(odd)
            office.work()
            assert outbox.dead() == [], name
            assert not ledger.checks(odd), name
        assert reconciling.due(office.app.extensions["files"]) == 2
        office.work()
        assert [one.differences for one in ledger.checks(good)] == [{}]
        assert not ledger.checks(odd)


def test_entries_of_a_ledger_that_are_none_are_listed_and_nothing_is_done_about_them(
    pair: Pair, strange: _Strange
) -> None:
    entries = {"nonsense": "x", f"a/{uuid4()}/b\0": "x", "a/b/c": "x"}
    strange.body = json.dumps({"agencies": [], "root": "x", "entries": entries}).encode()
    with pair.here.at_home():
        odd, _good = db.session.scalars(select(Peer.id).order_by(Peer.name))
        found = reconciling.compare(peers.peer(odd), clock.office_day()).differences
        assert {entry: found[entry] for entry in entries} == dict.fromkeys(entries, "missing")
