"""A stored file is opened and heard once, from beginning to end: how long it is, its outline; or why it cannot be used.

Nothing it claims is believed: it is decoded frame by frame, in constant memory, and put aside as soon as it goes on for
longer than any call (a small file can hold days of silence).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rebond.celebrate.sound.kinds import CODECS, HEAD, READERS, kind_of
from rebond.celebrate.sound.refusals import SoundRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: A call may be three hours long; five minutes more are not counted.
LONGEST_S = 3 * 3600 + 300
#: Finer sound than this is no call: samples a second, channels.
FINEST, CHANNELS = 96_000, 8
#: Pieces that could not be read, of a hundred; more, and the file is damaged.
BROKEN_OF_100 = 5


@dataclass(frozen=True)
class Heard:
    """What is known of a file once it was heard to its end."""

    kind: str
    sha256: str
    duration_ms: int
    peaks: list[int]


def hear(path: Path, *, longest_s: int = 0) -> Heard:
    """Decodes the whole file, a minute of sound in about a tenth of a second; at most ``longest_s`` of it.

    Raises:
        SoundRefused: ``empty_file``, ``not_sound``, ``film``, ``too_long``, ``too_much_sound``, ``broken_sound``.
        FileNotFoundError: it is gone.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        if not head:
            raise SoundRefused("empty_file")
        kind = kind_of(head)
        if not kind:
            raise SoundRefused("not_sound")
        digest = hashlib.file_digest(file, lambda: hashlib.sha256(head)).hexdigest()
        file.seek(0)
        duration_ms, peaks = _decode(file, kind, longest_s or LONGEST_S)
    return Heard(kind, digest, duration_ms, peaks)


def _decode(file: Any, kind: str, longest_s: int) -> tuple[int, list[int]]:
    import av

    try:
        # Read through this one open file: whatever a file names inside, nothing else is ever opened.
        with av.open(file, format=READERS[kind], metadata_errors="ignore") as container:
            stream = stream_of(container, kind)
            if container.duration and container.duration / 1_000_000 > longest_s:
                raise SoundRefused("too_long")
            return _listen(container, stream, longest_s)
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise SoundRefused("broken_sound") from error


def stream_of(container: Any, kind: str) -> Any:
    """The one sound in it. A picture of the cover is no film."""
    from av.stream import Disposition

    if any(not one.disposition & Disposition.attached_pic for one in container.streams.video):
        raise SoundRefused("film")
    if not container.streams.audio:
        raise SoundRefused("broken_sound")
    stream = container.streams.audio[0]
    if stream.codec_context is None or not stream.codec_context.name.startswith(CODECS[kind]):
        raise SoundRefused("not_sound")
    if not 0 < stream.codec_context.channels <= CHANNELS or not 0 < stream.codec_context.sample_rate <= FINEST:
        raise SoundRefused("too_much_sound")
    return stream


def _listen(container: Any, stream: Any, longest_s: int) -> tuple[int, list[int]]:
    from rebond.celebrate.sound.peaks import Outline

    outline, seconds, count = Outline(), 0.0, Counted()
    for frame in frames_of(container, stream, count):
        rate = frame.sample_rate or 1
        seconds += frame.samples / rate
        # What a player shows is where the last piece stands, however little there is before it.
        reached = max(seconds, (frame.time or 0.0) + frame.samples / rate - (stream.start_time or 0) * stream.time_base)
        if reached > longest_s:
            raise SoundRefused("too_long")
        outline.add(_samples(frame))
    if (not outline.low and not outline.inside) or count.broken * 100 > BROKEN_OF_100 * count.read:
        raise SoundRefused("broken_sound")
    return round(float(seconds) * 1000), outline.done()


@dataclass
class Counted:
    read: int = 0
    broken: int = 0


def frames_of(container: Any, stream: Any, count: Counted) -> Iterator[Any]:
    """Decoded frames; a piece that cannot be read is left out and counted."""
    import av

    for packet in container.demux(stream):
        count.read += 1
        try:
            yield from packet.decode()
        except (av.InvalidDataError, EOFError):
            count.broken += 1


def _samples(frame: Any) -> NDArray[np.float32]:
    """One row, -1 to 1: of all channels the one that is louder just then (often one speaker is in each ear)."""
    import numpy as np

    found = frame.to_ndarray()
    if found.dtype == np.uint8:
        found = (found.astype(np.float32) - 128) / 128
    elif found.dtype.kind == "i":
        found = found.astype(np.float32) / float(2 ** (found.dtype.itemsize * 8 - 1))
    channels = frame.layout.nb_channels
    if channels == 1:
        return np.asarray(found, dtype=np.float32).reshape(-1)
    rows = found if found.shape[0] == channels else found.reshape(-1, channels).T  # planar, or by turns
    loudest = np.abs(rows).argmax(0)
    return np.asarray(rows[loudest, np.arange(rows.shape[1])], dtype=np.float32)
