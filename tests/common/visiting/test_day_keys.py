"""The ring of day keys: made durably, shared by a day, destroyed for good, and what a damaged file leaves."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.sealed_file import SealError
from common.visiting import day_keys
from common.visiting.day_keys import KEY_BYTES, RECORD_BYTES, AesGcm, Birth, DayKey, KeyRing

DAY = date(2026, 11, 23)


def birth(offset: int = 0, days: int = 14, **fields: object) -> Birth:
    born = DAY + timedelta(offset)
    return replace(Birth(born, born + timedelta(days)), **fields)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "day.keys"


def test_a_day_shares_a_key_and_another_day_has_another(path: Path) -> None:
    ring = KeyRing(path)
    first, again, other = ring.for_visits(birth()), ring.for_visits(birth()), ring.for_visits(birth(1))
    assert first == again
    assert other.secret != first.secret
    assert len(KeyRing(path)) == 2
    assert KeyRing(path).get(first.id) == first


def test_one_day_with_two_retentions_has_two_keys(path: Path) -> None:
    ring = KeyRing(path)
    assert ring.for_visits(birth(days=1)).id != ring.for_visits(birth(days=14)).id


def test_a_clock_that_begins_every_day_anew_gets_a_key_for_each_counted_day(path: Path) -> None:
    ring = KeyRing(path)
    made = [ring.for_visits(birth(dated=False, counted_s=at)).id for at in (0, 80_000, 90_000, 200_000)]
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_a_record_is_a_quarter_of_a_sector() -> None:
    assert RECORD_BYTES == 128


def test_the_file_is_private_and_its_folder_is_left_out_of_backups(path: Path) -> None:
    KeyRing(path).for_visits(birth())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (path.parent / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_a_file_that_is_open_to_others_is_closed(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    KeyRing(path).for_visits(birth())
    path.chmod(0o644)
    assert len(KeyRing(path)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "open to others" in caplog.text


DUE = [
    (birth(), DAY + timedelta(13), 10**9, False),
    (birth(), DAY + timedelta(14), 0, True),
    (birth(dated=False), DAY + timedelta(400), 10**9, False),  # its date is wrong: it must be dated first
    (birth(dated=False), None, 14 * 86400 - 1, False),
    (birth(dated=False), None, 14 * 86400, True),
    (birth(counted_s=500), None, 14 * 86400 + 499, False),
    (birth(counted_s=500), None, 14 * 86400 + 500, True),
]


@pytest.mark.parametrize(("made", "today", "counted_s", "due"), DUE)
def test_when_a_key_is_due(path: Path, made: Birth, today: date | None, counted_s: int, due: bool) -> None:
    ring = KeyRing(path)
    key = ring.for_visits(made)
    assert ring.due(today, counted_s) == ((key.id,) if due else ())


def test_a_destroyed_key_is_nowhere_in_the_old_file_nor_in_the_new_one(path: Path) -> None:
    ring = KeyRing(path)
    doomed, kept = ring.for_visits(birth()), ring.for_visits(birth(1))
    held = path.open("rb")  # the old file, as what is left on the card would show it
    assert ring.destroy([doomed.id, "unknown"]) == 1
    old, new = held.read(), path.read_bytes()
    held.close()
    assert old == bytes(len(old))
    assert doomed.secret not in new
    assert kept.secret in new
    assert [key.id for key in KeyRing(path).keys] == [kept.id]


def test_a_full_disk_does_not_keep_a_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing(path)
    doomed, kept = ring.for_visits(birth()), ring.for_visits(birth(1))

    def refuse(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(day_keys, "replace_whole", refuse)
    assert ring.destroy([doomed.id]) == 1
    assert doomed.secret not in path.read_bytes()
    monkeypatch.undo()
    again = KeyRing(path)
    assert (again.damaged, [key.id for key in again.keys]) == (0, [kept.id])


def test_a_key_that_cannot_be_written_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing(path)

    def refuse(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(day_keys, "replace_whole", refuse)
    with pytest.raises(OSError, match="No space"):
        ring.for_visits(birth())
    assert len(ring) == 0


def test_what_a_power_cut_left_half_way_is_overwritten(path: Path) -> None:
    KeyRing(path).for_visits(birth())
    fresh = path.with_name("day.keys.new")
    fresh.write_bytes(b"half a ring of keys")
    held = fresh.open("rb")
    assert len(KeyRing(path)) == 1
    assert held.read() == bytes(19)
    held.close()
    assert not fresh.exists()


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[DayKey]]:
    """A ring of five days: where it lies, its bytes and its keys."""
    path = tmp_path_factory.mktemp("ring") / "day.keys"
    ring = KeyRing(path)
    made = [ring.for_visits(birth(offset)) for offset in range(5)]
    return path, path.read_bytes(), made


@settings(max_examples=40)
@given(cut=st.integers(0, 5 * RECORD_BYTES))
def test_a_truncated_ring_keeps_all_whole_records(five: tuple[Path, bytes, list[DayKey]], cut: int) -> None:
    path, raw, made = five
    path.write_bytes(raw[:cut])
    found = KeyRing(path)
    assert list(found.keys) == made[: cut // RECORD_BYTES]
    assert found.damaged == (1 if cut % RECORD_BYTES else 0)
    assert KeyRing(path).damaged == 0  # it was mended


@settings(max_examples=40)
@given(place=st.integers(0, 5 * RECORD_BYTES - 1), value=st.integers(1, 255))
def test_a_flipped_byte_costs_one_record_at_most(
    five: tuple[Path, bytes, list[DayKey]], place: int, value: int
) -> None:
    path, raw, made = five
    path.write_bytes(raw[:place] + bytes([raw[place] ^ value]) + raw[place + 1 :])
    found = KeyRing(path)
    assert set(found.keys) == {key for index, key in enumerate(made) if index != place // RECORD_BYTES}
    assert found.damaged == 1


def test_reprs_show_no_key(path: Path) -> None:
    ring = KeyRing(path)
    key = ring.for_visits(birth())
    assert key.secret.hex() not in repr(key) + repr(ring)
    assert repr(key.secret) not in repr(key)


@given(plain=st.binary(max_size=200), bound_to=st.binary(max_size=50))
def test_a_field_opens_only_with_its_key_and_in_its_place(plain: bytes, bound_to: bytes) -> None:
    cipher, key = AesGcm(), bytes(range(KEY_BYTES))
    sealed = cipher.seal(key, plain, bound_to)
    assert cipher.open(key, sealed, bound_to) == plain
    assert cipher.seal(key, plain, bound_to) != sealed
    for wrong in ((bytes(KEY_BYTES), sealed, bound_to), (key, sealed, bound_to + b"x"), (key, sealed[:-1], bound_to)):
        with pytest.raises(SealError) as caught:
            cipher.open(*wrong)
        assert caught.value.__cause__ is None
