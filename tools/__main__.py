"""`python -m tools COMMAND` in the root of the repository; `--help` lists them."""

import sys

# Any Python can read this file, so that one that is too old can say so.
if sys.version_info < (3, 7):
    sys.exit(
        "The course needs Python 3.11 or newer; install one (from python.org or your "
        "system's packages), then run the same command with it."
    )

from tools import commands

sys.exit(commands.main())
