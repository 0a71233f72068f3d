"""Makes raw mails in the manner of many programs out of the corpus' short notes."""

from __future__ import annotations

import base64
import html
import quopri
import re
import tomllib
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from pathlib import Path

US = "camille@rebond.example"
THEM = {
    "en": "helen@valmy.example",
    "fr": "helene@valmy.example",
    "de": "helga@valmy.example",
    "es": "elena@valmy.example",
}
NAMES = {"en": "Helen Marsh", "fr": "Hélène Marchand", "de": "Helga Marquardt", "es": "Elena Márquez"}
ID = "rebond.{}@rebond.example"
SUBJECT = {"en": "How are things going?", "fr": "Des nouvelles ?", "de": "Wie geht es voran?", "es": "¿Cómo va todo?"}
OURS: dict[str, str] = tomllib.loads((Path(__file__).parent / "ours.toml").read_text(encoding="utf-8"))
WROTE = {
    "gmail": {
        "en": "On Mon, 1 Jun 2026 at 08:12, Camille Roux <camille@rebond.example> wrote:",
        "fr": "Le lun. 1 juin 2026 à 08:12, Camille Roux <camille@rebond.example> a écrit :",
        "de": "Am Mo., 1. Juni 2026 um 08:12 Uhr schrieb Camille Roux <\ncamille@rebond.example>:",
        "es": "El lun, 1 jun 2026 a las 8:12, Camille Roux (<camille@rebond.example>) escribió:",
    },
    "apple": {
        "en": "On 1 Jun 2026, at 08:12, Camille Roux <camille@rebond.example> wrote:",
        "fr": "Le 1 juin 2026 à 08:12, Camille Roux <camille@rebond.example> a écrit :",
        "de": "Am 01.06.2026 um 08:12 schrieb Camille Roux <camille@rebond.example>:",
        "es": "El 1 jun 2026, a las 8:12, Camille Roux <camille@rebond.example> escribió:",
    },
    "thunderbird": {
        "en": "On 01/06/2026 08:12, Camille Roux wrote:",
        "fr": "Le 01/06/2026 à 08:12, Camille Roux a écrit :",
        "de": "Camille Roux schrieb am 01.06.2026 um 08:12:",
        "es": "Camille Roux escribió el 01/06/2026 a las 8:12:",
    },
}
FIELDS = {
    "en": ("From", "Sent", "To", "Subject", "Original Message"),
    "fr": ("De", "Envoyé", "À", "Objet", "Message d'origine"),
    "de": ("Von", "Gesendet", "An", "Betreff", "Ursprüngliche Nachricht"),
    "es": ("De", "Enviado el", "Para", "Asunto", "Mensaje original"),
}
AUTOMATIC = {
    "ms": [
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-MS-Exchange-Inbox-Rules-Loop: x@valmy.example",
    ],
    "gm": ["Precedence: bulk", "X-Autoreply: yes", "Auto-Submitted: auto-replied"],
    "sieve": ["Auto-Submitted: auto-replied (vacation)", "Precedence: junk"],
    "zimbra": ["Auto-Submitted: auto-replied (zimbra; vacation)", "Precedence: bulk"],
    "ovh": ["X-Autorespond: yes", "Precedence: bulk"],
    "null": ["Return-Path: <>"],
    "suppress": ["X-Auto-Response-Suppress: OOF, AutoReply"],
    "none": [],
}


def mail(
    name: str, language: str, group: str, style: str, keys: dict[str, str], note: str, at: datetime
) -> tuple[bytes, str | None]:
    """The raw mail, and for people's replies what they wrote themselves."""
    extra, body = _split(note)
    head = {
        "From": f"{_encoded(NAMES[language])} <{THEM[language]}>", "To": f"Camille Roux <{US}>",
        "Date": format_datetime(at), "Message-ID": f"<{name}@mx.valmy.example>", "Subject": f"Re: {SUBJECT[language]}",
        "In-Reply-To": f"<{ID.format(name)}>",
    } | extra  # fmt: skip
    style, *ways = style.split("+")
    if group == "bounce":
        return _returned(name, head, style, keys, body, language), None
    if group == "automatic":
        lines = AUTOMATIC[style]
        return _raw(head, lines, body, ways), None
    own, _mark, signature = body.partition("\n~~")
    text = own if not body.startswith("~~") else ""
    whole = _quoting(style, language, f"{text}\n{signature.lstrip(chr(10))}" if signature else text)
    lines = [line for line in text.split("\n") if style != "inline" or not line.startswith(">")]
    suppress = ["X-Auto-Response-Suppress: All"] if style == "outlook" else []
    return _raw(head, suppress, whole, ways), re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip())


_HEADER = re.compile(r"(Subject|From|Precedence|To|[A-Z]\w*-[\w-]+): ?(.*)")


def _split(note: str) -> tuple[dict[str, str], str]:
    """The headers a note begins with, and its text."""
    lines = note.split("\n")
    extra: dict[str, str] = {}
    while lines and (match := _HEADER.fullmatch(lines[0])):
        extra[match[1]] = _encoded(match[2])
        lines = lines[1:]
    return extra, "\n".join(lines).strip("\n")


def _encoded(value: str) -> str:
    if value.isascii():
        return value
    name, mark, address = value.partition(" <")
    return Header(name, "utf-8").encode(maxlinelen=900) + mark + address


