"""The child that reads edXML of strangers: `python -m app.gateways.edxml_child FILE FOLDER BYTES`.

What the file says goes to standard output as JSON; what is wrong stands in the last line of standard error.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from app.gateways import edxml
from interchange.edxml import plain, reader
from interchange.edxml.limits import DEFAULT
from interchange.errors import ExchangeRefused

_LONGEST = 100


def main(arguments: list[str]) -> int:
    """Read one file inside the limits."""
    name, folder, size = arguments
    largest = int(size)
    edxml.limit(largest)
    try:
        with Path(name).open("rb") as source:
            told = plain.as_json(reader.read(source, Path(folder), replace(DEFAULT, size=largest, unpacked=largest)))
    except ExchangeRefused as refusal:
        what = "".join(letter for letter in str(refusal.data.get("what", "")) if letter.isprintable())[:_LONGEST]
        sys.stderr.write(f"{refusal.code} {what}".strip() + "\n")
        return 1
    except MemoryError:
        sys.stderr.write("edxml.costly\n")
        return 1
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
