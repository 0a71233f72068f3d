"""Mail that came back: delivery reports in their form (RFC 3464), and the letters of servers that know no form."""

from __future__ import annotations

import re
from email import message_from_string
from email.message import Message

from flufl.bounce import all_failures

from rebond.mail.reading import headers, phrases, statuses
from rebond.mail.reading.folding import folded
from rebond.mail.reading.parts import Mail, content
from rebond.mail.reading.result import AUTO_REPLY, BOUNCE_HARD, BOUNCE_POLICY, BOUNCE_SOFT, Failed

#: What one report may name.
_AT_MOST = 50
_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|microsoftexchange[0-9a-f]*|noreply-mailer"
    r"|mail-delivery|bounces?)[^@]*@?",
    re.ASCII,
)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}")
_OWN_ID = re.compile(
    r"^[> \t]*(?:message-id|x-original-message-id) ?: ?<([^<>\s]{3,250})>", re.IGNORECASE | re.MULTILINE
)
_COPY = re.compile(
    r"^(?:-{2,} ?(?:below this line|this is a copy|original message|unsent message|transcript of message"
    r"|message header|the following|returned message|original headers|ursprunglich|en-tetes|message d'origine"
    r"|mensaje original|nachricht)|return-path: |received: from "
    r"|original message headers|en-tetes de message d'origine|ursprungliche nachrichtenkopfzeilen"
    r"|encabezados de mensajes? originales?)",
    re.MULTILINE,
)

Understood = tuple[str, tuple[Failed, ...], str]


def told(mail: Mail, from_address: str) -> Understood | None:
    """(kind, addresses, rule) of a report or a server's letter; ``None`` for any other mail."""
    report = mail.first("message/delivery-status", "message/global-delivery-status")
    if report is not None:
        return _by_form(report, mail) or _by_words(mail, from_address, sure=True)
    return _by_words(mail, from_address, sure=False)


def _by_form(report: Message, mail: Mail) -> Understood | None:
    """RFC 3464: one block for the report, then one for each recipient."""
    blocks = _blocks(report)
    failed = tuple(one for one in map(_recipient, blocks[:_AT_MOST]) if one is not None)
    if not failed:
        return None
    if all(one.action in {"delivered", "relayed", "expanded"} for one in failed):
        return AUTO_REPLY, failed, "dsn_delivered"
    failed = tuple(_with_words(one, mail.text) for one in failed)
    kind, status = _worst(failed)
    return kind, failed, f"dsn:{status or '-'}"


def _blocks(report: Message) -> list[Message]:
    payload = report.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    texts = re.split(r"\n\s*\n", content(report))
    return [message_from_string(text.strip() + "\n\n") for text in texts[: _AT_MOST + 1]]


def _recipient(block: Message) -> Failed | None:
    """One block; ``None`` for the one that is about the whole report. Our spelling goes before where it ended up."""
    action = headers.raw_header(block, "Action").lower().split("(")[0].strip()
    named = [headers.addresses(headers.raw_header(block, name)) for name in ("Original-Recipient", "Final-Recipient")]
    address = next((found[0] for found in named if found), "")
    if not action and not address:
        return None
    words = headers.header(block, "Diagnostic-Code")
    status = statuses.status_in(headers.raw_header(block, "Status"))
    if not status or status.endswith(".0.0"):
        status = statuses.status_in(words) or status
    return Failed(address, action or "failed", status, words.partition(";")[2].strip()[:300] or words[:300])


def _with_words(one: Failed, text: str) -> Failed:
    """Where the form says nothing (some servers leave it empty), the letter above it may."""
    if one.status and not one.status.endswith(".0.0"):
        return one
    if one.diagnostic or one.action == "delayed":
        return one
    letter = _letter(text)
    return Failed(one.address, one.action, statuses.status_in(letter) or one.status, " ".join(letter.split())[:300])


def _worst(failed: tuple[Failed, ...]) -> tuple[str, str]:
    """The gravest meaning among those that did not arrive, with its code."""
    missed = [one for one in failed if one.action not in {"delivered", "relayed", "expanded"}]
    meanings = [(statuses.meaning(one.status, one.diagnostic, one.action), one.status) for one in missed]
    return min(meanings, key=lambda pair: (BOUNCE_HARD, BOUNCE_POLICY, BOUNCE_SOFT).index(pair[0]))


