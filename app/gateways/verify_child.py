"""The child that judges a stranger's file for the public page, so that the pages of the office carry no verifier.

    python -m app.gateways.verify_child SOURCE TRUST [production]

It answers in JSON (see `signing.evidence`) and ends with 0, or names what is wrong in the last line of standard error.
"""

import json
import sys
from pathlib import Path

from signing import confined, trust
from signing.errors import SigningError
from signing.evidence import evidence
from signing.revocation import RevocationCache


def main(arguments: list[str]) -> int:
    """Judge one file; the verifier itself has a child with little memory and little time."""
    source, anchors, *rest = arguments
    try:
        believed = trust.load(Path(anchors), production=rest == ["production"])
        believed = RevocationCache(Path(anchors).parent / "revocation").known(believed)
        found = evidence(confined.verify(Path(source), believed), believed)
    except SigningError as refusal:
        sys.stderr.write(f"{refusal.code}\n")
        return 1
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
