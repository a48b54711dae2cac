"""Speech mode with the real espeak-ng, into WAV files; and without it, which is said."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import wave
from pathlib import Path

import pytest

from kiosk.speech import COMMAND, MAX_LETTERS, Speech, spoken

needs_espeak = pytest.mark.skipif(shutil.which(COMMAND) is None, reason="espeak-ng is not installed")


def seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() / sound.getframerate()


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("da", "Velkommen til Nordhavn, Søren Ærø"),
        ("en", "Welcome to Nordhavn"),
        ("es", "¿A quién visita, señor Núñez?"),
    ],
)
def test_every_language_is_heard(language: str, text: str, tmp_path: Path) -> None:
    async def run() -> None:
        speech = Speech(wav_file=tmp_path / "said.wav")
        speech.say(text, language)
        assert speech.speaking
        await speech.finished()
        assert (speech.speaking, speech.problem) == (False, "")
        await speech.close()

    asyncio.run(run())
    assert seconds(tmp_path / "said.wav") > 0.8


@needs_espeak
def test_what_is_said_is_in_no_list_of_processes() -> None:
    arguments = Speech(device="plughw:0").arguments("da")
    assert arguments == ["--stdin", "-v", "da", "-s", "150", "-b", "1", "-d", "plughw:0"]


def recorder(folder: Path) -> str:
    """A program in the place of espeak-ng that notes its process and never ends by itself."""
    program = folder / "speaker"
    program.write_text(
        f'#!/bin/sh\necho $$ >> "{folder}/started"\nread words\necho "$words" >> "{folder}/words"\nexec sleep 60\n'
    )
    program.chmod(0o755)
    return str(program)


def noted(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def lines(path: Path, count: int) -> list[str]:
    """The lines of a file, when there are so many."""
    async with asyncio.timeout(10):
        while len(noted(path)) < count:
            await asyncio.sleep(0.01)
    return noted(path)


def alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def test_a_new_utterance_cuts_the_old_and_close_leaves_no_process(tmp_path: Path) -> None:
    async def run() -> None:
        speech = Speech(command=recorder(tmp_path))
        speech.say("one", "en")
        await lines(tmp_path / "words", 1)
        speech.say("two\x07\n; rm -rf", "en")
        assert (await lines(tmp_path / "words", 2))[1] == "two ; rm -rf"
        first, second = await lines(tmp_path / "started", 2)
        async with asyncio.timeout(5):
            while alive(first):
                await asyncio.sleep(0.01)
        assert alive(second)
        await speech.close()
        assert not alive(second)

    asyncio.run(run())


def test_saying_never_blocks_the_loop_and_keeps_no_queue(tmp_path: Path) -> None:
    async def run() -> None:
        speech = Speech(command=recorder(tmp_path))
        start = time.perf_counter()
        for number in range(200):
            speech.say(f"page {number}", "en")
        assert time.perf_counter() - start < 0.2
        assert (await lines(tmp_path / "words", 1))[-1] == "page 199"
        speech.say("", "en")
        assert not speech.speaking
        await speech.close()
        assert not any(alive(pid) for pid in noted(tmp_path / "started"))

    asyncio.run(run())


def test_without_espeak_speech_is_off_and_says_so() -> None:
    speech = Speech(command="no-such-speaker")
    assert not speech.available
    assert "apt install" in speech.problem
    speech.say("Velkommen", "da")
    assert not speech.speaking


def test_a_device_that_fails_is_told_once_without_what_was_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = tmp_path / "speaker"
    program.write_text("#!/bin/sh\necho 'no audio device' >&2\nexit 1\n")
    program.chmod(0o755)

    async def run() -> str:
        speech = Speech(command=str(program))
        for _ in range(3):
            speech.say("Søren Ærø", "da")
            await speech.finished()
        await speech.close()
        return speech.problem

    problem = asyncio.run(run())
    assert "no audio device" in problem
    assert "aplay" in problem
    assert len(caplog.records) == 1
    assert "Søren" not in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("  a\tb\n\x00c ", "a b c"),
        ("Kort. " * 10, ("Kort. " * 10).strip()),
        ("x" * 2000, "x" * MAX_LETTERS),
        ("Ord og ord. " * 200, ("Ord og ord. " * 66).strip()),
    ],
)
def test_what_is_said_is_bounded_and_clean(text: str, said: str) -> None:
    assert spoken(text) == said
