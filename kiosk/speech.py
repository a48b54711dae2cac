"""Speech mode: texts read aloud by espeak-ng over the audio jack. What is said may name a guest: nothing is logged.

espeak-ng (GPL) runs as a process of its own, with the text on its standard input: it appears in no list of processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from ui.typeface import clean

log = logging.getLogger(__name__)

COMMAND = "espeak-ng"
VOICES = {"da": "da", "en": "en-gb", "es": "es"}
MAX_LETTERS = 800
"""About a minute; what is longer is cut after a sentence."""
WORDS_PER_MIN = 150
LONGEST_S = 90.0
END_S = 2.0
MAX_REASON_BYTES = 4000


class Speech:
    """One utterance at a time; a new one cuts the one before. Runs in the asyncio loop and never blocks it.

    speech = Speech(device=config.accessibility.speech_device)
    if not speech.available: log.warning(speech.problem)
    speech.say("Velkommen", "da"); speech.stop(); await speech.close()

    `wav_file` writes there instead of to the audio device, for tests and where there is none.
    """

    def __init__(self, *, device: str = "", command: str = COMMAND, wav_file: Path | None = None) -> None:
        self._program = shutil.which(command)
        self._command, self._device, self._wav_file = command, device, wav_file
        self._process: asyncio.subprocess.Process | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._complained = False
        self.problem = "" if self._program else f"{command} is not installed: speech is off. Run: apt install {command}"
        """Why nothing is heard, and what to do; "" when all is well."""

    @property
    def available(self) -> bool:
        """Whether texts can be spoken."""
        return self._program is not None

    @property
    def speaking(self) -> bool:
        """Whether something is being said."""
        return self._speaking is not None and not self._speaking.done()

    def say(self, text: str, language: str) -> None:
        """Say `text`, which cuts what is being said; nothing to say only cuts."""
        self.stop()
        words = spoken(text)
        if self._program is None or not words:
            return
        self._speaking = asyncio.get_running_loop().create_task(self._utter(words, language))
        self._tasks.add(self._speaking)
        self._speaking.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Be silent."""
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    async def finished(self) -> None:
        """Wait until what is being said is said, or cut."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Be silent, and let no process remain."""
        self.stop()
        await self.finished()

    def arguments(self, language: str) -> Sequence[str]:
        """Of espeak-ng; the text is not among them."""
        found = ["--stdin", "-v", VOICES.get(language, VOICES["en"]), "-s", str(WORDS_PER_MIN), "-b", "1"]
        if self._wav_file is not None:
            return [*found, "-w", str(self._wav_file)]
        return [*found, "-d", self._device] if self._device else found

    async def _utter(self, words: str, language: str) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                self._program or self._command,
                *self.arguments(language),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            self._complain(f"{self._command} cannot be started ({error.strerror}): speech is off.")
            return
        try:
            async with asyncio.timeout(LONGEST_S):
                reason = await _feed(process, words)
            if process.returncode:
                self._complain(f"{self._command} ended with {process.returncode}: {reason or 'no reason given'}.")
        except TimeoutError:
            self._complain(f"{self._command} spoke for more than {LONGEST_S:.0f} s and was ended.")
        finally:
            await _end(process)

    def _complain(self, problem: str) -> None:
        """Once: it would be said again at every page."""
        self.problem = f"{problem} Check the audio device with: aplay -l"
        if not self._complained:
            self._complained = True
            log.warning("%s", self.problem)


def spoken(text: str) -> str:
    """`text` on one line, without control characters, cut after a sentence if it is too long."""
    words = clean(text)
    if len(words) <= MAX_LETTERS:
        return words
    head = words[:MAX_LETTERS]
    end = max(head.rfind(". "), head.rfind("? "), head.rfind("! "))
    return head[: end + 1] if end > 0 else head.rpartition(" ")[0] or head


async def _feed(process: asyncio.subprocess.Process, words: str) -> str:
    """Hand over the text and wait for the end; returns the first line of what went wrong."""
    if process.stdin is None or process.stderr is None:
        raise RuntimeError("espeak-ng was started without pipes")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(words.encode() + b"\n")
        await process.stdin.drain()
        process.stdin.close()
    said = await process.stderr.read(MAX_REASON_BYTES)
    await process.wait()
    return next(iter(said.decode(errors="replace").splitlines()), "")


async def _end(process: asyncio.subprocess.Process) -> None:
    """No process of ours remains, also when we were cancelled meanwhile."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()
