"""The list of docs/law.md, one test a line: what the law and the standards ask of a note, through the front door.

Those of introductions (L22 to L24) are in ``tests/refer/test_introducing.py``, those of recorded calls (L25, L26) in
``tests/celebrate``.
"""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from rebond.accounts.models import User
from rebond.cli import main
from rebond.deals.models import Company, Person
from rebond.loop import forgetting
from rebond.mail import actions, doctor, purposes
from rebond.mail.addresses import fingerprint
from rebond.mail.boxes import checking, mailbox
from rebond.mail.doctor import domain, servers
from rebond.mail.guarding import guards, health
from rebond.mail.models import (
    Aftermath,
    Basis,
    Halt,
    InterestRecord,
    Kind,
    Mailbox,
    MatchedBy,
    Message,
    MessageStatus,
    Suppression,
    Wish,
)
from rebond.mail.outgoing import compose, smtp
from rebond.mail.purposes import Later
from rebond.mail.queries import basis_for, suppressed
from rebond.mail.queries.basis import running_out
from rebond.mail.reading import read
from rebond.mail.rights import footer, tokens
from rebond.nurture.actions import send_note
from rebond.nurture.drafts import templates
from rebond.nurture.models import Enrolment, Standing
from tests.connect.test_running import imported
from tests.factories import make_person
from tests.mail import test_doctor as doctors
from tests.mail.dns_server import HOST, OURS, DnsServer
from tests.mail.inbox_mails import bounce, raw, sent_note, take, understood
from tests.mail.purposes import plan
from tests.mail.server import Received, SmtpServer
from tests.mail.test_sending import row, sent
from tests.nurture import conftest as keeping
from tests.nurture.conftest import SayNo, deliver
from tests.nurture.test_touching import MAY, send_to

said_no, post = keeping.said_no, keeping.post
key, box, came = doctors.key, doctors.box, doctors.came

HELENE = "helene@valmy.example"
LAW = Path(__file__).resolve().parents[2] / "docs" / "law.md"
#: Lines whose tests stand with the letters they are about.
TESTS = Path(__file__).resolve().parents[1]
ELSEWHERE = dict.fromkeys(("L22", "L23", "L24"), "refer/test_introducing.py")
ELSEWHERE |= dict.fromkeys(("L25", "L26"), "celebrate/test_*.py")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MULTIPART = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _our_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "public_url", "https://rebond.ours.example")
    monkeypatch.setattr(settings.CONFIG, "legal_name", "Ours SAS")
    monkeypatch.setattr(settings.CONFIG, "postal_address", "12 rue du Lac\n75011 Paris")


@pytest.fixture
def first_note(said_no: SayNo, camille: User, post: SmtpServer) -> Received:
    """The first note after a no, as Hélène's server got it."""
    send_to(said_no(), camille)
    deliver(MAY + timedelta(seconds=11))
    return post.received[0]


@pytest.fixture
def link() -> str:
    return f"/m/{tokens.token_for(HELENE)}"


def silent() -> set[tuple[str, str]]:
    found = Suppression.objects.filter(fingerprint=fingerprint(HELENE), lifted_at=None)
    return set(found.values_list("scope", "why"))


def stored() -> list[int]:
    return [model.objects.count() for model in (Suppression, Wish, Basis, Message)]


def preview(now: datetime, country: str = "FR") -> purposes.Verdict:
    """What a note to Hélène would be told, from a mailbox that was signed off."""
    house = mailbox.house(now=now)
    if not guards.may_send_notes(house):
        actions.sign_off(mailbox=house, words="a test without DNS", actor=None, now=now)
    return guards.preview(HELENE, "keep_in_touch", True, mailbox.house(now=now), "", country, now)


def noted(person: Person, at: datetime, ground: str = "legitimate_interest") -> Basis:
    return actions.note_basis(
        person=person, use="keep_in_touch", ground=ground, evidence="talked about Maintenance", source="close",
        obtained_at=at, actor=None, now=at,
    )  # fmt: skip


def test_L01_a_note_can_be_unsubscribed_from_with_one_click(first_note: Received) -> None:
    header = first_note.mail["List-Unsubscribe"]
    token = tokens.token_for(HELENE)
    assert re.findall(r"<(https:[^>]+)>", header) == [f"https://rebond.ours.example/m/{token}/stop"]
    assert re.findall(r"<mailto:([^?>]+)\?subject=stop%20([^>]+)>", header) == [(footer.stop_address(), token)]
    assert first_note.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<https://rebond.ours.example/m/{token}/stop>".encode() in first_note.raw, "no encoded word, not broken up"


