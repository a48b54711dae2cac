"""Each case of the case files, and for each what every codec must survive."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.hilink.framing import LONGEST_FRAME
from drivers.hilink.ld2410 import BasicReport, Ld2410Codec
from drivers.hilink.ld2450 import Ld2450Codec, TrackReport
from drivers.hilink.models import UnframedModels
from tests.drivers import codec_kit
from tests.drivers.hilink.vectors import REPORTS, Case, cases, claims, presences, report, stream_of, told

CODECS: dict[str, Callable[[], Any]] = {"ld2410": Ld2410Codec, "ld2450": Ld2450Codec}
CASES = [pytest.param(device, case, id=f"{device}: {case}") for device in CODECS for case in cases(device)]
TRACKS = [stream_of("ld2450", name) for name in ("one target, as in the manual", "nobody")] + [
    stream_of("ld2450", "three targets; bit 15 set is positive")
]
GOOD = [("ld2410", frame) for frame in REPORTS] + [("ld2450", frame) for frame in TRACKS]

BOUND = LONGEST_FRAME - 1


@pytest.mark.parametrize(("device", "case"), CASES)
def test_case(device: str, case: Case) -> None:
    codec = CODECS[device]()
    events = told(codec.feed(case.stream))
    assert events == case.events
    counters = codec.counters
    assert [counters.frames, counters.bad_frames, counters.junk_bytes] == list(case.counters.values())


@pytest.mark.parametrize(("device", "case"), CASES)
def test_chunks_change_nothing(device: str, case: Case) -> None:
    codec_kit.check_chunking(CODECS[device], case.stream)


@pytest.mark.parametrize(("device", "frame"), GOOD)
def test_junk_before_and_cut_frames(device: str, frame: bytes) -> None:
    codec_kit.check_junk_before(CODECS[device], frame)
    codec_kit.check_truncation(CODECS[device], frame, may_lose=1)


def test_a_cut_frame_before_others_of_another_length() -> None:
    """The reference allows one lost frame in 6 of 519 cuts; here at most as many."""
    lost = cuts = 0
    for cut in REPORTS:
        for good in REPORTS:
            for at in range(1, len(cut)):
                cuts += 1
                events = codec_kit.events(Ld2410Codec, cut[:at] + good * 4)
                assert claims(events) == claims(Ld2410Codec().feed(good))
                lost += len(events) < 4
                assert len(events) >= 3
    assert lost / cuts <= 6 / 519


FRAMES = {"basic": ("ld2410", REPORTS[:4]), "engineering": ("ld2410", REPORTS[4:]), "tracks": ("ld2450", TRACKS)}


@pytest.mark.parametrize("kind", FRAMES)
def test_no_single_bit_changes_presence(kind: str) -> None:
    """Not of a frame alone, nor after good ones, nor between them; half a percent were allowed."""
    device, frames = FRAMES[kind]
    for frame in frames:
        for before, after in ((0, 0), (2, 0), (3, 3)):
            true = presences(codec_kit.events(CODECS[device], *[frame] * (before + 1 + after)))
            for mutant in codec_kit.bit_flips(frame):
                stream = (*[frame] * before, mutant, *[frame] * after)
                assert presences(codec_kit.events(CODECS[device], *stream)) <= true, mutant.hex()


@pytest.mark.parametrize(("kind", "share"), [("basic", 7 / 736), ("engineering", 7 / 1440), ("tracks", 0)])
def test_what_a_torn_report_claims_by_itself(kind: str, share: float) -> None:
    """Why presence takes two: a torn state byte is a valid one, in 0.95 % of the mutants of basic reports."""
    device, frames = FRAMES[kind]
    assert codec_kit.false_share(CODECS[device], frames, lambda report: report.claim) == share


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([1], ["unknown"]),
        ([1, 2], ["unknown", "somebody"]),
        ([0, 0, 1, 0], ["unknown", "nobody", "nobody", "nobody"]),
        ([3, 3, 0, 0], ["unknown", "somebody", "somebody", "nobody"]),
        ([2, 1, 4, 5, 0, 0], ["unknown", "somebody", "somebody", "unknown", "unknown", "nobody"]),
        ([4, 0, 4, 0], ["unknown"] * 4),
    ],
)
def test_presence_takes_two_reports_that_agree(states: list[int], expected: list[str]) -> None:
    events = codec_kit.events(Ld2410Codec, *map(report, states))
    assert [event.presence for event in events] == expected


@pytest.mark.parametrize("device", CODECS)
def test_ten_megabytes_of_noise(device: str) -> None:
    codec_kit.check_random_bytes(CODECS[device], held=lambda codec: codec.held, bound=BOUND)


@pytest.mark.parametrize("device", CODECS)
def test_noise_made_of_headers_stays_bounded_and_quick(device: str) -> None:
    """The worst for a parser that looks for headers: nothing but headers, with lengths that promise a frame."""
    codec = CODECS[device]()
    for _ in range(400):
        codec.feed(bytes.fromhex("F4F3F2F1 5000 FDFCFBFA 5000 AAFF0300") * 50)
        assert codec.held <= BOUND
    assert codec.counters.frames == 0


def test_what_is_remembered_of_junk_is_bounded() -> None:
    models, noise = UnframedModels(), random.Random(5)
    for _ in range(1000):
        models.read(noise.randbytes(noise.randrange(200)))
        assert models.held < 2 * len(b"distance:1234\r\n")
    models.interrupted()
    assert models.held == 0


pieces = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([case.stream for device in CODECS for case in cases(device)]),
    st.sampled_from([bytes.fromhex(header) for header in ("F4F3F2F1", "FDFCFBFA", "AAFF0300", "F4F3F2F10D00")]),
)


@pytest.mark.parametrize("device", CODECS)
@given(st.lists(pieces, max_size=6), st.lists(st.integers(0, 400), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_mixture(device: str, parts: list[bytes], cuts: list[int]) -> None:
    """Chunks change nothing; every byte is in a frame, junk, or held."""
    stream = b"".join(parts)
    whole, cut = CODECS[device](), CODECS[device]()
    events, at = whole.feed(stream), 0
    chunked = []
    for end in [*sorted(min(c, len(stream)) for c in cuts), len(stream)]:
        chunked += cut.feed(stream[at:end])
        at = end
    assert chunked == events
    assert cut.counters == whole.counters
    reports = sum(isinstance(event, BasicReport | TrackReport) for event in events)
    assert reports <= whole.counters.frames
    assert whole.counters.junk_bytes + 14 * whole.counters.frames <= len(stream)


def test_lost_bytes_cost_the_frames_that_they_hit() -> None:
    """As measured on the captures of kenzy-ld2450: one byte in 97 lost, the others are found again."""
    frames = 300
    stream = TRACKS[0] * frames
    thinned = bytes(byte for at, byte in enumerate(stream) if at % 97 != 96)
    codec = Ld2450Codec()
    codec.feed(thinned)
    hit = {at // 30 for at in range(96, len(stream), 97)}
    assert codec.counters.frames == frames - len(hit)


def test_calibration_and_noise_between_reports_leave_the_reports_alone() -> None:
    stream = report(1) + b"\x00\xff\xf4\xf3" + report(4) + b"\xfd\xfc" + report(0)
    assert [event.radar for event in Ld2410Codec().feed(stream) if isinstance(event, BasicReport)] == [
        "moving",
        "no-statement",
        "none",
    ]
