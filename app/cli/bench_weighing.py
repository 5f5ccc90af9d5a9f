"""Signing one file in a process that has imported nothing else: run by `bench signing`, which reads what it weighed."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from signing import appearance, demo_pki, profiles, sign, yardstick
from signing.prepare import PERSON
from signing.profiles import Profile

LOOK = appearance.demo_signature("bench")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def way_of(folder: Path, way: str, source: Path, target: Path) -> Callable[[], object]:
    """Signing a file our way or as the library does it by default; everything is open before it begins."""
    pki = folder / "pki"
    if way == "library":
        library = yardstick.Library(pki / "keys" / "rsa2048.p12", demo_pki.read_secret(pki))
        return partial(library.sign, source, target, PERSON)
    return partial(sign.sign_person, source, target, "rsa2048", unstamped(profiles.load(pki, production=False)), LOOK)


def unstamped(profile: Profile) -> Profile:
    """The same without a time-stamping authority: level B-B."""
    return replace(profile, timestamper=None)


def _peak() -> float:
    """Megabytes; `ru_maxrss` would count what the parent had when it was forked."""
    found = _PEAK.search(Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    place = Path(sys.argv[1])
    way_of(place, sys.argv[2], place / "large.pdf", place / "large-signed.pdf")()
    sys.stdout.write(f"{_peak():.1f}")
