"""`python3 -m app up | test | doctor | tour | bench | web | worker | clock | redis | db`: see README.md.

Standard library only, and words that old Pythons understand: this runs before anything is installed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the message for those who have an older one
    sys.exit("Cần Python 3.11 trở lên. / Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ".")

from app.launcher.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
