"""A letter that goes the whole way with two keys of any kind, and what another reader says of it."""

import subprocess
from pathlib import Path

from signing.appearance import Appearance, demo_seal, demo_signature
from signing.prepare import prepare
from signing.profiles import Profile
from signing.sign import fill_number, seal_organisation, sign_person
from tests.needs import program
from tests.signing import papers
from tests.signing.conftest import ISSUED_ON, LAYOUT

BLUE = Appearance(demo_signature("an").image)
RED = Appearance(demo_seal(papers.AGENCY).image)


def signed(folder: Path, person: Profile) -> Path:
    """A letter with the signature of a person, whose key the profile has."""
    source, prepared, target = (folder / f"{name}.pdf" for name in ("source", "prepared", "signed"))
    prepare(papers.letter(source), prepared, LAYOUT)
    sign_person(prepared, target, "person", person, BLUE)
    return target


def sealed(folder: Path, person: Profile, agency: Profile) -> Path:
    """A letter that was signed, numbered and sealed."""
    numbered, target = folder / "numbered.pdf", folder / "sealed.pdf"
    fill_number(signed(folder, person), numbered, "5", ISSUED_ON)
    seal_organisation(numbered, target, "agency", agency, RED)
    return target


def valid_for_poppler(path: Path) -> int:
    """How many signatures pdfsig calls valid."""
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    return said.count("Signature is Valid.")


def poppler_agrees(path: Path, count: int) -> bool:
    """Whether pdfsig calls so many signatures valid; where there is none, nobody disagrees."""
    return program("pdfsig") is None or valid_for_poppler(path) == count
