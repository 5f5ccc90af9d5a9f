"""Keys made once for all tests of signing, and one letter that has gone all the way."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from signing import appearance, demo_pki, profiles
from signing.demo_pki import Subject
from signing.prepare import Layout, prepare
from signing.profiles import Profile
from signing.sign import fill_number, seal_organisation, sign_person
from signing.validation import Policy, verify
from signing.verdict import Verdict
from tests.signing import papers

PERSON_KEY, AGENCY_KEY = "person-an", "organisation-tinhha"
ISSUED_ON = date(2026, 2, 5)
LAYOUT = Layout(signer_name=papers.PERSON, signer_title=papers.TITLE, year=2026)


@dataclass(frozen=True)
class Issued:
    """The files of each step of issuing."""

    source: Path
    prepared: Path
    signed: Path
    numbered: Path
    sealed: Path


class Bench:
    """Where forged files are judged."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        self.folder, self.profile = folder, profile

    def judge(self, data: bytes, policy: Policy | None = None) -> Verdict:
        """The verdict on a forged file."""
        path = self.file(data)
        return verify(path, self.profile.trust, policy or Policy())

    def file(self, data: bytes, name: str = "forged.pdf") -> Path:
        """Some bytes as a file."""
        path = self.folder / name
        path.write_bytes(data)
        return path


def issue(source: Path, folder: Path, profile: Profile, layout: Layout = LAYOUT) -> Issued:
    """All the steps, each into a file of its own."""
    steps = Issued(source, *(folder / f"{name}.pdf" for name in ("prepared", "signed", "numbered", "sealed")))
    prepare(source, steps.prepared, layout)
    sign_person(steps.prepared, steps.signed, PERSON_KEY, profile, appearance.demo_signature(PERSON_KEY))
    fill_number(steps.signed, steps.numbered, "5", ISSUED_ON)
    seal_organisation(steps.numbered, steps.sealed, AGENCY_KEY, profile, appearance.demo_seal(papers.AGENCY))
    return steps


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration infrastructure with a person and an agency."""
    folder = tmp_path_factory.mktemp("pki") / "demo"
    subjects = (
        Subject(PERSON_KEY, "person", papers.PERSON, papers.AGENCY),
        Subject(AGENCY_KEY, "organisation", papers.AGENCY, papers.AGENCY),
    )
    demo_pki.create(folder, subjects)
    return folder


@pytest.fixture(scope="session")
def profile(pki: Path) -> Profile:
    """The signing profile over those keys."""
    return profiles.load(pki, production=False)


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Issued:
    """A letter, signed, numbered and sealed; nobody changes these files."""
    folder = tmp_path_factory.mktemp("issued")
    return issue(papers.letter(folder / "source.pdf"), folder, profile)


@pytest.fixture
def bench(tmp_path: Path, profile: Profile) -> Bench:
    """A place to forge at."""
    return Bench(tmp_path, profile)
