"""Goodbyes in English: short, warm, without blame; the door stays open."""

from __future__ import annotations

ENGLISH: tuple[tuple[str, str], ...] = (
    (
        "I will stop writing; the door stays open",
        "{hello}\n\nI have written to you a few times[[ about {deal}]], and I think the moment is not right. I will "
        "stop following up, so that your inbox has one thing less.\n\nThe door stays open. If it changes, one word is "
        "enough.[[\n\nI wish you and everyone at {company} well.]]\n\n{seller_first}",
    ),
    (
        "Closing this kindly",
        "{hello}\n\n[[Other things are more important than {deal} just now, and that is fine.]] I am closing it on my "
        "side, and I will not follow up any more.\n\nThank you for the time you gave me. If it changes, one word is "
        "enough, and I am there.\n\n{seller_first}",
    ),
    (
        "Thank you, and goodbye for now",
        "{hello}\n\nNo answer is an answer too, and a good one: you have enough to do. [[I am putting {deal} aside "
        "today.]]\n\nNothing is lost: what we looked at together is kept. If it changes, one word is enough.\n\n"
        "With thanks,\n{seller_first}",
    ),
)  # fmt: skip
