"""`python3 -m app COMMAND`: what there is stands in `app.launcher.main`, and is said by `python3 -m app help`.

Standard library only, and words that old Pythons understand: this runs before anything is installed.
"""

import importlib
import sys

OLDEST = (3, 11)


def main() -> int:
    """Refuse an old Python in words, not with a syntax error of the launcher; then hand over to it."""
    if sys.version_info[:2] < OLDEST:
        found = "{}.{}".format(*sys.version_info)
        sys.stderr.write("Cần Python 3.11 trở lên; máy này đang dùng Python " + found + " (" + sys.executable + ").\n")
        sys.stderr.write("Python 3.11 or newer is needed; this is Python " + found + ". On Debian 12, Ubuntu 24.04 or ")
        sys.stderr.write("newer: sudo apt install python3 python3-venv\n")
        return 1
    return int(importlib.import_module("app.launcher.main").main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
