"""What praise each person wants: said by themselves, changed by nobody else, looked at before anything is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import NotAllowed, RebondError
from rebond.celebrate.actions.preferences import put_off, say
from rebond.celebrate.models import Incentive, PraiseForm, Preference, Visibility
from rebond.celebrate.queries.preferences import preference_of, to_be_asked
from rebond.celebrate.views.preferences import circles
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
ANSWERS = {
    "visibility": "everyone", "show_name": "on", "show_amount": "on", "form": "public", "incentive_1": "learning",
    "incentive_2": "learning", "incentive_3": "gift", "sound": "on", "song": "chime",
}  # fmt: skip


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def says(user: User, actor: User | None, now: datetime, **more: Any) -> Preference:
    said: dict[str, Any] = {"visibility": "team", "show_name": True, "show_amount": False, "show_customer": True,
                            "form": "private", "leader_may_see": True}  # fmt: skip
    return say(user=user, actor=actor, now=now, **(said | more))


def test_without_a_word_it_is_my_team_without_the_amount_and_in_private(camille: User) -> None:
    found = preference_of(camille)
    assert found.pk is None
    assert (found.visibility, found.show_name, found.show_customer, found.show_amount) == ("team", True, True, False)
    assert (found.form, found.sound) == ("private", False)


def test_four_questions_on_one_page_are_kept_as_they_were_answered(as_camille: Client, camille: User) -> None:
    page = as_camille.get("/praise").text
    assert page.count('<fieldset class="likes-q">') == 4
    assert "Signed! Camille, Groupe Valmy" in page
    assert as_camille.post("/praise", ANSWERS).status_code == 302
    found = Preference.objects.get(user=camille)
    assert (found.visibility, found.form, found.song) == ("everyone", "public", "chime")
    assert (found.show_name, found.show_customer, found.show_amount) == (True, False, True)
    assert (found.sound, found.leader_may_see) == (True, False)
    assert found.incentives == ["learning", "gift"]
    assert found.said_at is not None


def test_the_audit_says_that_they_spoke_and_not_what(as_camille: Client) -> None:
    as_camille.post("/praise", ANSWERS)
    entry = AuditEntry.objects.get(verb="celebrate.say_praise")
    assert entry.detail == {}


def test_nobody_else_can_say_it_not_even_an_administrator(
    camille: User, nadia: User, admin_user: User, now: datetime
) -> None:
    for actor in (nadia, admin_user, None):
        with pytest.raises(NotAllowed):
            says(camille, actor, now, visibility="everyone")
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"visibility": "world"}, {"form": "loud"}, {"incentives": ["yacht"]}, {"song": "horn"}]
)
def test_an_answer_that_is_not_offered_changes_nothing(camille: User, now: datetime, wrong: dict[str, Any]) -> None:
    with pytest.raises(RebondError) as problem:
        says(camille, camille, now, **wrong)
    assert problem.value.code == "not_a_choice"
    assert not Preference.objects.exists()


def test_a_page_that_is_sent_without_an_answer_is_answered_in_words(as_camille: Client) -> None:
    assert as_camille.post("/praise", {}).status_code == 400
    assert not Preference.objects.exists()


def test_today_asks_whoever_has_not_said_and_stops_when_they_have(as_camille: Client) -> None:
    assert "Which praise do you like?" in as_camille.get("/today").text
    as_camille.post("/praise", ANSWERS | {"next": "/today"})
    assert "Which praise do you like?" not in as_camille.get("/today").text


def test_put_off_it_is_asked_once_more_after_a_month_and_then_never(
    as_camille: Client, camille: User, now: datetime
) -> None:
    assert as_camille.post("/praise/later").status_code == 302
    assert "Which praise do you like?" not in as_camille.get("/today").text
    Preference.objects.filter(user=camille).update(asked_at=now - timedelta(days=31))
    assert "Which praise do you like?" in as_camille.get("/today").text
    as_camille.post("/praise/later")
    Preference.objects.filter(user=camille).update(asked_at=now - timedelta(days=400))
    assert "Which praise do you like?" not in as_camille.get("/today").text
    assert preference_of(camille).visibility == "team"


def test_putting_it_off_changes_nothing_that_was_said(camille: User, now: datetime) -> None:
    says(camille, camille, now, visibility="nobody")
    put_off(user=camille, now=now + timedelta(days=1))
    found = preference_of(camille)
    assert (found.visibility, found.put_off, found.said_at) == ("nobody", 0, now)


def test_a_pending_question_costs_today_no_query_of_its_own(
    as_camille: Client, camille: User, now: datetime, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    as_camille.get("/today")
    with CaptureQueriesContext(connection) as asked:
        assert "Which praise do you like?" in as_camille.get("/today").text
    says(camille, camille, now)
    with django_assert_num_queries(len(asked)):
        as_camille.get("/today")


def test_the_bell_card_knows_whether_it_may_sound_and_with_which_song(as_camille: Client) -> None:
    assert 'data-sound="" data-song=""' in as_camille.get("/wins").text
    as_camille.post("/praise", ANSWERS)
    assert 'data-sound="on" data-song="chime"' in as_camille.get("/wins").text


def test_the_page_answers_right_and_wrong_methods_and_whoever_comes(as_camille: Client, as_yanis: Client) -> None:
    for client in (as_camille, as_yanis):  # each their own; there is no address of another's
        assert status(client, "get", "/praise") == 200
    assert status(as_camille, "put", "/praise") == 405
    assert_wrong_method(as_camille, "/praise/later", "post")
    assert_signed_out_is_sent_to_sign_in("/praise")
    assert_signed_out_is_sent_to_sign_in("/praise/later", "post")


def test_the_page_is_whole_in_french(as_camille: Client, camille: User) -> None:
    User.objects.filter(pk=camille.pk).update(language="fr")
    assert status(as_camille, "get", "/praise") == 200


@given(visibility=st.sampled_from(Visibility.values), name=st.booleans(), customer=st.booleans(), amount=st.booleans())
def test_no_circle_reads_more_than_the_one_within_it(visibility: str, name: bool, customer: bool, amount: bool) -> None:
    said = Preference(visibility=visibility, show_name=name, show_customer=customer, show_amount=amount)
    leader, team, everyone = circles(said, "Camille")
    read = [line for _code, _who, line, _amount in (leader, team, everyone)]
    assert read == sorted(read, reverse=True)  # whoever is further out reads the same, or nothing
    assert all(("Camille" in line) == name for line in read if line)
    assert all(("Valmy" in line) == customer for line in read if line)
    assert all(bool(shown) == (amount and bool(line)) for _code, _who, line, shown in (leader, team, everyone))


@given(times=st.integers(0, 5), days=st.integers(0, 1000))
def test_nobody_is_asked_more_than_twice(times: int, days: int) -> None:
    now = timezone.now()
    asked = to_be_asked(None, now - timedelta(days=days) if times else None, times, now)
    assert asked == (times == 0 or (times == 1 and days >= 30))


def test_every_answer_has_its_words() -> None:
    from rebond.celebrate.praising import likes
    from rebond.celebrate.views.preferences import FORMS, VISIBILITIES

    assert set(FORMS) == set(PraiseForm)
    assert set(VISIBILITIES) == set(Visibility)
    assert all(likes(form) for form in PraiseForm.values)
    assert len({str(one.label) for one in Incentive}) == len(Incentive)