def _by_words(mail: Mail, from_address: str, *, sure: bool) -> Understood | None:
    """A letter without a form: a daemon's address or its subject, and an address or a code in it."""
    subject = folded(mail.header("Subject"))
    failed_header = headers.addresses(mail.header("X-Failed-Recipients"))
    titled = bool(phrases.search("bounce_subject", subject))
    daemon = bool(_DAEMON.match(from_address)) or mail.header("Return-Path") == "<>"
    if not (sure or failed_header or (daemon and titled) or (daemon and _speaks_of_failing(mail.text))):
        return None
    letter = _letter(mail.text)
    status = statuses.status_in(letter)
    action = "delayed" if status[:1] != "5" and statuses.says_delayed(f"{subject}\n{letter}") else "failed"
    named = failed_header or _named(mail, letter, from_address)
    words = " ".join(letter.split())
    kind = statuses.meaning(status, words, action)
    failed = tuple(Failed(address, action, status, _near(words, address)) for address in named[:_AT_MOST])
    return (
        kind,
        failed or (Failed("", action, status, words[:300]),),
        f"bounce_text:{status}" if status else "bounce_words",
    )


def of_a_server(from_address: str) -> bool:
    """Whether a mail server itself writes."""
    return bool(_DAEMON.match(from_address))


def _speaks_of_failing(text: str) -> bool:
    plain = folded(text[:3_000])
    return bool(
        statuses.status_in(text[:3_000])
        and (phrases.search("bounce_subject", plain) or "deliver" in plain or "remis" in plain)
    )


def _letter(text: str) -> str:
    """What the server wrote, without the copy of our mail below."""
    match = _COPY.search(folded(text[:20_000]))
    return text[: match.start()] if match and match.start() > 40 else text[:6_000]


def _near(words: str, address: str) -> str:
    place = max(0, words.lower().find(address))
    return words[max(0, place - 40) :][:300]


def _named(mail: Mail, letter: str, from_address: str) -> tuple[str, ...]:
    """The addresses that a letter says failed: as flufl.bounce knows them, else every one that is not the server's."""
    known = _flufl(mail, letter)
    if known:
        return known
    ours = {from_address, *map(str.lower, _OWN_ID.findall(mail.text[:20_000])), *headers.addresses(mail.header("To"))}
    found = dict.fromkeys(address.lower().strip(".") for address in _ADDRESS.findall(letter))
    return tuple(address for address in found if address not in ours and not _DAEMON.match(address))


def _flufl(mail: Mail, letter: str) -> tuple[str, ...]:
    """The library gets a small clean copy: it raises on a mail without a From, and looks at all of a long one."""
    subject = " ".join(mail.header("Subject").split())
    sender = headers.sender(mail.message)[0] or "mailer-daemon@localhost"
    copy = message_from_string(f"From: {sender}\nSubject: {subject[:200]}\nContent-Type: text/plain\n\n")
    copy.set_payload(mail.text[:8_000].encode("ascii", "replace").decode())
    try:
        temporary, permanent = all_failures(copy)
    except headers.UNREADABLE:
        return ()
    names = {name.decode("ascii", "replace").lower() for name in (*temporary, *permanent)}
    return tuple(sorted(name for name in names if _ADDRESS.fullmatch(name) and name in letter.lower()))


def original_ids(mail: Mail) -> tuple[str, ...]:
    """Message ids of the original inside a report: in the returned mail, its head, or copied into the letter."""
    texts = [_inner_text(part) for part in mail.parts if part.get_content_type() in _RETURNED]
    found = [found for text in (*texts, mail.text[:40_000]) for found in _OWN_ID.findall(text[:40_000])]
    return tuple(dict.fromkeys(found))


_RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/partial",
)


def _inner_text(part: Message) -> str:
    """The head of a returned mail as text."""
    payload = part.get_payload()
    if isinstance(payload, list):
        inner = payload[0] if payload and isinstance(payload[0], Message) else Message()
        return "\n".join(
            f"{name}: {headers.raw_header(inner, name)}" for name in ("Message-ID", "X-Original-Message-ID")
        )
    return content(part)
