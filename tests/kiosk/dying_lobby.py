"""A kiosk that signs a guest in and kills itself before sharing is done: `FOLDER before-outbox|before-note`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from common.clock import ManualClock
from tests.kiosk.register_kit import MONDAY
from tests.kiosk.sharing_kit import Hub, Lobby


async def live(folder: Path, where: str) -> None:
    """Until the end, which comes from this process itself."""
    lobby = Lobby(folder, folder.name, ManualClock(MONDAY))
    await Hub(lobby.clock, [lobby]).give_keys()
    await lobby.sign_in(1)
    if where == "before-note":
        written = lobby.sharing._written

        async def killed(lost: int) -> bool:
            assert await written(lost)
            os.kill(os.getpid(), signal.SIGKILL)
            return True

        lobby.sharing._written = killed  # type: ignore[method-assign]
        await lobby.sharing.turn()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), sys.argv[2]))
