"""A person's own page: the link is the key, looking changes nothing, choosing takes effect at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Person
from rebond.loop.forgetting import erase_person
from rebond.mail import actions, queries
from rebond.mail.actions import wishes
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Message, MessageStatus, Rhythm, Suppression, Wish
from rebond.mail.rights.tokens import read, token_for, token_of
from rebond.nurture import actions as nurture
from tests.walks import status

HELENE = "helene@valmy.example"
EVERYTHING = {"list": ["keep_in_touch", "feedback", "referral"], "rhythm": "usual", "language": "en", "do": "save"}
MULTIPART = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.fixture
def link(helene: Person) -> str:
    return f"/m/{token_for(HELENE)}"


def silent(mark: str = "") -> set[str]:
    found = Suppression.objects.filter(lifted_at=None)
    return set(found.filter(fingerprint=mark or fingerprint(HELENE)).values_list("scope", flat=True))


def stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Suppression, Wish, Basis, AuditEntry, Message))


def test_the_page_opens_without_sign_in_and_leaves_no_cookie(link: str) -> None:
    answer = Client().get(link)
    assert answer.status_code == 200
    assert "What we may send you" in answer.text
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "<script" not in answer.text


def test_looking_changes_nothing(link: str) -> None:
    before = stored()
    for path in (link, f"{link}/stop"):
        assert status(Client(), "get", path) == 200
        assert status(Client(), "head", path) == 200
    assert stored() == before


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(link: str, method: str) -> None:
    assert status(Client(), method, link) == 405
    assert status(Client(), method, f"{link}/stop") == 405


def test_a_link_that_is_not_ours_opens_nothing(link: str) -> None:
    for token in ("short", "a" * 66, link[3:-1] + ("A" if link[-1] != "A" else "B")):
        answer = Client().post(f"/m/{token}/stop", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 404
        assert "leads nowhere" in answer.text
    assert not silent()


def test_a_seller_who_is_signed_in_sees_the_same_page(as_yanis: Client, link: str) -> None:
    assert "What we send" in as_yanis.get(link).text


def test_it_speaks_the_language_of_the_last_mail_and_offers_the_other(link: str, now: datetime) -> None:
    Message.objects.create(
        key="x", purpose="test.notice", recipient=HELENE, fingerprint=fingerprint(HELENE), planned_at=now, send_at=now,
        message_id="<x@ours.example>", language="fr",
    )  # fmt: skip
    answer = Client().get(link, headers={"accept-language": "en"})
    assert answer["Content-Language"] == "fr"
    assert f'href="{link}?lang=en"' in answer.text
    assert Client().get(f"{link}?lang=en")["Content-Language"] == "en"


def test_choosing_keeps_rhythm_and_language_and_silences_what_is_off(link: str) -> None:
    chosen = {"list": ["keep_in_touch"], "rhythm": "half_year", "language": "fr", "do": "save"}
    answer = Client().post(link, chosen)
    assert answer.status_code == 303
    assert answer["Location"].endswith("?said=saved")
    assert silent() == {"feedback", "referral"}
    wish = Wish.objects.get()
    assert (wish.rhythm, wish.language) == (Rhythm.HALF_YEAR, "fr")
    assert queries.rhythm_of([HELENE, "other@valmy.example"]) == {HELENE: timedelta(days=182)}
    assert queries.language_of([HELENE]) == {HELENE: "fr"}
    assert Client().get(link)["Content-Language"] == "fr"


def test_the_same_choice_again_changes_nothing(link: str) -> None:
    Client().post(link, EVERYTHING)
    before = stored()
    Client().post(link, EVERYTHING)
    assert stored() == before


def test_a_list_can_be_switched_on_again(link: str) -> None:
    Client().post(link, EVERYTHING | {"list": []})
    assert silent() == {"keep_in_touch", "feedback", "referral"}
    Client().post(link, EVERYTHING)
    assert silent() == set()
    assert Suppression.objects.count() == 3  # history stays


def test_never_again_silences_everything_and_can_be_taken_back(link: str) -> None:
    assert Client().post(link, {"do": "never"}).status_code == 303
    assert silent() == {"all"}
    assert "We send you nothing, as you asked." in Client().get(link).text
    Client().post(link, EVERYTHING | {"list": ["feedback"]})
    assert silent() == {"keep_in_touch", "referral"}


def test_a_bounce_is_no_switch_of_the_page(link: str, now: datetime) -> None:
    actions.suppress(address=HELENE, scope="all", why="bounced", source="mail", actor=None, now=now)
    assert "Mail to this address came back" in Client().get(link).text
    Client().post(link, EVERYTHING)
    assert silent() == {"all"}


@pytest.mark.parametrize("wrong", [{"rhythm": "hourly"}, {"list": ["all"]}, {"language": "xx"}])
def test_a_choice_we_do_not_know_stores_nothing(link: str, wrong: dict[str, object]) -> None:
    before = stored()
    assert Client().post(link, EVERYTHING | wrong).status_code == 400
    assert stored() == before


def test_choosing_to_go_on_renews_the_three_years_and_stopping_does_not(
    link: str, helene: Person, camille: User, now: datetime
) -> None:
    basis = actions.note_basis(
        person=helene, use="keep_in_touch", ground="legitimate_interest", evidence="talked about Maintenance",
        source="close", obtained_at=now, actor=camille, now=now,
    )  # fmt: skip
    Client().post(link, EVERYTHING | {"list": []})
    basis.refresh_from_db()
    assert basis.obtained_at == now
    Client().post(link, EVERYTHING)
    basis.refresh_from_db()
    assert basis.obtained_at > now
    assert basis.expires_at is not None
    assert basis.expires_at.year == basis.obtained_at.year + 3
    assert "Talked about Maintenance" in Client().get(link).text


def test_one_click_stops_the_list_it_came_with(link: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(f"{link}/stop", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert silent() == {"keep_in_touch"}
    before = stored()
    assert Client().post(f"{link}/stop", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert stored() == before


def test_a_post_that_says_nothing_asks_first(link: str) -> None:
    answer = Client().post(f"{link}/stop")
    assert answer.status_code == 200
    assert "Stop these mails?" in answer.text
    assert not silent()


def test_asking_for_a_copy_and_for_erasure_is_noted_once(link: str) -> None:
    for what in ("copy", "erasure", "erasure"):
        assert Client().post(link, {"do": what}).status_code == 303
    wish = Wish.objects.get()
    assert wish.copy_asked_at
    assert wish.erasure_asked_at
    assert silent() == {"all"}
    asked = AuditEntry.objects.filter(verb__endswith="_asked").order_by("pk")
    assert list(asked.values_list("verb", flat=True)) == ["mail.copy_asked", "mail.erasure_asked"]
    assert "You asked to be erased on" in Client().get(link).text


def test_the_link_works_for_an_address_that_no_record_has(db: None) -> None:
    gone = f"/m/{token_of(fingerprint('gone@valmy.example'))}"
    assert "We keep no name and no mail of yours" in Client().get(gone).text
    Client().post(gone, {"do": "never"})
    assert silent(fingerprint("gone@valmy.example")) == {"all"}


def test_stopping_cancels_what_waits(link: str, now: datetime) -> None:
    message = actions.plan_message(
        key="law:1", purpose="test.notice", recipient=HELENE, send_at=now + timedelta(days=1), actor=None, now=now
    )
    Client().post(link, {"do": "never"})
    message.refresh_from_db()
    assert message.status == MessageStatus.CANCELLED


def test_a_mail_with_the_token_in_its_subject_stops_too(helene: Person, now: datetime) -> None:
    from rebond.mail.rights.tokens import in_subject

    holder = in_subject(f"Fwd: stop {token_for(HELENE, 'feedback')}")
    assert holder == read(token_for(HELENE, "feedback"))
    assert holder is not None
    wishes.stop(holder=holder, source="mail", now=now)
    assert silent() == {"feedback"}


def test_a_body_nobody_can_read_is_answered_calmly(link: str) -> None:
    answer = Client().post(link, "--", content_type="multipart/form-data")
    assert answer.status_code == 400
    assert not silent()


def test_the_page_asks_the_same_few_questions_whatever_it_shows(
    link: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8):
        Client().get(link)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_ten_megabytes_are_answered_calmly_and_change_nothing(link: str, kind: str) -> None:
    field = b"x=" + b"y" * 10_000_000
    if kind.startswith("multipart"):
        field = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + b"y" * 10_000_000 + b"\r\n--b--\r\n"
    answer = Client().post(f"{link}/stop", field, content_type=kind)
    assert answer.status_code == 400
    assert "more than this page can read" in answer.text
    assert not answer.cookies
    assert not silent()


@pytest.mark.parametrize("why", ["operator", "bounced"])
def test_who_asks_for_silence_where_we_had_entered_one_makes_it_theirs(
    link: str, admin_user: User, now: datetime, why: str
) -> None:
    ours = actions.suppress(
        address=HELENE, scope="keep_in_touch", why=why, source="screen", actor=admin_user, now=now - timedelta(days=9)
    )
    Client().post(f"{link}/stop", {"List-Unsubscribe": "One-Click"})
    theirs = Suppression.objects.get()
    assert (theirs.pk, theirs.why, theirs.source, theirs.by) == (ours.pk, "asked", "one-click", None)
    admin = Client()
    admin.force_login(admin_user)
    assert admin.post(f"/silence/{theirs.pk}/lift").status_code == 409
    assert silent() == {"keep_in_touch"}


@override_settings(SECRET_KEY="another installation")
def test_a_link_of_another_installation_opens_nothing(link: str) -> None:
    assert Client().post(f"{link}/stop", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("form", [{"List-Unsubscribe": "One-Click"}, {"stop": "1"}])
def test_a_stop_ends_staying_in_touch_and_takes_back_what_waits(
    link: str, helene: Person, camille: User, now: datetime, form: dict[str, str]
) -> None:
    one = nurture.begin(person=helene, owner=camille, actor=camille, now=now)
    step = nurture.send_note(enrolment=one, subject="A", body="B", actor=camille, now=now)
    assert Client().post(f"{link}/stop", form).status_code == 200
    one.refresh_from_db()
    assert (one.status, one.ended_because) == ("ended", "asked")
    assert Message.objects.get(key=step.message_key).status == "cancelled"


def test_a_stop_works_for_an_address_that_was_erased(link: str, helene: Person, now: datetime) -> None:
    erase_person(person=helene, typed=helene.name, actor=None, now=now)
    for path in (link, f"{link}/stop"):
        assert Client().get(path).status_code == 200
    answer = Client().post(f"{link}/stop", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Marchetti" not in answer.text
    assert "all" in silent()


@given(st.text(max_size=80) | st.text("abcABC019-_", min_size=66, max_size=66))
def test_no_text_that_we_did_not_make_is_a_link(text: str) -> None:
    assert read(text) is None
