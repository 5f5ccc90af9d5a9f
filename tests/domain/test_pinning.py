"""What may be pinned: a procedure that somebody can begin."""

from uuid import uuid4

import pytest

from app.domain.procedures import commands
from app.domain.procedures.effective import Effective
from app.kernel.errors import Invalid
from tests.engine.diagrams import NAMES, document, ends, message, node, signal, timer, user

FLOWS = "s > a; a > e"


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("trigger", [timer("P1D"), message("m1"), signal("sig1")])
@pytest.mark.parametrize("beside", [True, False])
def test_a_procedure_that_nothing_begins_is_not_pinned(
    monkeypatch: pytest.MonkeyPatch, trigger: str, beside: bool
) -> None:
    body = ends() + node("startEvent", "s2", trigger) + user("a")
    if not beside:
        body = node("startEvent", "s", trigger) + node("endEvent", "e") + user("a")
    xml = document(body, FLOWS + "; s2 > a" if beside else FLOWS, beside=NAMES)
    monkeypatch.setattr(commands, "effective", lambda key, _unit, _version: Effective(key, xml, {}, {}, {}))
    with pytest.raises(Invalid) as raised:
        commands.pin("p", uuid4())
    assert raised.value.code == "procedure.start"