def test_L02_notes_wait_until_a_check_mail_came_back_with_both_headers_signed(
    came: bytes, good: DnsServer, box: Mailbox, key: tuple[bytes, str], helene: Person, now: datetime
) -> None:
    noted(helene, now)
    good.txt(f"sel._domainkey.{OURS}", key[1])
    for covers in (doctors.ALL[:3], doctors.ALL[:4]):
        checking.conclude(box, doctors.signed(came, key[0], covers=covers), actor=None, now=now)
        said = guards.preview(HELENE, "keep_in_touch", True, mailbox.house(now=now), "", "FR", now)
        assert isinstance(said, Later)
        assert said.reason == guards.UNCHECKED
    checking.conclude(box, doctors.signed(came, key[0]), actor=None, now=now)
    assert guards.preview(HELENE, "keep_in_touch", True, mailbox.house(now=now), "", "FR", now) == ""


def test_L03_one_click_works_without_cookie_login_or_csrf_and_never_redirects(helene: Person) -> None:
    for scope, kind, body in (
        ("keep_in_touch", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("feedback", "multipart/form-data; boundary=x", MULTIPART),
    ):
        path = f"/m/{tokens.token_for(HELENE, scope)}/stop"
        answer = Client(enforce_csrf_checks=True).post(path, body, content_type=kind)
        assert (answer.status_code, answer.headers.get("Location"), len(answer.cookies)) == (200, None, 0)
        assert (scope, "asked") in silent()


def test_L04_looking_changes_nothing_and_a_second_post_neither(link: str, helene: Person) -> None:
    before = stored()
    for path in (link, f"{link}/stop"):
        assert Client().get(path).status_code == Client().head(path).status_code == 200
    assert stored() == before
    assert "Stop these mails?" in Client().get(f"{link}/stop").text
    assert "What we send" in Client().get(link).text
    Client().post(f"{link}/stop", ONE_CLICK)
    after = stored()
    assert Client().post(f"{link}/stop", ONE_CLICK).status_code == 200
    assert stored() == after


def test_L05_a_link_names_person_and_list_cannot_be_forged_and_never_runs_out(
    helene: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.token_for(HELENE, "referral")
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tokens.read(forged) is None
    later = time.time() + 20 * 365 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert tokens.read(token) == tokens.Holder(fingerprint(HELENE), "referral")
    assert Client().post(f"/m/{token}/stop", ONE_CLICK).status_code == 200
    assert silent() == {("referral", "asked")}
    assert Client().post(f"/m/{token[:-1]}/stop", ONE_CLICK).status_code == 404


def test_L06_a_stop_before_the_text_leaves_wins_also_in_the_middle_of_a_run(
    smtp_server: SmtpServer, now: datetime
) -> None:
    plan("before", now)
    plan("between", now, recipient="marc@lac.example")
    plan("other", now, recipient="ines@roussel.example")
    Client().post(f"/m/{tokens.token_for(HELENE, 'feedback')}/stop", ONE_CLICK)
    mails = {mail.message.key: mail.message for mail in actions.claim(worker="a", now=now).mails}
    assert sorted(mails) == ["between", "other"]
    Client().post(f"/m/{tokens.token_for('marc@lac.example', 'feedback')}/stop", ONE_CLICK)
    begun = {key: actions.begin_data(message=message, now=now) for key, message in mails.items()}
    assert begun == {"between": False, "other": True}
    assert (row("before").status, row("between").status) == (MessageStatus.CANCELLED, MessageStatus.CANCELLED)
    assert sent(now) == {}


def test_L07_the_doctor_looks_at_spf_dmarc_ptr_and_encryption_and_counts_mail_to_gmail(
    good: DnsServer, dns_server: DnsServer, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    found = {one.about: one.code for one in domain.examine(doctor.names(), OURS, HOST)}
    assert found == {"spf": "spf_ok", "dmarc": "dmarc_ok", "mx": "mx_ok", "ptr": "ptr_ok"}
    bare = {one.about: one.level.value for one in domain.examine(doctor.names(), "bare.example", HOST)}
    assert "ok" not in (bare["spf"], bare["dmarc"])
    assert servers.try_way_out(smtp.read(smtp_server.url.replace("smtp:", "smtps:"))).code == "out_tls"
    assert health.ToGmail("ours.example", 5_000).bulk
    assert not health.ToGmail("ours.example", 4_999).bulk
    main(["doctor", "--json"])
    assert json.loads(capsys.readouterr().out)


def test_L08_one_complaint_in_a_thousand_warns_and_three_stop_all_notes(helene: Person, now: datetime) -> None:
    noted(helene, now)
    Message.objects.bulk_create(
        Message(
            key=f"sent:{n}", purpose="test.feedback", status=MessageStatus.ACCEPTED, fingerprint=f"{n:064x}",
            planned_at=now, send_at=now, finished_at=now, message_id=f"<{n}@ours.example>",
        )
        for n in range(1000)
    )  # fmt: skip
    for complaining, level in ((1, "warn"), (3, "stop")):
        pks = list(Message.objects.order_by("pk").values_list("pk", flat=True)[:complaining])
        Message.objects.filter(pk__in=pks).update(aftermath=Aftermath.COMPLAINED, aftermath_at=now)
        assert health.complaints(now + timedelta(minutes=1)).level.value == level
    assert preview(now) == ""
    assert health.halt_if_needed(now=now + timedelta(minutes=1))
    assert Halt.objects.get().covers == "cadence"
    said = preview(now + timedelta(minutes=1))
    assert isinstance(said, Later)
    assert said.reason == "halted"
    assert health.Complaints(k=1, n=199).level.value == "too_few"


def test_L09_notes_have_a_list_of_their_own(first_note: Received, post: SmtpServer, now: datetime) -> None:
    assert first_note.mail["List-Id"] == "<keep-in-touch.ours.example>"
    plan("colleague", now, purpose="test.colleague", recipient="nadia@rebond.example")
    sent(now)
    assert post.received[-1].mail["List-Id"] is None


@pytest.mark.parametrize(
    ("headers", "human"),
    [
        ({}, True),
        ({"Auto_Submitted": "no"}, True),
        ({"X_Auto_Response_Suppress": "All"}, True),
        ({"Auto_Submitted": "auto-replied"}, False),
        ({"Auto_Submitted": "auto-generated"}, False),
        ({"Return_Path": "<>"}, False),
    ],
)
def test_L10_a_program_s_answer_is_no_answer_and_gets_none(
    headers: dict[str, str], human: bool, smtp_server: SmtpServer, helene: Person, now: datetime
) -> None:
    note = sent_note("note:1", now)
    got = take(read(raw(answers=note, **headers), received_at=now), now)
    assert got is not None
    assert (got.kind == Kind.HUMAN) is human
    sent(now + timedelta(days=1))
    assert len(smtp_server.received) == 1
    assert Message.objects.count() == 1


def report(action: str, status: str, now: datetime, *, to: str = "rebond@ours.example", original: str = "") -> bytes:
    """What a mail server sends back (RFC 3464)."""
    parts = [
        "Content-Type: text/plain\r\n\r\nSorry.",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.valmy.example\r\n\r\n"
        f"Final-Recipient: rfc822; {HELENE}\r\nAction: {action}\r\nStatus: {status}\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\nSubject: hello\r\n{original}",
    ]
    head = (
        "From: MAILER-DAEMON@valmy.example\r\nReturn-Path: <>\r\nDate: Tue, 9 Jun 2026 06:00:00 +0000\r\n"
        f"To: {to}\r\nMessage-ID: <{action}{status}{len(original)}{len(to)}@mx.valmy.example>\r\nSubject: Returned\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    return (head + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


def test_L11_a_report_is_read_per_recipient_and_matched_by_envelope_id_or_address(
    smtp_server: SmtpServer, helene: Person, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "bounce_address", "bounces+{token}@ours.example")
    note = sent_note("note:1", now)
    kinds = [
        ("failed", "5.1.1", "bounce_hard"),
        ("delayed", "4.4.1", "bounce_soft"),
        ("failed", "4.2.2", "bounce_soft"),
    ]
    for action, status, kind in kinds:
        reading = read(report(action, status, now), received_at=now)
        assert (reading.kind, [one.address for one in reading.failed]) == (kind, [HELENE])
    ways = {
        MatchedBy.ENVELOPE: report("delayed", "4.4.1", now, to=f"bounces+{compose.bounce_token(note)}@ours.example"),
        MatchedBy.MESSAGE_ID: report("delayed", "4.4.1", now, original=f"Message-ID: {note.message_id}\r\n"),
        MatchedBy.ADDRESS: report("delayed", "4.4.1", now),
    }
    for by, mail in ways.items():
        got = take(read(mail, received_at=now), now)
        assert got is not None
        assert (got.matched_by, got.answers) == (by, note)


def test_L12_a_dead_address_is_silenced_three_soft_bounces_rest_it_and_a_policy_refusal_is_ours(
    smtp_server: SmtpServer, helene: Person, now: datetime
) -> None:
    noted(helene, now)
    note = sent_note("note:1", now - timedelta(days=200))
    take(bounce("bounce_policy", answers=note, status="5.7.1", number=1), now)
    assert not silent()
    assert mailbox.house(now=now).paused_until is not None
    Mailbox.objects.update(paused_until=None)
    Message.objects.bulk_create(
        Message(
            key=f"soft:{n}", purpose="test.feedback", status=MessageStatus.ACCEPTED, fingerprint=fingerprint(HELENE),
            planned_at=now, send_at=now, finished_at=now - timedelta(days=20 + n), message_id=f"<soft{n}@ours.example>",
            aftermath=Aftermath.BOUNCED_SOFT, aftermath_at=now - timedelta(days=20 + n),
        )
        for n in range(3)
    )  # fmt: skip
    said = preview(now)
    assert isinstance(said, Later)
    assert said.reason == "came_back"
    take(bounce("bounce_hard", answers=note, status="5.1.1", number=2), now)
    assert silent() == {("all", "bounced")}


def test_L13_a_complaint_silences_everything_and_ends_staying_in_touch(
    said_no: SayNo, smtp_server: SmtpServer, now: datetime
) -> None:
    one = said_no()
    take(bounce("complaint", answers=sent_note("note:1", now)), now)
    assert silent() == {("all", "complained")}
    one.refresh_from_db()
    assert (one.status, one.ended_because) == (Standing.ENDED, "asked")


def test_L14_the_right_to_object_is_told_at_the_first_message_apart_from_the_rest_and_is_absolute(
    first_note: Received, link: str
) -> None:
    paragraphs = first_note.text.strip().split("\n\n")
    assert paragraphs[-1] == (
        "You may object to these notes at any time, without a reason, and they end at once:\n"
        f"https://rebond.ours.example{link}"
    )
    assert Basis.objects.get().told_at is not None
    Client().post(link, {"do": "never"})
    assert silent() == {("all", "asked")}
    assert Enrolment.objects.get().status == Standing.ENDED


def test_L15_an_erased_person_leaves_a_mark_and_rows_without_a_name(
    first_note: Received, helene: Person, now: datetime
) -> None:
    forgetting.erase_person(person=helene, typed=helene.name, actor=None, now=now)
    message = Message.objects.get(purpose="nurture.note")
    assert (message.recipient, message.recipient_name, message.text, message.subject) == ("", "", "", "")
    assert (message.status, message.fingerprint) == (MessageStatus.ACCEPTED, fingerprint(HELENE))
    assert silent() == {("all", "erased")}
    assert not Enrolment.objects.exists()


def test_L16_an_import_of_a_silent_address_leaves_it_silent_and_counts_it(
    nadia: User, tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"Name,Email\nHélène Marchetti,{HELENE}\nMarc Delvaux,marc@lac.example\n")
    actions.suppress(address="marc@lac.example", scope="all", why="asked", source="x", actor=None, now=now)
    actions.suppress(address=HELENE, scope="all", why="erased", source="x", actor=None, now=now)
    run = imported(path, nadia, "people")
    assert (run.described["silent"], run.described["erased"], run.created) == (1, 1, 1)
    assert suppressed([HELENE, "marc@lac.example"], "keep_in_touch") == {HELENE, "marc@lac.example"}


def test_L17_there_is_a_balance_for_each_use_with_day_and_owner_and_it_is_exported(
    as_admin: Client, admin_user: User
) -> None:
    text = {"use": "referral", "interest": "Ours", "need": "Needed", "balance": "Fair"}
    as_admin.post("/interest", text)
    kept = InterestRecord.objects.get()
    assert (kept.by, kept.version, bool(kept.at)) == (admin_user, 2, True)
    records = as_admin.get("/interest?export=json").json()["records"]
    assert [(one["use"], all(one[part] for part in ("interest", "need", "balance"))) for one in records] == [
        ("feedback", True), ("keep_in_touch", True), ("referral", True)
    ]  # fmt: skip


def test_L18_in_france_each_mail_says_who_writes_and_why_and_an_offices_address_needs_no_basis(
    first_note: Received, now: datetime
) -> None:
    assert "Camille Aubry, Ours SAS" in first_note.text
    assert "about Maintenance, 3 sites" in first_note.text
    assert "You may object to these notes at any time" in first_note.text
    company = Company.objects.get()
    assert company.country == "France"
    make_person("Reception", company=company, email="info@valmy.example")
    make_person("Marc", company=company, email="marc@valmy.example")
    assert list(basis_for(["info@valmy.example", "marc@valmy.example"], "keep_in_touch", now)) == ["info@valmy.example"]
    actions.suppress(address="info@valmy.example", scope="all", why="asked", source="x", actor=None, now=now)
    assert suppressed(["info@valmy.example"], "keep_in_touch") == {"info@valmy.example"}


def test_L19_three_years_after_their_last_own_act_nothing_is_sent_and_it_is_asked_once_before(
    as_admin: Client, helene: Person, link: str, now: datetime, smtp_server: SmtpServer
) -> None:
    basis = noted(helene, now - timedelta(days=3 * 365 - 20))
    assert preview(now) == ""
    assert preview(now + timedelta(days=21)) == "no_basis"
    Client().get(link)  # looking is no act
    basis.refresh_from_db()
    assert basis.obtained_at < now - timedelta(days=1000)
    take(understood("human", answers=sent_note("note:1", now)), now)
    basis.refresh_from_db()
    assert basis.obtained_at == now
    soon = now.replace(year=now.year + 3) - timedelta(days=29)
    assert list(running_out(soon)) == [basis]
    assert "ask_once" in templates.KEYS


def test_L20_headers_are_true_the_postal_address_is_there_and_a_stop_is_honoured_at_once(
    first_note: Received, link: str, camille: User, said_no: SayNo
) -> None:
    assert first_note.mail["From"].addresses[0].addr_spec == "rebond@ours.example"
    assert first_note.mail["Subject"] == "A thought"
    assert "12 rue du Lac\n75011 Paris" in first_note.text
    Client().post(f"{link}/stop", ONE_CLICK)
    assert preview(MAY + timedelta(days=60)) == "suppressed"


def test_L21_in_canada_an_enquiry_lasts_six_months_and_nothing_is_claimed_after_it(
    said_no: SayNo, camille: User, post: SmtpServer, helene: Person
) -> None:
    one = said_no(country="Canada")
    basis = Basis.objects.get()
    assert (basis.ground, basis.evidence != "") == ("casl_enquiry", True)
    assert basis.expires_at is not None
    assert (basis.expires_at - basis.obtained_at).days in range(181, 185)
    assert preview(basis.expires_at - timedelta(seconds=1), "CA") == ""
    assert preview(basis.expires_at, "CA") == "no_basis"
    late = basis.expires_at + timedelta(days=1)
    send_note(enrolment=one, subject="Hello", body="Still there?", actor=camille, now=late, at_once=True)
    deliver(late + timedelta(minutes=1))
    assert not post.received


def test_L28_nothing_tells_us_that_a_mail_was_opened_and_only_a_press_on_our_page_counts(
    first_note: Received, helene: Person, link: str
) -> None:
    parts = [part.get_content_type() for part in first_note.mail.walk()]
    assert parts == ["text/plain"]
    assert set(re.findall(r"https?://\S+", first_note.text)) == {f"https://rebond.ours.example{link}"}
    before = Basis.objects.get().obtained_at
    Client().get(link)
    assert Basis.objects.get().obtained_at == before
    chosen = {"list": ["keep_in_touch"], "rhythm": "usual", "language": "en"}
    Client().post(link, chosen)
    assert Basis.objects.get().obtained_at > before


def named_in(files: str) -> set[str]:
    """Every test of these files."""
    return {
        name for path in TESTS.glob(files) for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", LAW.read_text()))
    assert len(named) > 40
    assert named - named_in("*/test_*.py") == set()


def test_every_line_of_the_list_has_its_test_or_its_reason() -> None:
    lines = dict(re.findall(r"^\| (L\d\d) \|.*\| ([^|]+) \|$", LAW.read_text(), flags=re.MULTILINE))
    assert sorted(lines) == [f"L{number:02}" for number in range(1, 29)]
    for name, shown in lines.items():
        tests = re.findall(r"`(test_\w+)`", shown)
        if not tests:
            assert shown.startswith("not applicable because "), name
            assert len(shown) > 60, name
        elif name in ELSEWHERE:
            assert set(tests) <= named_in(ELSEWHERE[name]), name
        else:
            assert tests[0].startswith(f"test_{name}_"), name
            assert tests[0] in globals(), name
