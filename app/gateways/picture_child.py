"""The child that opens pictures of strangers: `python -m app.gateways.picture_child FILE signature|seal [tint]`.

The clean picture goes to standard output; what is wrong stands in the last line of standard error.
"""

import resource
import sys
from pathlib import Path

from signing import image
from signing.errors import SigningRefused

PROCESSOR_SECONDS = 15
MEMORY = 1024 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Clean one picture inside the limits."""
    for kind, most in (
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    name, what, tint = arguments
    with Path(name).open("rb") as file:
        data = file.read(image.LARGEST_FILE + 1)
    try:
        sys.stdout.buffer.write(image.clean(data, what, tint=bool(tint)).png)
    except SigningRefused as refusal:
        colour = refusal.data.get("colour")
        sys.stderr.write(f"{refusal.code}_{colour}\n" if colour else f"{refusal.code}\n")
        return 1
    except MemoryError:
        sys.stderr.write("appearance.too_large\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
