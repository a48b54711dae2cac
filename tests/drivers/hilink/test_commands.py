"""Commands against the examples of the manuals, their limits, and the conversation that carries them."""

from collections.abc import Callable

import pytest

from drivers.errors import DeviceProtocolError, DeviceSilent, UsageError
from drivers.hilink import commands
from drivers.hilink.acks import Ack
from drivers.hilink.protocol import Command, ConfigOpened, LightMode, Zone, ZoneMode
from drivers.hilink.session import ACK_S, PAUSE_S, Session

BODIES = [
    (commands.open_config(), "FF00 0100"),
    (commands.close_config(), "FE00"),
    (commands.set_range(8, 8, 5), "6000 0000 08000000 0100 08000000 0200 05000000"),
    (commands.set_range(2, 3, 65535), "6000 0000 02000000 0100 03000000 0200 FFFF0000"),
    (commands.read_parameters(), "6100"),
    (commands.engineering(on=True), "6200"),
    (commands.engineering(on=False), "6300"),
    (commands.set_sensitivity(3, 40, 40), "6400 0000 03000000 0100 28000000 0200 28000000"),
    (commands.set_sensitivity(None, 40, 40), "6400 0000 FFFF0000 0100 28000000 0200 28000000"),
    (commands.set_sensitivity(1, 100, 0), "6400 0000 01000000 0100 64000000 0200 00000000"),
    (commands.read_firmware(), "A000"),
    (commands.set_baud(256000), "A100 0700"),
    (commands.set_baud(115200), "A100 0500"),
    (commands.factory_reset(), "A200"),
    (commands.restart(), "A300"),
    (commands.bluetooth(on=True), "A400 0100"),
    (commands.bluetooth(on=False), "A400 0000"),
    (commands.read_mac(), "A500 0100"),
    (commands.bluetooth_login(), "A800 48694C696E6B"),
    (commands.bluetooth_password("HiLink"), "A900 48694C696E6B"),
    (commands.set_resolution(20), "AA00 0100"),
    (commands.set_resolution(75), "AA00 0000"),
    (commands.read_resolution(), "AB00"),
    (commands.set_light_function(LightMode.BELOW, 0x60, out_idle_high=False), "AD00 01 60 0000"),
    (commands.read_light_function(), "AE00"),
    (commands.track(multi=False), "8000"),
    (commands.track(multi=True), "9000"),
    (commands.read_tracking(), "9100"),
    (commands.read_zones(), "C100"),
    (commands.set_zones(ZoneMode.EXCLUDE, Zone(1000, 1000, -1000, 5000)), "C200 0200 E803E80318FC8813" + "00" * 16),
    (commands.set_zones(ZoneMode.OFF), "C200 0000" + "00" * 24),
]


@pytest.mark.parametrize(("frame", "body"), BODIES, ids=[body for _, body in BODIES])
def test_frames_of_the_manual(frame: bytes, body: str) -> None:
    expected = bytes.fromhex(body)
    length = len(expected).to_bytes(2, "little")
    assert frame == bytes.fromhex("FDFCFBFA") + length + expected + bytes.fromhex("04030201")


WRONG: list[Callable[[], bytes]] = [
    lambda: commands.set_range(1, 8, 5),
    lambda: commands.set_range(8, 9, 5),
    lambda: commands.set_range(8, 8, 65536),
    lambda: commands.set_sensitivity(9, 40, 40),
    lambda: commands.set_sensitivity(-1, 40, 40),
    lambda: commands.set_sensitivity(3, 101, 40),
    lambda: commands.set_sensitivity(3, 40, -1),
    lambda: commands.set_sensitivity(1, 40, 40),
    lambda: commands.set_baud(250000),
    lambda: commands.bluetooth_password("short"),
    lambda: commands.bluetooth_password("HiLiñk"),
    lambda: commands.bluetooth_login("1234567"),
    lambda: commands.set_resolution(50),
    lambda: commands.set_light_function(LightMode.ABOVE, 256, out_idle_high=True),
    lambda: commands.set_zones(ZoneMode.ONLY),
    lambda: commands.set_zones(ZoneMode.ONLY, *[Zone(1, 1, 2, 2)] * 4),
    lambda: commands.set_zones(ZoneMode.ONLY, Zone(0, 0, 8001, 0)),
]


@pytest.mark.parametrize("build", WRONG)
def test_parameters_out_of_their_limits(build: Callable[[], bytes]) -> None:
    with pytest.raises(UsageError):
        build()


