"""What a file is by its content, how long it is, its outline; and files that lie."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.celebrate.sound.kinds import kind_of
from rebond.celebrate.sound.opening import hear
from rebond.celebrate.sound.peaks import Outline
from rebond.celebrate.sound.ranges import part_of
from rebond.celebrate.sound.refusals import WORDS, SoundRefused
from tests.celebrate.sounds import (
    MADE,
    film,
    finer_than_any_call,
    hours_of_silence,
    sound,
    that_claims_days,
    two_pieces_a_week_apart,
)

Keep = Callable[[bytes], Path]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    def kept(content: bytes) -> Path:
        path = tmp_path / "call.mp3"  # whatever it is, its name says mp3
        path.write_bytes(content)
        return path

    return kept


@pytest.mark.parametrize("kind", sorted(MADE))
@pytest.mark.parametrize("channels", [1, 2])
def test_each_format_is_known_by_its_content_and_heard_to_its_end(keep: Keep, kind: str, channels: int) -> None:
    heard = hear(keep(sound(kind, 2.3, channels=channels)))
    assert heard.kind == kind
    assert abs(heard.duration_ms - 2_300) < 60
    assert len(heard.sha256) == 64
    low, high = heard.peaks[::2], heard.peaks[1::2]
    assert len(low) == len(high) <= 4_000
    third = len(high) // 5  # half a second of tone, half a second of silence
    assert max(high[:third]) > 40
    assert min(low[:third]) < -40
    assert max(high[third + third // 4 : 2 * third - third // 4]) < 8


def test_of_two_speakers_in_two_ears_both_are_seen(keep: Keep) -> None:
    import wave

    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(2)
        made.setsampwidth(2)
        made.setframerate(8_000)
        first, second = np.zeros((8_000, 2), "<i2"), np.zeros((8_000, 2), "<i2")
        first[:, 0], second[:, 1] = 10_000, 20_000
        made.writeframes(np.concatenate([first, second]).tobytes())
    high = hear(keep(file.getvalue())).peaks[1::2]
    assert (high[0], high[-2]) == (39, 78)


def _zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("call.mp3", bytes(20_000_000))
    return file.getvalue()


BAD = {
    "text": (b"Dear diary, today I called nobody at all.\n" * 50, "not_sound"),
    "text_in_utf_16": ("\ufeffAllô".encode("utf-16-le") * 100, "not_sound"),
    "zip_bomb": (_zip_bomb(), "not_sound"),
    "gzip_bomb": (gzip.compress(bytes(20_000_000)), "not_sound"),
    "playlist": (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "not_sound"),
    "nothing": (b"", "empty_file"),
    "one_byte": (b"\xff", "not_sound"),
    "only_a_beginning": (b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(200), "broken_sound"),
    "ogg_of_noise": (b"OggS" + bytes(range(256)) * 20, "broken_sound"),
    "webm_of_noise": (b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 20, "broken_sound"),
    "wav_without_sound": (b"RIFF\x24\x00\x00\x00WAVEjunk" + bytes(64), "broken_sound"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_is_no_sound_says_so_whatever_its_name(keep: Keep, name: str) -> None:
    content, code = BAD[name]
    with pytest.raises(SoundRefused) as refused:
        hear(keep(content))
    assert refused.value.code == code
    assert code in WORDS


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: sound("m4a")[:3_000], "broken_sound"),
        (film, "film"),
        (finer_than_any_call, "too_much_sound"),
        (that_claims_days, "too_long"),
    ],
    ids=["cut_short", "film", "finer_than_any_call", "claims_days"],
)
def test_damaged_filmed_and_boastful_files_are_refused(keep: Keep, make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(SoundRefused) as refused:
        hear(keep(make()))
    assert refused.value.code == code


def test_noise_in_the_middle_of_a_call_is_left_out(keep: Keep) -> None:
    whole = sound("mp3", 20.0)
    middle = len(whole) // 2
    heard = hear(keep(whole[:middle] + bytes(150) + whole[middle:]))
    assert 19_000 < heard.duration_ms < 21_000


def test_a_small_file_of_many_hours_is_put_aside_where_the_limit_is(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = hours_of_silence(40)
    assert len(bomb) < 100_000
    decoded = []
    real = Outline.add
    monkeypatch.setattr(Outline, "add", lambda self, samples: (decoded.append(len(samples)), real(self, samples)))
    with pytest.raises(SoundRefused) as refused:
        hear(keep(bomb), longest_s=10)
    assert refused.value.code == "too_long"
    assert sum(decoded) / 48_000 <= 10.1  # not a second more of it was worked on


def test_a_last_piece_that_is_dated_a_week_later_is_as_long_as_a_player_would_show(keep: Keep) -> None:
    with pytest.raises(SoundRefused) as refused:
        hear(keep(two_pieces_a_week_apart()))
    assert refused.value.code == "too_long"


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(1, 7), st.integers(1, 9),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_the_outline_is_what_looking_at_everything_at_once_gives(
    pieces: list[int], width: int, pairs: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).uniform(-1, 1, sum(pieces)).astype(np.float32)
    outline, at = Outline(width, pairs), 0
    for piece in pieces:
        outline.add(samples[at : at + piece])
        at += piece
        assert len(outline.low) <= 2 * pairs
    peaks = outline.done()
    stretch = outline.width
    naive = [samples[start : start + stretch] for start in range(0, len(samples), stretch)]
    assert len(peaks) == 2 * len(naive) <= 2 * pairs
    assert peaks[::2] == [round(float(one.min()) * 127) for one in naive]
    assert peaks[1::2] == [round(float(one.max()) * 127) for one in naive]


@given(st.text("bytes=-,0123456789 \xb2\u0663", max_size=30), st.integers(1, 5_000))
def test_no_range_ever_leaves_the_file(wanted: str, size: int) -> None:
    part = part_of(wanted, size)
    if part is not None:
        assert 0 <= part.first <= part.last < size


@given(st.integers(0, 6_000), st.integers(0, 6_000), st.integers(1, 5_000))
def test_a_range_is_the_slice_it_names(first: int, last: int, size: int) -> None:
    part = part_of(f"bytes={first}-{last}", size)
    if last < first:
        assert part is not None
        assert part.whole
    elif first >= size:
        assert part is None
    else:
        assert part is not None
        assert range(size)[first : last + 1] == range(part.first, part.last + 1)


@given(st.binary(max_size=80))
def test_any_bytes_are_of_one_kind_or_none(head: bytes) -> None:
    assert kind_of(head) in {"", *MADE}
