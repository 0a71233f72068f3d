"""The mail we write by hand, against what the standard library's reader makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from rebond.base.text import one_line
from rebond.mail.models import Mailbox, Message
from rebond.mail.outgoing.compose import bounce_token, compose, envelope_sender, read_bounce_token
from rebond.mail.purposes import Letter

NOW = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
#: Whatever a person, an import or a program may have put there, but half characters.
ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
LINES = st.lists(
    st.one_of(ANYTHING, st.sampled_from([".", "..", "From here", "=", "=3D", " ", "x" * 3000, "é" * 500, "\t"])),
    max_size=8,
).map("\n".join)  # fmt: skip


def made(letter: Letter, **more: object) -> tuple[bytes, EmailMessage]:
    """The bytes, and what a mail program reads in them."""
    message = Message(pk=7, recipient="helene@valmy.example", message_id="<one@ours.example>", **more)
    raw = compose(message, letter, NOW)
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return raw, read


def named(raw: bytes, header: str) -> tuple[str, str]:
    """Name and address; by the older of the two readers, since the newer one puts spaces between encoded words."""
    name, address = parseaddr(message_from_bytes(raw)[header].replace("\r\n", ""))
    return str(make_header(decode_header(name))), address


def text_of(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    assert part is not None
    assert not part.defects
    return str(part.get_content()).replace("\r\n", "\n")


def plain(text: str) -> str:
    """Text as mail can carry it: no NUL, one kind of line end, ended by one."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


@given(subject=ANYTHING, name=ANYTHING, sender=ANYTHING, text=LINES, html=st.one_of(st.just(""), LINES))
@example(subject="=?utf-8?q?x?=", name='"Lena" \\ <a@b.example>', sender="a, b; c:", text=".\n", html="")
@example(subject="Why?\r\nBcc: all@valmy.example", name="x\nTo: all@valmy.example", sender="é" * 200, text="", html="")
@example(subject="x " * 150, name="😀" * 100, sender="", text="\u2028\x0b\x0c\x85", html="<p>=_</p>")
def test_whatever_is_in_a_letter_a_mail_program_reads_it_back(
    subject: str, name: str, sender: str, text: str, html: str
) -> None:
    letter = Letter(subject, text, html=html, from_name=sender, reply_to="camille@rebond.example")
    raw, read = made(letter, recipient_name=name)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert not read.defects
    names = [header.lower() for header in read.keys()]  # noqa: SIM118 (a mail's keys repeat)
    assert sorted(names) == sorted([
        "message-id", "auto-submitted", "x-auto-response-suppress", "date", "from", "to", "reply-to", "subject",
        "mime-version", "content-type", *([] if html else ["content-transfer-encoding"]),
    ])  # fmt: skip
    assert read["Subject"].rstrip() == one_line(subject)
    assert named(raw, "To") == (one_line(name, 120), "helene@valmy.example")
    assert named(raw, "From")[0] in (one_line(sender, 120), "Rebond")
    assert [str(one) for one in read["Reply-To"].addresses] == ["camille@rebond.example"]
    assert read["Date"].datetime == NOW
    assert text_of(read, "plain") == plain(text)
    if html:
        assert text_of(read, "html") == plain(html)


def test_several_answer_addresses_keep_their_names() -> None:
    _raw, read = made(Letter("s", "t", reply_to="Camille Aubry <camille@ours.example>, Équipe <team@ours.example>"))
    assert [(one.display_name, one.addr_spec) for one in read["Reply-To"].addresses] == [
        ("Camille Aubry", "camille@ours.example"), ("Équipe", "team@ours.example"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "letter",
    [
        Letter("s", "t", headers={"Subject": "another"}),
        Letter("s", "t", headers={"Content-Type": "text/html"}),
        Letter("s", "t", headers={"X-Odd: yes\r\nBcc": "a@b.example"}),
        Letter("s", "t", headers={"X-Long": "x" * 1000}),
        Letter("s", "t", headers={"X-Other": "é"}),
        Letter("s", "t", reply_to="nobody"),
        Letter("s", "t", reply_to="a b@c.example"),
    ],
)
def test_a_header_that_is_not_plain_is_a_slip(letter: Letter) -> None:
    with pytest.raises(ValueError, match=r"cannot be"):
        made(letter)


def test_a_mail_comes_from_its_mailbox_and_else_from_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")
    box = Mailbox(pk=3, address="camille@ours.example", name="Camille Aubry")
    assert made(Letter("s", "t"), mailbox=box)[1]["From"] == "Camille Aubry <camille@ours.example>"
    assert made(Letter("s", "t", from_name="Camille, for Rebond"), mailbox=box)[1]["From"].addresses[0].display_name
    house = Mailbox(pk=4, address="old@ours.example", name="Old", is_house=True)
    assert made(Letter("s", "t"), mailbox=house)[1]["From"] == "Rebond <rebond@ours.example>"
    assert made(Letter("s", "t"))[1]["From"] == "Rebond <rebond@ours.example>"


# ---- where it comes back to


@given(number=st.integers(1, 2**62), other=st.integers(1, 2**62))
def test_a_token_names_its_message_and_nobody_makes_one_for_another(number: int, other: int) -> None:
    token = bounce_token(Message(pk=number))
    assert read_bounce_token(token) == read_bounce_token(token.upper()) == number
    assert len(token) <= 26  # with "bounces+" it stays under the 64 of a local part (RFC 5321, 4.5.3.1.1)
    forged = bounce_token(Message(pk=other)).split("-")[0] + "-" + token.split("-")[1]
    assert read_bounce_token(forged) == (number if other == number else None)


@given(text=ANYTHING)
def test_anything_else_is_no_token(text: str) -> None:
    assert read_bounce_token(text) is None


def test_what_cannot_be_delivered_comes_back_with_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")
    message = Message(pk=4711)
    assert envelope_sender(message) == "rebond@ours.example"
    monkeypatch.setattr(settings.CONFIG, "bounce_address", "Bounces+{token}@Ours.example")
    back = envelope_sender(message)
    assert (back[:8], back[-13:]) == ("Bounces+", "@Ours.example")
    assert read_bounce_token(back.lower()) == read_bounce_token(back) == 4711
    assert read_bounce_token("bounces+@ours.example") is None
    own = Message(pk=1, mailbox=Mailbox(pk=3, address="camille@else.example", way_out="hidden"))
    assert envelope_sender(own) == "camille@else.example"
    monkeypatch.setattr(settings.CONFIG, "bounce_address", "bounces@ours.example")
    assert envelope_sender(message) == "bounces@ours.example"
