"""Restarts the app, the agent and the unit, through systemd and logind (polkit's rule allows it).

What may end the agent itself is recognised after the next start by a mark: a start time of systemd, or the boot id.
"""

from __future__ import annotations

import asyncio

from common.errors import MyDeskError
from telemetry.child import ChildError, run_child

TIMEOUT_S = 45.0
_SHOWN = "--property=ExecMainStartTimestampMonotonic,MainPID"


class PowerControl:
    """`app_service` and `agent_service` are systemd units; `start` is an id of this start of the agent."""

    def __init__(
        self,
        app_service: str,
        *,
        boot: str,
        start: str,
        agent_service: str = "mydesk-agent.service",
        systemctl: str = "systemctl",
    ) -> None:
        self._app_service = app_service
        self._agent_service = agent_service
        self._boot = boot
        self._start = start
        self._systemctl = systemctl

    async def restart_app(self) -> None:
        """Raises ChildError: systemd refuses, or the app does not come up."""
        await self._run("restart", self._app_service)

    async def restart_agent(self) -> None:
        """Does not return: this process ends. Raises ChildError."""
        await self._run("restart", "--no-block", self._agent_service)
        await asyncio.Event().wait()

    async def reboot(self) -> None:
        """Does not return: the unit goes down. Raises ChildError."""
        await self._run("reboot", "--no-wall")
        await asyncio.Event().wait()

    def boot_mark(self) -> str:
        return self._boot

    async def booted_anew(self, mark: str) -> bool:
        """Whether the unit has booted since `mark`."""
        return mark != self._boot

    async def start_mark(self, what: str) -> str:
        """Which start of the app or the agent it is that runs now. Raises ChildError."""
        return f"agent {self._start}" if what == "agent" else f"app {self._boot} {await self._app_start()}"

    async def started_anew(self, mark: str) -> bool:
        """Whether what `mark` is of has started since. Raises ChildError."""
        what = mark.partition(" ")[0]
        return mark != await self.start_mark(what)

    async def _app_start(self) -> str:
        shown = await self._run("show", _SHOWN, self._app_service)
        return " ".join(shown.split())

    async def _run(self, *words: str) -> str:
        try:
            return (await run_child(self._systemctl, "--no-ask-password", *words, timeout_s=TIMEOUT_S)).text
        except ChildError as error:
            raise PowerError(error.message, hint="May mydesk-agent do that? See polkit's rule of mydesk.") from error


class PowerError(MyDeskError):
    """Error raised when systemd or logind does not do what it was asked."""
