"""What a mail is, what it answers, and what it says: single mails, each about one promise of the reader."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rebond.mail import reading
from rebond.mail.models import Kind
from rebond.mail.reading import read, result, rules
from rebond.mail.reading.quoted import written

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def mail(text: str = "Hello", **headers: str) -> bytes:
    """A small mail of Helen's; a header's underscores stand for hyphens."""
    named = {"From": "Helen Marsh <Helen@Valmy.example>", "Subject": "Re: Hello"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()


def read_now(raw: bytes) -> reading.Reading:
    return read(raw, received_at=MONDAY)


def test_the_reader_and_the_database_name_the_same_kinds() -> None:
    assert set(result.KINDS) == set(Kind.values)


def test_who_wrote_and_what_it_answers() -> None:
    got = read_now(
        mail(
            To="Camille <camille@rebond.example>", Cc="nadia@rebond.example", Delivered_To="camille+t0k@rebond.example",
            Message_ID="<a@valmy.example>", In_Reply_To="<three@rebond.example>",
            References="<one@rebond.example> <two@rebond.example>\r\n <three@rebond.example>",
            Date="Mon, 1 Jun 2026 10:30:00 +0200",
        )
    )  # fmt: skip
    assert (got.from_address, got.from_name, got.message_id) == (
        "helen@valmy.example",
        "Helen Marsh",
        "a@valmy.example",
    )
    assert got.references == ("three@rebond.example", "two@rebond.example", "one@rebond.example")
    assert got.to_addresses == ("camille@rebond.example", "nadia@rebond.example", "camille+t0k@rebond.example")
    assert got.sent_at == datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
    assert (got.kind, got.rule, got.text) == ("human", "person", "Hello")


@pytest.mark.parametrize(
    "given", ["", "yesterday", "Mon, 1 Jun 2999 10:30:00 +0200", "Mon, 99 Jun 2026 10:30:00 +0000"]
)
def test_a_date_that_cannot_be_is_when_it_came(given: str) -> None:
    assert read_now(mail(Date=given)).sent_at == MONDAY


def test_a_date_without_a_zone_is_aware() -> None:
    assert read_now(mail(Date="Mon, 1 Jun 2026 08:00:00 -0000")).sent_at == datetime(2026, 6, 1, 8, tzinfo=UTC)


# L10
@pytest.mark.parametrize(
    ("header", "value", "kind"),
    [
        ("Auto_Submitted", "auto-replied", "auto_reply"),
        ("Auto_Submitted", "auto-generated; owner-email=x@valmy.example", "auto_reply"),
        ("Auto_Submitted", "no", "human"),
        ("Return_Path", "<>", "auto_reply"),
        ("Return_Path", "<helen@valmy.example>", "human"),
        ("Precedence", "bulk", "auto_reply"),
        ("Precedence", "auto_reply", "auto_reply"),
        ("Precedence", "first-class", "human"),
        ("X_Autoreply", "yes", "auto_reply"),
        ("X_Autorespond", "Re: Hello", "auto_reply"),
        ("X_Auto_Response_Suppress", "All", "human"),
        ("List_Unsubscribe", "<https://valmy.example/u>", "auto_reply"),
    ],
)
def test_l10_headers_of_programs(header: str, value: str, kind: str) -> None:
    assert read_now(mail("Noted, thank you.", **{header: value})).kind == kind


def test_a_newsletter_that_speaks_of_absences_is_only_a_list() -> None:
    text = "Our office is closed until 12 June. Tom has left the company. Unsubscribe me!"
    headers = {"Precedence": "bulk", "Auto_Submitted": "auto-generated", "List_Unsubscribe": "<mailto:x@y.example>"}
    got = read_now(mail(text, **headers))
    assert (got.kind, got.rule, got.return_on) == ("auto_reply", "list", None)


def test_every_delivered_to_is_read() -> None:
    raw = b"Delivered-To: one@rebond.example\r\nDelivered-To: two+t0k@rebond.example\r\n" + mail()
    assert read_now(raw).to_addresses == ("one@rebond.example", "two+t0k@rebond.example")


def test_a_header_that_says_automatic_never_makes_a_stop() -> None:
    assert read_now(mail("To unsubscribe me, reply stop.", Auto_Submitted="auto-replied")).kind == "auto_reply"


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("STOP", True),
        ("stop.", True),
        ("Please unsubscribe me.", True),
        ("Thanks\n\n> To unsubscribe, click here\n> Reply STOP", False),
        ("One stop shop", False),
        ("We will stop by on Monday.", False),
        ("We decided to stop the project.", False),
        ("Please do not unsubscribe me.", False),
        ("Please don't contact me before June.", False),
        ("Please don't contact me again.", True),
        ("Merci de ne plus m'écrire.", True),
        ("Arrêtons-nous sur ce point.", False),
        ("Désabonnez-moi", True),
        ("Bitte keine weiteren E-Mails!", True),
        ("Das ist kein Stopp, nur eine Pause.", False),
        ("No me escriban más", True),
        ("No me escriba antes de junio.", False),
    ],
)
def test_stop_is_only_what_they_wrote_to_us(text: str, stop: bool) -> None:
    assert (read_now(mail(text)).kind == "stop") is stop


def test_an_empty_mail_with_unsubscribe_as_its_subject_is_a_stop() -> None:
    assert read_now(mail("", Subject="unsubscribe")).rule == "stop_subject:en"


@pytest.mark.parametrize("more", [{}, {"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}])
def test_what_a_mail_program_sends_for_our_unsubscribe_address_is_a_stop(more: dict[str, str]) -> None:
    sealed = "stop " + "Wz_EsImtlZX-" * 6
    assert read_now(mail("This message was generated by your mail program.", Subject=sealed, **more)).kind == "stop"
    assert read_now(mail("Is the tour still on?", Subject="Stop number 3 of the tour")).kind == "human"


def test_the_quoted_original_with_our_own_absence_makes_nobody_absent() -> None:
    text = "Oui.\n\nLe lun. 1 juin 2026 à 08:12, Camille <c@rebond.example> a écrit :\n\n> Je suis actuellement absente"
    got = read_now(mail(f"{text} jusqu'au 12 juin. En cas d'urgence, appelez."))
    assert (got.kind, got.text) == ("human", "Oui.")


def test_a_stand_in_is_no_successor() -> None:
    text = "I'm on leave until 12 June. If urgent: Jane Doe, jane@valmy.example."
    got = read_now(mail(text, Auto_Submitted="auto-replied"))
    assert (got.kind, got.successor_name, got.return_on) == ("out_of_office", "", date(2026, 6, 15))


def test_who_writes_that_they_took_over_is_the_successor() -> None:
    got = read_now(mail("Marc has left the company, I have taken over his work. What is this about?"))
    assert (got.kind, got.successor_name, got.successor_address) == ("left", "Helen Marsh", "helen@valmy.example")


REPORT = (
    "From: mailer-daemon@mx.example\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type={kind}; boundary="r"\r\n\r\n--r\r\n\r\nA letter.\r\n'
    "--r\r\nContent-Type: message/{kind}\r\n\r\n{form}\r\n"
    "--r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <ours@rebond.example>\r\nTo: {to}\r\n\r\n--r--\r\n"
)


def report(form: str, kind: str = "delivery-status", to: str = "helen@valmy.example") -> reading.Reading:
    return read_now(REPORT.format(form=form.replace("\n", "\r\n"), kind=kind, to=to).encode())


# L11, L12
@pytest.mark.parametrize(
    ("action", "status", "words", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 User unknown", "bounce_hard"),
        ("failed", "5.1.2", "", "bounce_hard"),
        ("failed", "5.2.1", "", "bounce_hard"),
        ("failed", "5.2.2", "", "bounce_soft"),
        ("failed", "5.1.1", "552 mailbox full", "bounce_soft"),
        ("failed", "4.4.7", "", "bounce_soft"),
        ("delayed", "5.4.7", "", "bounce_soft"),
        ("failed", "5.7.1", "", "bounce_policy"),
        ("failed", "5.7.26", "", "bounce_policy"),
        ("failed", "5.7.1", "550 5.7.1 No such user here", "bounce_hard"),
        ("failed", "5.1.8", "", "bounce_policy"),
        ("failed", "5.3.4", "", "bounce_policy"),
        ("failed", "5.0.0", "550 5.7.509 Access denied, DMARC", "bounce_policy"),
        ("failed", "5.0.0", "", "bounce_hard"),
        ("delivered", "2.0.0", "", "auto_reply"),
    ],
)
def test_l11_a_report_in_its_form(action: str, status: str, words: str, kind: str) -> None:
    about = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; helen@valmy.example"
    said = f"\nDiagnostic-Code: smtp; {words}" if words else ""
    got = report(f"{about}\nAction: {action}\nStatus: {status}{said}")
    assert (got.kind, got.failed[0].address, got.failed[0].action) == (kind, "helen@valmy.example", action)
    assert got.references[0] == "ours@rebond.example"


def test_a_report_about_two_takes_the_gravest_and_names_both() -> None:
    got = report(
        "Reporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; a@valmy.example\nAction: delayed\nStatus: 4.4.1\n\n"
        "Original-Recipient: rfc822; b@valmy.example\nFinal-Recipient: rfc822; b@inside.example\n"
        "Action: failed\nStatus: 5.1.1"
    )
    named = [(one.address, one.status) for one in got.failed]
    assert (got.kind, named) == ("bounce_hard", [("a@valmy.example", "4.4.1"), ("b@valmy.example", "5.1.1")])


# L13
def test_l13_a_complaint_names_the_address_or_leaves_it_empty() -> None:
    plain = report("Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <helen@valmy.example>", "feedback-report")
    hidden = report("Feedback-Type: abuse\nVersion: 1", "feedback-report", to="redacted@isp.example")
    assert (plain.kind, plain.failed[0].address) == ("complaint", "helen@valmy.example")
    assert (hidden.kind, hidden.failed[0].address, hidden.references[0]) == ("complaint", "", "ours@rebond.example")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_a_report_that_nobody_complains_in_is_no_complaint(kind: str) -> None:
    assert report(f"Feedback-Type: {kind}\nVersion: 1", "feedback-report").kind == "other"


def with_part(kind: str, text: str) -> reading.Reading:
    head = 'From: helen@valmy.example\r\nSubject: Re: Hello\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return read_now(f"{head}--b\r\n\r\nHello\r\n--b\r\nContent-Type: {kind}\r\n\r\n{text}\r\n--b--\r\n".encode())


def test_receipts_and_calendar_answers_are_no_evidence() -> None:
    assert with_part("message/disposition-notification", "Disposition: manual-action; displayed").rule == "receipt"
    assert with_part("text/calendar; method=REPLY", "BEGIN:VCALENDAR").rule == "calendar"
    assert with_part("text/calendar", "BEGIN:VCALENDAR\r\nMETHOD:REPLY").kind == "auto_reply"
    assert with_part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR").kind == "human"


def test_a_person_named_postmaster_is_still_read_when_a_server_fails() -> None:
    got = read_now(mail("Your 550 licences are ready.", From="postmaster@valmy.example"))
    assert got.kind == "auto_reply"
    assert got.failed == ()


FROM = b"From: h@valmy.example\r\n"


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (b"\r\n\nno header and no carriage return", "no header and no carriage return"),
        (b"\r\n" + "ça va".encode("cp1252"), "ça va"),
        ("Content-Type: text/plain; charset=klingon\r\n\r\nça va".encode(), "ça va"),
        ("Content-Type: text/plain; charset=us-ascii\r\n\r\nça va".encode(), "ça va"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=!!", "Hello"),
        (b"Content-Type: text/html\r\n\r\n<p>Yes<script>stop()</script><style>x</style>", "Yes"),
        (b"Content-Type: text/plain\r\n\r\n<html><body>Yes &amp; no</body></html>", "Yes & no"),
        (b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello', "Hello"),
        (b"\r\na\x00b\x07c", "abc"),
    ],
)
def test_the_text_of_broken_mail_is_read(rest: bytes, text: str) -> None:
    assert read_now(FROM + rest).text == text


HYPERTEXT = {
    "Gmail": """<div dir="ltr">Yes.</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, 1 Jun 2026 at
        08:12, Camille &lt;<a href="mailto:c@rebond.example">c@rebond.example</a>&gt; wrote:<br></div>
        <blockquote class="gmail_quote"><div>stop</div></blockquote></div>""",
    "Gmail, below": """<div class="gmail_quote"><div>Il giorno lun 1 giu C &lt;c@rebond.example&gt; ha scritto:</div>
        <blockquote><p>stop</p></blockquote></div><div>Yes.</div>""",
    "Outlook": """<div class=WordSection1><p class=MsoNormal>Yes.<o:p></o:p></p>
        <div style='border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Camille &lt;c@rebond.example&gt;<br>
        <b>Sent:</b> Monday<br><b>To:</b> Helen<br><b>Subject:</b> Hello</p></div><p class=MsoNormal>stop</p></div>""",
    "Outlook on a phone": """<div>Yes.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De&nbsp;:</b>
        Camille</div><div>stop</div>""",
    "Thunderbird": """<p>Yes.</p><div class="moz-cite-prefix">Le 01/06/2026 à 08:12, Camille a écrit&nbsp;:<br></div>
        <blockquote type="cite"><pre>stop</pre></blockquote>""",
    "Apple": """Yes.<br><div><br><blockquote type="cite"><div>Am 01.06.2026 um 08:12 schrieb C:</div>
        <div>stop</div></blockquote></div>""",
}


@pytest.mark.parametrize("program", HYPERTEXT)
def test_what_programs_quote_in_html_is_cut(program: str) -> None:
    got = read_now(FROM + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + HYPERTEXT[program].encode())
    assert (got.kind, got.text) == ("human", "Yes.")


def test_an_attachment_stays_closed() -> None:
    got = read_now(
        FROM + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee attached.\r\n'
        b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n"
        b"unsubscribe me\r\n--b--\r\n"
    )
    assert (got.kind, got.text) == ("human", "See attached.")


def test_a_subject_and_a_name_in_any_encoding() -> None:
    got = read_now(
        b"From: =?iso-8859-1?q?H=E9l=E8ne?= <h@valmy.example>\r\n"
        b"Subject: =?utf-8?b?w6dhIHZh?= =?x-none?q?=20ok?=\r\n\r\nx"
    )
    assert (got.from_name, got.subject) == ("Hélène", "ça va ok")


def test_text_is_kept_to_twenty_thousand_characters() -> None:
    assert len(read_now(mail("word " * 30_000)).text) <= 20_000


def test_a_list_with_dashes_is_no_signature_and_thanks_alone_is_kept() -> None:
    assert written("Hi,\n- price\n- date\n\nThanks,\nJane").words == "Hi,\n- price\n- date"
    assert written("Thanks").words == "Thanks"
    assert written("Yes\n\n-- \nJane").words == "Yes"


def test_every_rule_of_the_corpus_has_a_sentence() -> None:
    from tests.mail.corpus import cases

    codes = {read(case.raw, received_at=case.received_at).rule for case in cases()}
    assert len(codes) > 20
    assert [code for code in sorted(codes) if rules.sentence(code) in {code, ""}] == []
