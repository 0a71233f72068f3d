"""What a file is by its first bytes; its name and what the browser calls it are never asked."""

from __future__ import annotations

#: How many bytes decide.
HEAD = 64
#: What a browser is told, and the one reader of each kind (no reader ever guesses, or follows a list to other files).
TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "wav": "audio/wav", "webm": "audio/webm"}
READERS = {"mp3": "mp3", "m4a": "mp4", "ogg": "ogg", "wav": "wav", "webm": "matroska"}
#: Families of codecs that browsers play, by kind.
CODECS = {"mp3": ("mp3",), "m4a": ("aac", "mp3"), "ogg": ("opus", "vorbis", "flac"), "wav": ("pcm_",),
          "webm": ("opus", "vorbis")}  # fmt: skip


def kind_of(head: bytes) -> str:
    """``mp3``, ``m4a``, ``ogg``, ``wav``, ``webm``; empty for anything else.

    Signatures: ISO/IEC 11172-3 (a frame of layer III) and ID3v2; ISO/IEC 14496-12 (``ftyp``); RFC 3533; RIFF; EBML.

    >>> kind_of(b"ID3" + bytes(20)), kind_of(b"PK" + bytes(20)), kind_of(b"Dear diary, today"), kind_of(b"")
    ('mp3', '', '', '')
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "m4a"
    for start, kind in ((b"ID3", "mp3"), (b"OggS", "ogg"), (b"\x1a\x45\xdf\xa3", "webm")):
        if head.startswith(start):
            return kind
    return "mp3" if _frame(head) else ""


def _frame(head: bytes) -> bool:
    """Whether it begins with a frame of layer III: eleven bits set, a version, the layer, a bit rate, a sample rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, samples = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and samples != 3
