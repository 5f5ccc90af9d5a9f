"""Over an axis: five deployments of one agency each, and the axis as a process that speaks its own language."""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from app.cli.kit import rehearsal, town
from app.cli.kit.rehearsal import FIRST, PROVINCE
from app.cli.kit.town import Town
from app.domain.exchange.models import Message
from app.kernel.db import db
from interchange.verify_receipts import verified
from tests import house
from tests.house import Office, Template

ACTS = list(rehearsal.acts())
BRIEF = {"a province sends to four", "a district takes back", "a recipient is locked", "a message comes twice"}
"""What is played on the second axis, too: the rest does not depend on how an axis is asked."""


@pytest.fixture
def towns(template: Template, tmp_path: Path) -> Iterator["Towns"]:
    """Five deployments at an axis of any kind."""
    with ExitStack() as stack:
        yield Towns(template, tmp_path, stack)


class Towns:
    """Makes a town; it is gone after the test."""

    def __init__(self, template: Template, folder: Path, stack: ExitStack) -> None:
        self._template, self._folder, self._stack = template, folder, stack

    def at(self, profile: str) -> Town:
        """A town at an axis of this kind."""
        return self._stack.enter_context(town.started(self._folder, profile, self._lent))

    def _lent(self, _folder: Path) -> Flask:
        return self._stack.enter_context(house.lent(self._template))


def test_promise_15_five_agencies_rehearse_over_the_national_axis(
    towns: Towns, tmp_path: Path, template: Template
) -> None:
    made = towns.at("vxp")
    held = {name: act(made) for name, act in ACTS}
    assert {name: [what for what, holds in said.items() if not holds] for name, said in held.items()} == {
        name: [] for name, _act in ACTS
    }
    _a_third_party_reads_what_was_heard(made, template, tmp_path / "export")


def _a_third_party_reads_what_was_heard(made: Town, template: Template, folder: Path) -> None:
    """The story of the first document: every status of the others stands there as the province's own statement."""
    with made.at(PROVINCE) as side:
        document_id = db.session.scalars(db.select(Message.document_id).order_by(Message.made_at)).first()
        office = Office(side.app, template.world)
        answer = office.client("vanthu.quangngai").get(f"/documents/{document_id}/export")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        zipfile.ZipFile(BytesIO(answer.data)).extractall(folder)
        answer.close()
    story, _keys = verified(folder)
    assert [line[2] for line in sorted(story) if line[1] == FIRST] == ["01", "03", "04", "05", "06"]
    assert all(is_observed for *_line, is_observed, _kind in story)


def test_promise_15_they_rehearse_over_a_provincial_gateway(towns: Towns) -> None:
    made = towns.at("lgsp")
    for name, act in ACTS:
        if name in BRIEF:
            assert [what for what, holds in act(made).items() if not holds] == [], name
