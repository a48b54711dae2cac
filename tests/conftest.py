"""Where nothing may be skipped (CI), a test that needs root or a server and does not get it fails the run.

No test is timed: a machine that does other work too makes any one example slow (deadlines of hypothesis).
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """MYDESK_NO_SKIPS=1 turns skipped tests into a failure of the whole run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("MYDESK_NO_SKIPS"):
        return
    for report in reporter.stats.get("skipped", []):
        reporter.write_line(f"skipped, which is a failure here: {report.nodeid} {report.longrepr}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
