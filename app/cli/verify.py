"""`python3 -m app verify FILE…` says of signed files whether they are what was signed, by whom and when.

The same judgement as at arrival and on the public page, in the same limited child, for any file whatever. It needs no
running product and no keys: whom to believe is a folder (`--anchors`), by default the one of this installation.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from app.cli.bpmn.words import sentence
from app.cli.output import say
from app.launcher import configuration
from app.settings import ROOT
from signing import confined, report, trust, validation
from signing.confined import Broken, Budget
from signing.detached import SUFFIX
from signing.errors import SigningNotConfigured, TrustRefused
from signing.fetching import Door
from signing.reasons import Reason
from signing.revocation import RevocationCache
from signing.trust import TrustStore
from signing.verdict import Outcome, SignatureVerdict, Verdict

_MB = 2**20
_BUDGET = Budget(memory=380 * _MB, processor=12, patience=13.0)
"""With what is loaded already, below 500 MB and 15 s for each file."""
_DOOR, _SOURCES, _QUICK = Door(seconds=3.0), 2, 3.0
"""Seconds for one list, how many of them, and seconds that the first judgement and then all lists may take."""
_UNSIGNED = {Reason.NO_SIGNATURE, Reason.NOT_A_PDF}
"""What is said of files whose signature may stand beside them."""
_MARKS = {"valid": "✓", "invalid": "✗", "indeterminate": "?"}
_USAGE = """\
JSON output (--json) is one object on one line for each file, in the order of the files:
  {"file": …, "verdict": "valid" | "invalid" | "indeterminate", "reasons": [code, …],
   "signatures": [{"signer", "organisation", "verdict", "reason", "signed_at", "timestamped", "path", …}, …], …}
A signature beside a file that is no PDF (letter.xlsx, letter.xlsx.p7s) is found by either name.
A file without a signature is "indeterminate" with the reason "verification.no_signature".