def _quoting(style: str, language: str, own: str) -> str:
    """What they wrote with our mail quoted below, above or around it, as one program does."""
    ours = OURS[language]
    marked = "\n".join(f"> {line}".rstrip() for line in ours.split("\n"))
    fields = FIELDS[language]
    copied = (
        f"{fields[0]}: Camille Roux <{US}>\n{fields[1]}: 1/6/2026 08:12\n"
        f"{fields[2]}: {NAMES[language]} <{THEM[language]}>\n{fields[3]}: {SUBJECT[language]}\n\n{ours}"
    )
    gmx = (
        f'Gesendet: Montag, 01. Juni 2026 um 08:12 Uhr\nVon: "Camille Roux" <{US}>\n'
        f"An: {THEM[language]}\nBetreff: {SUBJECT[language]}\n{ours}"
    )
    ways = {
        "bare": f"{own}\n\n{WROTE['gmail'][language]}\n\n{ours}\n",
        "outlook": f"{own}\n\n{'_' * 32}\n{copied}\n",
        "original": f"{own}\n\n-----{fields[4]}-----\n{copied}\n",
        "gmx": f"{own}\n\n\n{gmx}\n",
        "bottom": f"{WROTE['thunderbird'][language]}\n{marked}\n\n{own}\n",
        **{name: f"{own}\n\n{wrote[language]}\n\n{marked}\n" for name, wrote in WROTE.items()},
    }
    return ways.get(style, own + "\n")  # "alone", "inline"


def _raw(head: dict[str, str], lines: list[str], body: str, ways: list[str]) -> bytes:
    kind, charset, encoding = "plain", "utf-8", "8bit"
    if "html" in ways:
        kind, body = "html", _hypertext(body)
    data = body.encode("cp1252", "replace") if "latin1" in ways else body.encode()
    if "latin1" in ways:
        charset = "iso-8859-1"
    if "wrong" in ways:
        charset = "us-ascii"
    if "b64" in ways:
        data, encoding = base64.encodebytes(data), "base64"
    if "qp" in ways:
        data, encoding = quopri.encodestring(data), "quoted-printable"
    typed = [f"Content-Type: text/{kind}; charset={charset}", f"Content-Transfer-Encoding: {encoding}"]
    if "multi" in ways:
        plain = "\r\n".join(["--b1", *typed, "", ""]).encode() + data
        hyper = "\r\n".join(["", "--b1", "Content-Type: text/html; charset=utf-8", "", _hypertext(body), "--b1--", ""])
        data = plain + hyper.encode()
        typed = ['Content-Type: multipart/alternative; boundary="b1"']
    top = [f"{name}: {value}" for name, value in head.items() if value != "-"] + lines + ["MIME-Version: 1.0", *typed]
    return "\r\n".join(top).encode() + b"\r\n\r\n" + data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _hypertext(body: str) -> str:
    """As Gmail and Outlook write it: our quoted lines in a block quote, theirs in paragraphs."""
    rows, quote = [], False
    for line in body.split("\n"):
        if line.startswith(">") != quote:
            rows.append('<blockquote class="x">' if not quote else "</blockquote>")
            quote = not quote
        rows.append(f"<div>{html.escape(line.lstrip('> ')) or '<br>'}</div>")
    style = "<head><style>p {color: #333; }</style><!-- stop --></head>"
    end = "</blockquote>" if quote else ""
    return f"<html>{style}<body>{''.join(rows)}{end}<script>unsubscribe()</script></body></html>"


def _returned(name: str, head: dict[str, str], style: str, keys: dict[str, str], body: str, language: str) -> bytes:
    """A report with its form (``dsn``), one without (``text``), a complaint (``arf``)."""
    head = {"From": "Mail Delivery System <MAILER-DAEMON@mx.valmy.example>", "Return-Path": "<>"} | {
        key: value
        for key, value in head.items()
        if key != "In-Reply-To" and not (key == "From" and THEM[language] in value)
    }
    to = keys.get("to", THEM[language])
    body = body.replace("{to}", to).replace("{id}", ID.format(name)).replace("{us}", US)
    if style == "text":
        return _raw(head, [], body, keys.get("way", "").split("+"))
    letter, _mark, form = body.partition("\n++\n")
    returned = f"Return-Path: <{US}>\nFrom: Camille Roux <{US}>\nTo: {to}\nMessage-ID: <{ID.format(name)}>\n\nHello\n"
    inner = "text/rfc822-headers" if "headers" in keys else "message/rfc822"
    machine = "feedback-report" if style == "arf" else "delivery-status"
    if style == "dsn" and not form.startswith("Reporting-MTA"):
        form = form if "Action:" in form else f"Action: failed\n{form}"
        form = f"Reporting-MTA: dns; mx.valmy.example\n\nFinal-Recipient: rfc822; {to}\n{form}"
    parts = [("text/plain; charset=utf-8", letter), (f"message/{machine}", form), (inner, returned)]
    content = "".join(f"--r1\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts) + "--r1--\r\n"
    top = [f"{key}: {value}" for key, value in head.items() if value != "-"]
    top += ["MIME-Version: 1.0", f'Content-Type: multipart/report; report-type={machine}; boundary="r1"']
    return ("\r\n".join(top) + "\r\n\r\n" + content.replace("\n", "\r\n").replace("\r\r", "\r")).encode()
