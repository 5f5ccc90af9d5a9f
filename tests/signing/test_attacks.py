"""The published ways to forge signed files, each on files with one signature and with two: none is called valid."""

from pathlib import Path

import pikepdf
import pytest

from signing import appearance
from signing.prepare import prepare
from signing.sign import sign_person
from signing.verdict import Outcome
from tests.signing import forging, papers
from tests.signing.attacks import ATTACKS, SHADOWS, listing
from tests.signing.attacks.target import Target
from tests.signing.conftest import LAYOUT, PERSON_KEY, Bench, Issued

BLUE = appearance.demo_signature(PERSON_KEY)


def test_there_are_enough_of_them() -> None:
    assert 2 * len(ATTACKS) + len(SHADOWS) >= 60


@pytest.mark.parametrize("step", ["signed", "sealed"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_called_valid(attack: str, step: str, issued: Issued, bench: Bench) -> None:
    data = getattr(issued, step).read_bytes()

    forged = ATTACKS[attack](Target(data, bench.folder, bench.profile))

    assert forged != data
    found = bench.judge(forged)
    assert found.outcome is not Outcome.VALID
    assert found.reasons


@pytest.mark.parametrize("step", ["signed", "sealed"])
def test_one_more_certificate_for_the_archive_is_no_attack(step: str, issued: Issued, bench: Bench) -> None:
    target = Target(getattr(issued, step).read_bytes(), bench.folder, bench.profile)

    assert [bench.judge(one).outcome for one in listing.honest(target)] == [Outcome.VALID, Outcome.VALID]


@pytest.mark.parametrize("name", SHADOWS)
def test_no_shadow_is_called_valid(name: str, bench: Bench) -> None:
    shadow, source = SHADOWS[name], papers.letter(bench.folder / "source.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        shadow.before(pdf)
        pdf.save(source)
    signed = signed_as_it_is(source, bench)

    forged = (
        forging.revised(signed.read_bytes(), shadow.after) if name != "layers: one was off" else signed.read_bytes()
    )

    assert bench.judge(forged).outcome is not Outcome.VALID


def signed_as_it_is(source: Path, bench: Bench) -> Path:
    """A file signed by somebody whose program takes what it gets."""
    prepared, signed = bench.folder / "prepared.pdf", bench.folder / "signed.pdf"
    prepare(source, prepared, LAYOUT)
    sign_person(prepared, signed, PERSON_KEY, bench.profile, BLUE)
    return signed
