"""Microsoft 365 through Graph: sign-in, HTTP, calendars, places, people, presence, mail."""

import sys

# httpx imports its command line with it (click, rich, pygments: 5.6 MB and 50 ms of every panel) wherever these are
# installed, and does without where they are not. None in sys.modules says "not there", by the rules of import.
if "httpx" not in sys.modules:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
