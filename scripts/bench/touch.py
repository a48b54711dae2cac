"""From a finger on the glass to the first frame that shows it, on a screen at rest: `scripts/bench/run touch`."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time

from roomdisplay import preview
from roomdisplay.glass import Glass
from roomdisplay.state import Kind
from ui.pace import LINGER_S, RESTING_S
from ui.serving import keep_what_is_there


async def measure(times: int) -> list[float]:
    """Seconds from touch-down to the next flip, at random moments of the frame."""
    config = preview.configuration((1280, 800), "da", "red")
    glass = Glass(config.screen, lambda action: None, offscreen=True)
    glass.show(preview.view(Kind.FREE, config))
    running = asyncio.create_task(glass.run(keep_what_is_there))
    await glass.first_frame.wait()
    await asyncio.sleep(1)
    found = [await _one(glass) for _ in range(times)]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return found


async def _one(glass: Glass) -> float:
    from tests.ui_kit.touch import Finger

    await asyncio.sleep(LINGER_S + random.random() * RESTING_S)
    loop = glass._loop
    assert loop is not None
    button = next(one for one in loop.root.walk() if getattr(one, "action", None))
    before = glass.frames
    finger = Finger(loop.window)
    began = time.perf_counter()
    glass.touched()
    finger.down(*button.center)
    while glass.frames == before:  # noqa: ASYNC110 - what is timed is the flip, whoever draws it
        await asyncio.sleep(0.0005)
    took_s = time.perf_counter() - began
    finger.move(button.center_x, button.top + 300)  # slides off: a tap would keep the button down for a while
    finger.up()
    return took_s


def main() -> None:
    """Print the percentiles."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run touch", description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    times_ms = sorted(seconds * 1000 for seconds in asyncio.run(measure(parser.parse_args().times)))
    at = {name: round(times_ms[int(share * (len(times_ms) - 1))], 1) for name, share in (("p50", 0.5), ("p99", 0.99))}
    print(json.dumps({"times": len(times_ms), **{f"{name}_ms": value for name, value in at.items()}}))


if __name__ == "__main__":
    main()
