"""Small real sound files, made here: a tone that comes and goes, in each format we take; and some that lie."""

from __future__ import annotations

import io
import wave
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

#: Format, codec and samples a second, by kind.
MADE = {"mp3": ("mp3", "libmp3lame", 16_000), "m4a": ("ipod", "aac", 16_000), "ogg": ("ogg", "libopus", 48_000),
        "wav": ("wav", "pcm_s16le", 8_000), "webm": ("webm", "libopus", 48_000)}  # fmt: skip


@lru_cache(maxsize=32)
def sound(kind: str, seconds: float = 2.0, *, channels: int = 1, bit_rate: int = 24_000) -> bytes:
    """A file of that kind, this long: half a second of tone, half of silence, and so on."""
    file = io.BytesIO()
    write(file, kind, seconds, channels=channels, bit_rate=bit_rate)
    return file.getvalue()


def write(file: io.BytesIO | Path, kind: str, seconds: float, *, channels: int = 1, bit_rate: int = 24_000) -> None:
    """Block by block, so that an hour of it needs no memory."""
    muxer, codec, rate = MADE[kind]
    target = str(file) if isinstance(file, Path) else file
    with av.open(target, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = {1: "mono", 2: "stereo"}[channels]  # type: ignore[attr-defined]
        stream.bit_rate = bit_rate
        size, left, at = rate // 2, round(seconds * rate), 0
        tone = (np.sin(np.arange(size) * 2 * np.pi * 440 / rate) * 16_000).astype(np.int16)
        while left > 0:
            count = min(size, left)
            block = (tone if (at // size) % 2 == 0 else np.zeros(size, np.int16))[:count]
            frame = av.AudioFrame.from_ndarray(
                np.repeat(block, channels).reshape(1, -1), format="s16", layout=stream.layout.name,  # type: ignore[attr-defined]
            )  # fmt: skip
            frame.sample_rate, frame.pts = rate, at
            container.mux(stream.encode(frame))  # type: ignore[attr-defined]
            left, at = left - count, at + count
        container.mux(stream.encode(None))  # type: ignore[attr-defined]


def film() -> bytes:
    """A webm with pictures in it."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=5)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"  # type: ignore[attr-defined]
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), number * 40, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))  # type: ignore[attr-defined]
        container.mux(stream.encode(None))  # type: ignore[attr-defined]
    return file.getvalue()


def finer_than_any_call() -> bytes:
    """A wav with more samples a second than anybody hears."""
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(384_000)
        made.writeframes(bytes(2 * 384_00))
    return file.getvalue()


def hour(minutes: int = 60, *, bit_rate: int = 24_000) -> bytes:
    """An mp3 that long, at once: its frames stand alone, so ten seconds of them are put behind each other."""
    return frames(bit_rate) * (minutes * 6)


@lru_cache(maxsize=4)
def frames(bit_rate: int) -> bytes:
    """About ten seconds of mp3 without a head."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=16_000)
        stream.layout, stream.bit_rate = "mono", bit_rate  # type: ignore[attr-defined]
        tone = np.sin(np.arange(160_000) * 2 * np.pi * 330 / 16_000) * np.linspace(2_000, 20_000, 160_000)
        frame = av.AudioFrame.from_ndarray(tone.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 0
        container.mux(stream.encode(frame))  # type: ignore[attr-defined]
        container.mux(stream.encode(None))  # type: ignore[attr-defined]
    return file.getvalue()


def hours_of_silence(seconds: int) -> bytes:
    """Opus needs three bytes for a tenth of a second of nothing: an hour of it is a few hundred kilobytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, options={"frame_duration": "60", "vbr": "on"})
        stream.layout, stream.bit_rate = "mono", 500  # type: ignore[attr-defined]
        for number in range(seconds):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, number * 48_000
            container.mux(stream.encode(frame))  # type: ignore[attr-defined]
        container.mux(stream.encode(None))  # type: ignore[attr-defined]
    return file.getvalue()


def that_claims_days() -> bytes:
    """An mp3 of two seconds whose head says a million frames."""
    whole = bytearray(sound("mp3"))
    place = max(whole.find(b"Xing"), whole.find(b"Info"))
    whole[place + 8 : place + 12] = (1_000_000).to_bytes(4, "big")
    return bytes(whole)


def two_pieces_a_week_apart() -> bytes:
    """A webm that says no length; its last piece is dated a week after the others."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm", options={"live": "1"}) as container:
        stream = container.add_stream("libopus", rate=48_000)
        stream.layout = "mono"  # type: ignore[attr-defined]
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        packets = [*stream.encode(frame), *stream.encode(None)]  # type: ignore[attr-defined]
        packets[-1].pts = packets[-1].dts = 48_000 * 86_400 * 7
        container.mux(packets)
    return file.getvalue()