exit status: 0 every file is valid, 1 some file is invalid, 2 otherwise.
"""


def main(argv: list[str]) -> int:
    """Judge each file; 0 when all are valid, 1 when one is invalid, else 2."""
    arguments = _parsed(argv)
    try:
        store = _store(arguments.anchors)
    except (SigningNotConfigured, TrustRefused) as error:
        sys.stderr.write(f"✗ {sentence(arguments.lang, error.code, error.data)}\n")
        return 2
    judge = _offline if arguments.offline else _online
    outcomes = set()
    with _cache() as cache:
        for name in arguments.files:
            verdict = judge(name, store, cache)
            outcomes.add(_outcome(verdict))
            told = [json.dumps(_plain(name, verdict))] if arguments.json else _told(name, verdict, arguments.lang)
            _write("\n".join(told))
    return 0 if outcomes == {Outcome.VALID} else 1 if Outcome.INVALID in outcomes else 2


def _parsed(argv: list[str]) -> Namespace:
    parser = ArgumentParser(
        prog="python3 -m app verify", description=__doc__, epilog=_USAGE, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one object on a line for each file, instead of sentences")
    parser.add_argument("--anchors", type=Path, metavar="DIR", help="certificates to believe: a trust folder, or any")
    parser.add_argument("--offline", action="store_true", help="fetch no revocation list, whatever is missing")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    return parser.parse_args(argv)


def _store(anchors: Path | None) -> TrustStore:
    """Whom to believe; nobody where this machine was never told. Errors: SigningNotConfigured, TrustRefused."""
    production = configuration.is_production(os.environ)
    if anchors is not None:
        return trust.anchored(anchors, production=production)
    own = _installed() / "trust"
    return trust.load(own, production=production) if own.is_dir() else trust.NOBODY


def _installed() -> Path:
    return Path(os.environ.get("EOFFICE_DATA") or ROOT / "var") / "pki"


@contextmanager
def _cache() -> Iterator[RevocationCache]:
    """The lists that this installation has fetched; where there is none, a folder for this one call."""
    own = _installed() / "revocation"
    if own.is_dir():
        yield RevocationCache(own, _DOOR)
        return
    with tempfile.TemporaryDirectory(prefix="eoffice-verify-") as folder:
        yield RevocationCache(Path(folder), _DOOR)


def _offline(name: str, store: TrustStore, cache: RevocationCache) -> Verdict:
    return _judged(name, cache.known(store))


def _online(name: str, store: TrustStore, cache: RevocationCache) -> Verdict:
    """The verdict; judged once more when a trusted certificate says where the list is that was missing."""
    begun = monotonic()
    found = _offline(name, store, cache)
    missing = [one for one in found.signatures if one.reason == Reason.REVOCATION_UNKNOWN]
    sources = [url for one in missing for url in one.particulars.sources][:_SOURCES]
    quick = monotonic() - begun < _QUICK
    return (
        _offline(name, store, cache) if quick and sources and cache.refresh(store, sources, _QUICK).renewed else found
    )


def _judged(name: str, store: TrustStore) -> Verdict:
    """The verdict on whatever stands under a name."""
    source, beside = (Path(name[: -len(SUFFIX)]), Path(name)) if name.endswith(SUFFIX) else _pair(name)
    try:
        found = confined.verify(source, store, validation.DEFAULT, _BUDGET)
        apart = not found.signatures and set(found.reasons) <= _UNSIGNED and beside.is_file()
        return confined.verify_file(source, beside, store, _BUDGET) if apart else found
    except (FileNotFoundError, NotADirectoryError):
        return _unread(Reason.FILE_MISSING)
    except (OSError, ValueError):
        return _unread(Reason.FILE_UNREADABLE)
    except Broken:
        return _unread(Reason.VERIFIER_FAILED)


def _pair(name: str) -> tuple[Path, Path]:
    return Path(name), Path(name + SUFFIX)


def _unread(reason: Reason) -> Verdict:
    return Verdict(Outcome.INDETERMINATE, (reason.value,), (), (), "", 0, 0, datetime.now(UTC))


def _outcome(verdict: Verdict) -> Outcome:
    return Outcome.INDETERMINATE if verdict.outcome is Outcome.UNSIGNED else verdict.outcome


def _plain(name: str, verdict: Verdict) -> dict[str, Any]:
    told = report.document_dict(replace(verdict, outcome=_outcome(verdict)))
    return {"file": name, "verdict": told.pop("outcome"), **told}


def _told(name: str, verdict: Verdict, language: str) -> list[str]:
    outcome = _outcome(verdict)
    lines = [f"{_MARKS[outcome]} {name}: {sentence(language, f'verification.outcome.{outcome}', {})}"]
    lines += [f"    {sentence(language, reason, {})}" for reason in verdict.reasons]
    for one in verdict.signatures:
        lines += [f"  {line}" for line in _signature(one, language)]
    return lines


def _signature(one: SignatureVerdict, language: str) -> list[str]:
    def put(code: str, **data: Any) -> str:
        return sentence(language, f"verification.{code}", data)

    proven = "proven" if one.timestamped else "claimed"
    when = "—" if one.signed_at is None else one.signed_at.astimezone().strftime("%d/%m/%Y %H:%M:%S %z")
    lines = [f"{_MARKS[one.verdict]} {put('line.signer', signer=one.signer, organisation=one.organisation)}"]
    lines.append(f"  {put(f'line.time.{proven}', time=when)}")
    lines.append(f"  {put('line.change', change=put(f'change.{one.modified_after}'))}")
    if one.particulars.path:
        lines.append(f"  {put('line.path', path=' → '.join(one.particulars.path))}")
    codes = [*([one.reason] if one.reason else []), *one.particulars.remarks]
    return lines + [f"  {sentence(language, code, {})}" for code in codes]


def _write(text: str) -> None:
    """Names of files may hold anything, and so may the names that strangers give themselves."""
    clean = "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)
    say(clean)
