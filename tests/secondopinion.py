"""What other programs say of every file that is signed in a test: poppler of each signature, OpenSSL of each CMS."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from signing import detached, phases
from signing.pending import Pending
from signing.profiles import Profile
from tests.needs import NO_SKIPS, program

WITHOUT_OPINION = ("The signature form field is not signed.", "Signature Field Name: Timestamp-")
"""What poppler says of places for signatures to come, and of time stamps of the whole document."""


_EMPTY = re.compile(rb"/Contents\s*<0{64}")
"""A place that waits for its signature."""


@dataclass(frozen=True)
class Made:
    """A file that was signed: `beside` what it is the signature of, None for a PDF; `roots` lead to its signer."""

    path: Path
    beside: Path | None
    roots: bytes


class Signed:
    """Everything that was signed since the last look, each content once in the life of a process."""

    def __init__(self) -> None:
        self.waiting: list[Made] = []
        self._known: set[str] = set()

    def watch(self, folder: Path) -> None:
        """Keep a copy of whatever the library finishes."""
        phases.finish = self._kept(phases.finish, folder, is_beside=False)
        detached.finish = self._kept(detached.finish, folder, is_beside=True)

    def _kept(self, finish: Callable[..., Any], folder: Path, *, is_beside: bool) -> Callable[..., Any]:
        @wraps(finish)
        def run(source: Path, target: Path, pending: Pending, raw: bytes, profile: Profile) -> Any:
            done = finish(source, target, pending, raw, profile)
            name = sha256(target.read_bytes()).hexdigest()
            if name not in self._known:
                self._known.add(name)
                copy = Path(shutil.copyfile(target, folder / name))
                beside = Path(shutil.copyfile(source, folder / f"{name}.content")) if is_beside else None
                self.waiting.append(Made(copy, beside, _roots(pending, profile)))
            return done

        return run

    def objections(self) -> list[str]:
        """What others have against the files since the last look."""
        made, self.waiting = self.waiting, []
        found = [objection for one in made for objection in objections(one)]
        for one in made:
            one.path.unlink()
            if one.beside is not None:
                one.beside.unlink()
        return found


def objections(made: Made) -> list[str]:
    """What poppler and OpenSSL have against one file; nothing where there are no such programs."""
    if made.beside is not None:
        return _by_openssl(made.path, made.beside, made.roots)
    return [*_by_poppler(made.path), *_of_each_signature(made)]


def in_stores(folder: Path) -> list[str]:
    """What others have against any signed PDF in the stores of deployments below a folder: other processes sign, too.

    Files that wait for their signature, whose place is still empty, are no signed ones.
    """
    found = []
    for pki in sorted(folder.rglob("pki/trust/roots")):
        data = pki.parents[2]
        roots = b"".join(one.read_bytes() for one in sorted(pki.iterdir()))
        for path in sorted(data.glob("files/[0-9a-f][0-9a-f]/*")):
            if _is_signed(path):
                found += [f"{path.name}: {one}" for one in objections(Made(path, None, roots))]
    return found


def _is_signed(path: Path) -> bool:
    data = path.read_bytes()
    return data.startswith(b"%PDF") and b"/ByteRange" in data and _EMPTY.search(data) is None


def _has(name: str) -> bool:
    """Whether a program is there to be asked; where no skip is allowed its absence is a failure."""
    there = program(name) is not None
    assert there or not NO_SKIPS, f"{name} is missing"
    return there


def _by_poppler(path: Path) -> list[str]:
    if not _has("pdfsig"):
        return []
    command = ["pdfsig", "-nocert", "-no-ocsp", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    signatures = said.split("Signature #")[1:]
    doubtful = [one for one in signatures if not any(it in one for it in ("Signature is Valid.", *WITHOUT_OPINION))]
    return [f"pdfsig: {one}" for one in doubtful or ([] if signatures else ["no signature found"])]


def _of_each_signature(made: Made) -> list[str]:
    found = []
    data = made.path.read_bytes()
    with made.path.open("rb") as stream, TemporaryDirectory() as folder:
        for one in PdfFileReader(stream).embedded_regular_signatures:
            start, first, second, length = (int(value) for value in one.byte_range)
            covered, signature = (Path(folder, name) for name in ("covered", "cms"))
            covered.write_bytes(data[start : start + first] + data[second : second + length])
            signature.write_bytes(one.pkcs7_content)
            found += _by_openssl(signature, covered, made.roots)
    return found


def _by_openssl(signature: Path, content: Path, roots: bytes) -> list[str]:
    """`-cades` asks for the attribute that names the signer's certificate; when it was valid is asked elsewhere."""
    if not _has("openssl"):
        return []
    believed = NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 - gone with its name
    believed.write(roots)
    believed.flush()
    command = [
        "openssl",
        "cms",
        "-verify",
        "-cades",
        "-inform",
        "DER",
        "-in",
        signature,
        "-content",
        content,
        "-binary",
    ]
    command += ["-CAfile", believed.name, "-partial_chain", "-purpose", "any", "-no_check_time", "-out", "/dev/null"]
    said = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
    believed.close()
    return [] if said.returncode == 0 else [f"openssl: {said.stderr.strip()}"]


def _roots(pending: Pending, profile: Profile) -> bytes:
    """Whom to believe: the roots of the profile, and the chain that came with the key."""
    chain = [one.public_bytes(Encoding.DER) for one in pending.signer.chain]
    roots = [one.dump() for one in (*profile.trust.roots, *profile.trust.intermediates)]
    return b"".join(pem.armor("CERTIFICATE", one) for one in (*chain, *roots))
