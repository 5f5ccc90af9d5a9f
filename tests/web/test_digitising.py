"""Paper becomes a sealed scan: only a faithful one, and only by whoever may use the agency's seal."""

import subprocess
from io import BytesIO

from app.domain.cases import drafting
from app.domain.documents import queries
from app.domain.signatures import queries as signatures
from signing.validation import verify
from signing.verdict import Outcome
from tests.domain.test_copies import scan
from tests.house import Office
from tests.signing.papers import needs_pdfsig
from tests.web.browser import Browser, plain


@needs_pdfsig
def test_line_54_a_scan_of_paper_carries_seal_agency_and_time_at_the_top_right(office: Office) -> None:
    case = drafting.start_outgoing(office.actor(office.tour["clerk"]), procedure="complaint_petition")
    address, document_id = f"/documents/{case.document_id}", case.document_id
    clerk = Browser(office, office.tour["clerk"])
    assert "Số hóa văn bản giấy" in plain(clerk.read(address))

    clerk.send(f"{address}/scan", scan=(BytesIO(scan(dpi=150)), "quet.pdf"))
    assert "chỉ có 150 dpi, cần từ 200 dpi" in plain(clerk.read(address))
    clerk.send(f"{address}/scan", scan=(BytesIO(scan()), "quet.pdf"))
    office.work()

    file = queries.latest_file(document_id)
    assert file is not None
    assert file.stage == "digitised"
    path, profile = office.app.extensions["files"].path(file.sha256), office.app.extensions["signing"]
    assert verify(path, profile.trust).outcome is Outcome.VALID
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert office.unit(office.tour["sender"]).name in text.replace("\n", " ")
    assert "+07:00" in text
    said = subprocess.run(["pdfsig", "-no-ocsp", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert [(one.kind, one.state) for one in signatures.requests(document_id)] == [("digitised", "done")]
    assert "Số hóa văn bản giấy" not in plain(clerk.read(address))
    clerk.send(f"{address}/scan", status=409, scan=(BytesIO(scan()), "quet.pdf"))
