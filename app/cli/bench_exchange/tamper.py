"""Bundles of every kind, with one bit changed at a time: the verifier must reject each of them."""

import random
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from uuid import UUID

from app.cli.bench_engine import Result
from app.cli.kit.letters import a_pdf
from interchange import bundle, keys, receipts
from interchange.bundle import Known, Listed, Received, Sent
from interchange.envelope import Envelope, FileSent
from interchange.receipts import Receipt, Statement
from interchange.verify_receipts import Broken, verified

KINDS: dict[str, tuple[tuple[str, ...], int, bool]] = {
    "delivered": (("01",), 1, False),
    "registered": (("01", "03"), 1, False),
    "done": (("01", "03", "04", "05", "06"), 1, False),
    "refused": (("01", "02"), 1, False),
    "recalled": (("01", "03"), 1, True),
    "several files": (("01", "03", "04"), 4, False),
}
"""The receipts of each kind, how many files it has, and whether it was recalled."""
WHOLE = ("delivered",)
"""Kinds of which every bit of every file is tried; of the others so many of each file."""
SAMPLE = 1000
SENDER, RECIPIENT = "huyen-a", "xa-b"
AT = "2026-01-05T08:00:00.000+00:00"
FACTS = {
    "document_type": "cong_van",
    "subject": "Về việc kiểm thử",
    "number": 1,
    "notation": "UBND",
    "issued_on": "2026-01-05",
}


@dataclass
class _Writer:
    """Writes one kind of bundle, with keys of its own."""

    dice: random.Random
    sender: bytes
    recipient: bytes

    def write(self, folder: Path, codes: Sequence[str], number: int, *, recalled: bool) -> None:
        """A folder as it is exported."""
        folder.mkdir(parents=True)
        files = [(f"files/{i}.pdf", a_pdf(f"Van ban {i} {self.dice.random()}")) for i in range(number)]
        sent = tuple(
            FileSent(Path(name).name, sha256(data).hexdigest(), len(data), 1, "attachment" if i else "main", i)
            for i, (name, data) in enumerate(files)
        )
        letter = self._envelope("new", sent)
        chain = self._chain(letter, codes)
        messages = [Sent(letter.manifest, [Received(RECIPIENT, chain)])]
        if recalled:
            wish = self._envelope("recall", (), relates_to=letter.message_id)
            asked = self._signed(wish, "13", 0, chain[-1].sha256, self.sender)
            messages.append(Sent(wish.manifest, [Received(RECIPIENT, self._chain(wish, ("01", "15")), asked)]))
        files += [("record.json", b'{"register":[]}'), (bundle.VERIFIER.name, bundle.VERIFIER.read_bytes())]
        for name, data in files:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        listed = [Listed(name, sha256(data).hexdigest(), len(data)) for name, data in files]
        known = [self._known(SENDER, self.sender), self._known(RECIPIENT, self.recipient)]
        (folder / bundle.NAME).write_bytes(
            bundle.built(SENDER, self.sender, AT, messages=messages, known=known, files=listed)
        )

    def _envelope(self, kind: str, files: tuple[FileSent, ...], relates_to: str = "") -> Envelope:
        name = str(UUID(int=self.dice.getrandbits(128), version=4))
        return Envelope(name, SENDER, RECIPIENT, FACTS, files, kind=kind, relates_to=relates_to)

    def _chain(self, letter: Envelope, codes: Iterable[str]) -> list[Receipt]:
        chain: list[Receipt] = []
        for number, code in enumerate(codes):
            previous = chain[-1].sha256 if chain else letter.manifest_sha256
            chain.append(self._signed(letter, code, number, previous, self.recipient))
        return chain

    def _signed(self, letter: Envelope, code: str, number: int, previous: str, private: bytes) -> Receipt:
        statement = Statement(
            receipt_id=str(UUID(int=self.dice.getrandbits(128), version=4)),
            sender=SENDER,
            message_id=letter.message_id,
            manifest_sha256=letter.manifest_sha256,
            recipient=RECIPIENT,
            code=code,
            at=AT,
            by="Văn thư",
            signer=SENDER if private == self.sender else RECIPIENT,
            sequence=number,
            previous=previous,
            files=letter.files if code == "01" else (),
        )
        return receipts.sign(statement, private)

    @staticmethod
    def _known(agency: str, private: bytes) -> Known:
        return Known(agency, b64encode(keys.public(private)).decode(), "")


def results(folder: Path) -> Iterator[Result]:
    """How many changes were tried, and how many of a hundred were rejected."""
    dice = random.Random(6)  # noqa: S311 - the same corpus each time
    tried = accepted = 0
    for kind, (codes, number, recalled) in KINDS.items():
        place = folder / kind.replace(" ", "-")
        _Writer(dice, keys.generate(), keys.generate()).write(place, codes, number, recalled=recalled)
        verified(place)
        for path in sorted(one for one in place.rglob("*") if one.is_file()):
            outcomes = [_is_accepted(place, path, bit) for bit in _bits(path, dice, whole=kind in WHOLE)]
            tried, accepted = tried + len(outcomes), accepted + sum(outcomes)
        verified(place)
    name = f"{tried} single bits of {len(KINDS)} bundles changed, one at a time: rejected"
    yield Result(name, round((tried - accepted) / tried * 100, 6), "%", 100.0, at_least=True)


def _bits(path: Path, dice: random.Random, *, whole: bool) -> Iterable[int]:
    every = path.stat().st_size * 8
    return range(every) if whole else islice(iter(lambda: dice.randrange(every), -1), min(SAMPLE, every))


def _is_accepted(folder: Path, path: Path, bit: int) -> bool:
    """Whether the verifier takes a bundle with one bit of one file changed; the file is as it was afterwards."""
    with path.open("r+b", buffering=0) as file:
        file.seek(bit // 8)
        [byte] = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))
        try:
            verified(folder)
        except Broken:
            return False
        finally:
            file.seek(bit // 8)
            file.write(bytes([byte]))
    return True
