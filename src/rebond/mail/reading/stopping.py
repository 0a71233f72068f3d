"""Asks for silence: only in what somebody wrote themselves, and only when said to us."""

from __future__ import annotations

import re

from rebond.mail.reading import phrases
from rebond.mail.reading.folding import folded

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")

#: The first sentence: "Please stop. I have asked you twice."
_OPENING = re.compile(r"^([^.!?]{2,40})[.!] ")

_PLEASE = re.compile(r"\b(?:please|pls|plait|svp|merci|bitte|favor)\b")

#: What our own ``List-Unsubscribe`` address writes into the subject: the word and a sealed link.
_SEALED = re.compile(r"(?:stop|unsubscribe)\s+[A-Za-z0-9_.:=-]{40,}", re.IGNORECASE)


def sealed(subject: str) -> bool:
    """Whether the subject is the one of our ``List-Unsubscribe`` address (RFC 2369): mail programs send it for people,
    some of them with the headers of an automatic mail.
    """
    return bool(_SEALED.fullmatch(subject.strip()))


def told(subject: str, words: str) -> str:
    """The rule by which a mail asks us to stop; empty when it does not.

    Args:
        words: what they wrote, without quotes and signature: our own footer holds the word "unsubscribe" too.
    """
    text = " ".join(folded(words).split())
    first = next((line for line in folded(words).splitlines() if line.strip()), "")
    openings = [opening for opening in _OPENING.findall(text) if _PLEASE.search(opening)]
    for candidate in (text, first, *openings):
        whole = phrases.fullmatch("stop_whole", " ".join(_EDGES.sub("", candidate).split()))
        if whole and len(text) < 300:
            return f"stop_words:{whole}"
    language = phrases.search("stop", text)
    if language:
        return f"stop_words:{language}"
    if len(text) < 60 and (titled := phrases.fullmatch("stop_whole", _EDGES.sub("", folded(subject)))):
        return f"stop_subject:{titled}"
    return ""
