"""The three steps of issuing a document (NĐ 30/2020, Điều 13, 15, 17 and Phụ lục I), each in one go.

1. `sign_person`: the person with authority signs; a certification that lets only empty fields be filled (P=2).
2. `fill_number`: number, day and month go into their fields; the personal signature stays valid.
3. `seal_organisation`: the agency signs, its seal over a third of the personal one; nothing may change after (P=1).

Each step reads one file and writes another in constant memory, so a step that failed is simply run again. Where the key
is not at hand, or a raw signature must outlive a silent authority, the same is done by `signing.phases`. The functions
run an event loop of their own and must not be called inside one.
"""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path

from signing import phases, steps
from signing.appearance import Appearance
from signing.cases import Case
from signing.errors import SigningRefused
from signing.filling import fill
from signing.phases import Signed, Wish
from signing.prepare import DAY, MONTH, NUMBER
from signing.profiles import Profile
from signing.source import written

_MARCH = 3
_NUMBER = re.compile(r"\d{1,9}[A-Za-zĐđ]{0,3}")


def sign_person(source: Path, target: Path, key_id: str, profile: Profile, appearance: Appearance) -> Signed:
    """Certify the prepared document with a person's key, level PAdES B-T.

    Errors: SigningRefused("source.*" | "key.*" | "order.*"), SigningUnavailable (try again).
    """
    return _sign(source, target, Wish(Case.PERSON, appearance), key_id, profile)


def fill_number(source: Path, target: Path, number: str, issued_on: date) -> None:
    """Write number, day and month into their fields; `number` as printed ("05", "15a").

    A number below 10 gets a leading 0, so do a day below 10 and the months 1 and 2 (NĐ 30/2020, Phụ lục I).
    Errors: SigningRefused("order.*" | "number.bad" | "source.*").
    """
    if not _NUMBER.fullmatch(number):
        raise SigningRefused("number.bad")
    with phases.opened(source) as writer, written(target):
        done = steps.read(writer)
        if not done.person:
            raise SigningRefused("order.number_before_person")
        if done.sealed:
            raise SigningRefused("order.already_sealed")
        if done.numbered:
            raise SigningRefused("order.already_numbered")
        month = f"{issued_on.month:02d}" if issued_on.month < _MARCH else str(issued_on.month)
        for name, text in ((NUMBER, number.zfill(2)), (DAY, f"{issued_on.day:02d}"), (MONTH, month)):
            fill(writer, name, text)
        with target.open("wb") as output:
            writer.write(output)


def seal_organisation(source: Path, target: Path, key_id: str, profile: Profile, appearance: Appearance) -> Signed:
    """Sign with the agency's key and lock the document: B-LTA when everything verifies offline, else B-T.

    Errors: SigningRefused("source.*" | "key.*" | "order.*"), SigningUnavailable (try again).
    """
    return _sign(source, target, Wish(Case.ORGANISATION, appearance), key_id, profile)


def _sign(source: Path, target: Path, wish: Wish, key_id: str, profile: Profile) -> Signed:
    key = profile.keystore.key(key_id)
    with tempfile.TemporaryDirectory(prefix="signing-", dir=target.parent) as folder:
        prepared = Path(folder) / "prepared.pdf"
        pending = phases.begin(source, prepared, wish, key, profile)
        return phases.finish(prepared, target, pending, key.sign([pending.to_sign])[0], profile)
