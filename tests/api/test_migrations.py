"""Other programs try a move, begin it, follow it and take it back, as people do on the page."""

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Signed
from tests.domain.test_migration import AB, AB_FLOWS, ABC, ABC_FLOWS
from tests.house import Office
from tests.oddities import Oddities


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


def test_a_program_tries_moves_follows_and_takes_back(client: FlaskClient, odd: Oddities, signed: Signed) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    case_id, headers = odd.start(old), signed(odd.operator)
    body = {"procedure": "p", "to": str(new)}

    tried = client.post("/api/v1/migrations/trial", json=body, headers=headers).get_json()
    assert (tried["total"], tried["counts"]) == (1, {"move": 1})
    assert [one["case_id"] for one in tried["cases"]] == [str(case_id)]
    made = client.post("/api/v1/migrations/", json={**body, "reason": "Bước mới."}, headers=headers)
    assert made.status_code == 202, made.text
    odd.office.work()
    found = client.get(f"/api/v1/migrations/{made.get_json()['id']}", headers=headers).get_json()
    assert found["counts"] == {"moved": 1}
    assert odd.case(case_id).version_id == new

    back = client.post(f"/api/v1/migrations/{found['id']}/undo", json={"reason": "Nhầm."}, headers=headers)
    assert back.status_code == 202, back.text
    odd.office.work()
    assert odd.case(case_id).version_id == old
    again = client.post(f"/api/v1/migrations/{found['id']}/undo", json={"reason": "Nhầm."}, headers=headers)
    assert (again.status_code, again.get_json()["code"]) == (409, "migration.not_undoable")


def test_a_program_of_somebody_without_the_right_is_refused(client: FlaskClient, odd: Oddities, signed: Signed) -> None:
    odd.start(odd.version(AB, AB_FLOWS))
    headers = signed(odd.drafter)
    assert client.post("/api/v1/migrations/trial", json={"procedure": "p"}, headers=headers).status_code == 403
    body = {"procedure": "p", "reason": "x"}
    assert client.post("/api/v1/migrations/", json=body, headers=headers).status_code == 403
