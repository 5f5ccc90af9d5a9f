"""Two deployments of ours: documents there, receipts back, and neither twice."""

from sqlalchemy import func, select

from app.domain.exchange import queries
from app.domain.exchange.models import Arrival, Attempt
from app.kernel.db import db
from tests.exchange.pair import Pair
from tests.story import Told


def test_line_67_a_document_goes_to_another_deployment_and_its_business_states_come_back(pair: Pair) -> None:
    case = pair.sent(recipients=2)
    pair.work()

    with pair.there.at_home() as office:
        told = Told(office)
        assert db.session.scalar(select(func.count()).select_from(Arrival)) == 2
        told.handle(told.recipients[0])
    pair.work()

    with pair.here.at_home():
        found = queries.deliveries(case.document_id)
        assert [one.state for one in found] == ["delivered", "delivered"]
        assert sorted(one.status or "" for one in found) == ["01", "06"]
        trails = queries.trails(one.id for one in found)
        codes = sorted([row.code for row in trail] for trail in trails.values())
        assert codes == [["01"], ["01", "03", "04", "05", "06"]]
        assert db.session.scalar(select(func.count()).select_from(Attempt)) == 2
