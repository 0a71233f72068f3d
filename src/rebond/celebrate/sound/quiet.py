"""A copy of a sound in which what nobody is to hear is silent: a name, a price.

Leaving it to the player would hand it out all the same. The copy is as long as the sound, second by second, so that
notes, clips and the outline stay where they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rebond.celebrate.sound.kinds import READERS
from rebond.celebrate.sound.opening import LONGEST_S, Counted, frames_of, stream_of
from rebond.celebrate.sound.refusals import SoundRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What every browser plays and seeks in by bytes; samples and bits a second that are enough for voices: 29 MB an hour.
KIND, RATE, BIT_RATE = "mp3", 24_000, 64_000
#: A word begins a little before somebody marks it, and ends a little after; milliseconds.
EARLY, LATE = 150, 50
#: A hole in the sound (a call on hold, a piece that was lost) shorter than this is none; in parts of a second.
HOLE = 50

#: Where a stretch begins and ends, in milliseconds.
Stretch = tuple[int, int]


def bytes_of(length_ms: int) -> int:
    """How large a copy will be.

    >>> bytes_of(3_600_000)
    28800000
    """
    return length_ms * BIT_RATE // 8_000


def wide(stretches: Iterable[Stretch]) -> list[Stretch]:
    """What is silent of the copy: each with its margins, in order, without overlaps.

    >>> wide([(9_000, 9_500), (1_000, 2_000), (1_500, 2_100), (40, 60)])
    [(0, 110), (850, 2150), (8850, 9550)]
    """
    found: list[Stretch] = []
    for begins, ends in sorted((max(begins - EARLY, 0), ends + LATE) for begins, ends in stretches):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def silence(path: Path, kind: str, stretches: Iterable[Stretch], copy: Path) -> None:
    """Writes ``copy``, a new file, in memory that does not grow with its length; the disk has it at the end.

    Raises:
        SoundRefused: ``broken_sound``.
        FileNotFoundError: the sound is gone.
    """
    import av

    with path.open("rb") as file, open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
        try:
            with av.open(file, format=READERS[kind], metadata_errors="ignore") as source:
                stream = stream_of(source, kind)
                _write(_blocks(source, stream), wide(stretches), made)
        except (av.FFmpegError, ValueError, EOFError) as error:
            raise SoundRefused("broken_sound") from error
        made.flush()
        os.fsync(made.fileno())


def _write(blocks: Iterator[NDArray[np.int16]], silent: Sequence[Stretch], made: Any) -> None:
    import av

    with av.open(made, "w", format=KIND) as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono", options={"compression_level": "7"})
        stream.bit_rate, at = BIT_RATE, 0
        for block in blocks:
            frame = av.AudioFrame.from_ndarray(hushed(block, at, silent).reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), at
            container.mux(stream.encode(frame))
            at += len(block)
        container.mux(stream.encode(None))


def hushed(block: NDArray[np.int16], at: int, silent: Sequence[Stretch]) -> NDArray[np.int16]:
    """Samples that begin at place ``at`` of the copy, zero where it is to be silent.

    >>> import numpy as np
    >>> hushed(np.ones(6, np.int16), 24_000, [(0, 10), (1_000, 1_000 + 1), (5_000, 6_000)])[:3].tolist()
    [0, 0, 0]
    """
    block = block.copy()
    for begins, ends in silent:
        first, last = begins * RATE // 1000 - at, ends * RATE // 1000 - at
        if last > 0 and first < len(block):
            block[max(first, 0) : last] = 0
    return block


def _blocks(source: Any, stream: Any) -> Iterator[NDArray[np.int16]]:
    """The sound as one channel, piece after piece; a hole in it is as long as it was."""
    import numpy as np

    begun, at = float((stream.start_time or 0) * stream.time_base), 0
    for frame in _resampled(source, stream):
        place = at if frame.time is None else round((frame.time - begun) * RATE)
        if place > LONGEST_S * RATE:
            raise SoundRefused("broken_sound")
        while place - at > RATE // HOLE:
            hole = min(place - at, RATE)
            yield np.zeros(hole, np.int16)
            at += hole
        block = frame.to_ndarray().reshape(-1)
        yield block
        at += len(block)


def _resampled(source: Any, stream: Any) -> Iterator[Any]:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in frames_of(source, stream, Counted()):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
