"""Procedures that start procedures: a case of the same agency or of one below, and what its end means to the first."""

from typing import Any
from uuid import UUID

from app.domain.actors.actor import SYSTEM
from app.domain.cases import commands, queries
from app.domain.cases.contracts import DATA, ID, LINE, TRUTH, WORD, mapping
from app.domain.cases.models import Case
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.orgunits import queries as orgunits
from app.domain.procedures import commands as procedures
from app.engine import runtime
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid

CHILDREN = Offers("cases")
DEEPEST = 8
"""How many cases may have started each other in a row: what no office needs, and where a procedure that starts
itself is stopped."""
OURS = frozenset({"unit_id", "document_id", "parameters"})
"""What every case is told when it starts; it is nothing that came of it."""


@CHILDREN.operation(
    takes=mapping({"procedure": WORD}, {"unit_id": ID, "document_id": ID, "data": DATA, "wait": TRUTH}),
    gives=mapping({"case_id": ID}, {"status": LINE, "document_id": ID, "data": {"type": "object"}}),
    later=True,
)
def start(asked: Asked) -> Params | None:
    """Start another procedure; with `wait` the answer comes when its case has ended, with what came of it."""
    params, child_id = asked.params, asked.made("case")
    unit_id = UUID(str(params.get("unit_id") or asked.case.unit_id))
    if asked.case.unit_id not in {unit.id for unit in orgunits.lineage(unit_id)}:
        raise Invalid("case.unit_not_below", procedure=params["procedure"])
    if _depth(asked.case) >= DEEPEST:
        raise Conflict("case.too_deep", limit=DEEPEST)
    if db.session.get(Case, child_id) is None:
        commands.start_case(
            SYSTEM,
            procedure=str(params["procedure"]),
            unit_id=unit_id,
            document_id=asked.document_id,
            data=params.get("data", {}),
            beginning=commands.Beginning(origin=commands.Origin(child_id, asked.case.id, asked.call_id)),
        )
    return None if params.get("wait") else {"case_id": str(child_id)}


@command
def report_end(case_id: UUID) -> None:
    """Tell the call that started a case that it has ended; a call that does not wait hears nothing."""
    child = queries.case(case_id)
    if child.asked_by is not None and child.ended_at is not None:
        commands.answer_call(SYSTEM, child.asked_by, _outcome(child))


def _outcome(child: Case) -> dict[str, Any]:
    known = runtime.data(procedures.pinned(child.version_id).definition, child.state)
    data = {name: value for name, value in known.items() if name not in OURS}
    document = str(child.document_id)
    return {"case_id": str(child.id), "status": child.status, "document_id": document, "data": data}


def _depth(case: Case) -> int:
    depth, parent_id = 0, case.parent_id
    while parent_id is not None and depth < DEEPEST:
        depth, parent_id = depth + 1, queries.case(parent_id).parent_id
    return depth
