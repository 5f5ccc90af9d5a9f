"""What becomes of a draft when it is made ready to be signed."""

import pypdfium2
import pytest

from app.domain.cases import queries as cases
from app.domain.documents import queries as documents
from app.gateways.files import FileStore
from tests.house import Office
from tests.story import Ref, Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.mark.parametrize(
    ("document_type", "said", "unsaid"),
    [
        ("CV", ("V/v tăng cường", "Kính gửi:", "- Như trên;"), ("QUYẾT ĐỊNH",)),
        ("QĐ", ("QUYẾT ĐỊNH Về việc tăng cường", "/QĐ-UBND"), ("V/v", "Kính gửi:", "Như trên")),
        ("GM", ("GIẤY MỜI Về việc tăng cường", "Trân trọng kính mời:", "- Như trên;"), ("V/v", "Kính gửi:")),
    ],
)
def test_a_document_looks_like_its_type(
    told: Told, document_type: str, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    case = told.start()

    told.complete(case, "draft", told.tour["drafter"], **{**told.draft(), "document_type": document_type})

    text = _printed(told, case)
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []
    assert text.count("Ủy ban nhân dân xã Tịnh Bắc") == 1


def test_a_draft_that_cannot_be_printed_goes_back(told: Told) -> None:
    case = told.start()

    told.complete(case, "draft", told.tour["drafter"], **{**told.draft(), "body": "Đoạn 🎉 có"})

    assert told.task(case, "draft").closed_at is None
    assert [call.error for call in cases.calls_of(case.id) if call.error] == ["document.unprintable"]


def _printed(told: Told, case: Ref) -> str:
    file = documents.latest_file(case.document_id, stage="prepared")
    assert file is not None
    store: FileStore = told.office.app.extensions["files"]
    with pypdfium2.PdfDocument(store.path(file.sha256)) as document:
        text = " ".join(str(page.get_textpage().get_text_range()) for page in document)
    return " ".join(text.split())