OPENED = Ack(Command.CONFIG_OPEN, 0, ConfigOpened(1, 64))
CLOSED = Ack(Command.CONFIG_CLOSE, 0)
READ = commands.read_parameters()
SILENT_S = 3 * ACK_S
"""a command and its two repeats, each waited for"""


def test_a_conversation() -> None:
    session = Session([READ, commands.read_mac()])
    now_s, sent = 0.0, []
    for answer in (OPENED, Ack(Command.PARAMETERS, 0), Ack(Command.MAC, 0), CLOSED):
        sent.append(session.due(now_s))
        assert session.due(now_s + 0.01) == b"", "one at a time"
        session.take(answer, now_s + 0.02)
        assert session.due(now_s + 0.02 + PAUSE_S - 0.001) == b"", "a pause after each"
        now_s += 0.02 + PAUSE_S
    assert sent == [commands.open_config(), READ, commands.read_mac(), commands.close_config()]
    assert session.done
    assert session.next_due_s() is None
    assert session.opened == ConfigOpened(1, 64)
    assert [ack.command for ack in session.result()] == [Command.PARAMETERS, Command.MAC]


def test_answers_that_nobody_waits_for_are_passed_over() -> None:
    session = Session([READ])
    session.take(OPENED, 0.0)
    assert session.due(0.0) == commands.open_config()
    session.take(Ack(Command.PARAMETERS, 0), 0.1)
    session.take(Ack(Command.FIRMWARE, 1), 0.1)
    assert session.due(0.2) == b""
    session.take(OPENED, 0.2)
    session.take(OPENED, 0.22)
    assert session.due(0.3) == READ


def drained(session: Session, now_s: float) -> list[tuple[float, bytes]]:
    """What an unanswered session writes, until it is over."""
    written = []
    while (due_s := session.next_due_s()) is not None:
        now_s = max(now_s, due_s)
        if data := session.due(now_s):
            written.append((round(now_s, 3), data))
        assert len(written) < 20
    return written


def test_a_silent_module_is_asked_three_times_and_then_left_out_of_configuration() -> None:
    session = Session([READ])
    open_it, close_it = commands.open_config(), commands.close_config()
    assert drained(session, 0.0) == [
        *[(0.0, open_it), (0.3, open_it), (0.6, open_it)],
        *[(0.9, close_it), (1.2, close_it), (1.5, close_it)],
    ]
    with pytest.raises(DeviceSilent, match="TX to its RX"):
        session.result()


def test_a_late_answer_to_a_repeat_counts() -> None:
    session = Session([READ])
    session.due(0.0)
    assert session.due(ACK_S) == commands.open_config()
    session.take(OPENED, ACK_S + 0.01)
    assert session.due(ACK_S + 0.01 + PAUSE_S) == READ


def test_a_refused_command_ends_it_with_the_way_back() -> None:
    session = Session([commands.set_baud(115200), READ])
    session.due(0.0)
    session.take(OPENED, 0.0)
    session.due(0.1)
    session.take(Ack(Command.BAUD_SET, 1), 0.1)
    assert session.due(0.2) == commands.close_config()
    session.take(CLOSED, 0.2)
    assert session.done
    with pytest.raises(DeviceProtocolError, match="A1"):
        session.result()


def test_silence_in_the_middle_still_closes() -> None:
    session = Session([READ, commands.read_mac()])
    session.due(0.0)
    session.take(OPENED, 0.0)
    written = [data for _, data in drained(session, PAUSE_S)]
    assert written == [READ] * 3 + [commands.close_config()] * 3
    assert isinstance(session.error, DeviceSilent)


def test_after_a_restart_nothing_is_closed() -> None:
    session = Session([commands.restart()])
    session.due(0.0)
    session.take(OPENED, 0.0)
    assert session.due(0.1) == commands.restart()
    session.take(Ack(Command.RESTART, 0), 0.1)
    assert session.done


@pytest.mark.parametrize(
    "frames",
    [
        [commands.restart(), READ],
        [commands.bluetooth_login()],
        [b"\x61"],
        [bytes.fromhex("F4F3F2F1 0200 6100 F8F7F6F5")],
    ],
)
def test_what_cannot_stand_in_a_conversation(frames: list[bytes]) -> None:
    with pytest.raises(UsageError):
        Session(frames)


def test_the_result_of_an_unfinished_conversation() -> None:
    with pytest.raises(UsageError):
        Session([READ]).result()
