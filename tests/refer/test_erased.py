"""Somebody who was introduced is erased: what we wrote to others about them says no name any more."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail.models import Message
from rebond.refer.actions.following import person_of
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.thanking import thank
from rebond.refer.models import Advocate, Mode, Referral, Thanks
from tests.factories import make_user
from tests.refer.introduced import named

pytestmark = pytest.mark.django_db


@pytest.fixture
def introduced(helene: Person, camille: User, now: datetime) -> Referral:
    """Hélène introduced Paul to both, and was thanked for it in writing."""
    found = named(helene, camille, now)
    introduce(referral=found, mode=Mode.THREE_WAY, evidence="a mail to both", actor=camille, now=now)
    move = found.moves.get(to_state="introduced")
    thank(move=move, channel="email", subject="Paul Roux", body="Paul Roux called. Thank you.", actor=camille, now=now)
    return found


def test_what_we_wrote_to_the_advocate_names_them_no_more(
    introduced: Referral, as_admin: Client, camille: User, now: datetime
) -> None:
    paul = person_of(referral=introduced, actor=camille, now=now)
    letter = Message.objects.get(purpose="refer.thanks")
    assert "Paul Roux" in letter.text + letter.subject
    assert as_admin.post(f"/people/{paul.pk}/erase", {"name": "Paul Roux"}).status_code == 302
    letter.refresh_from_db()
    assert "Roux" not in letter.text + letter.subject + Thanks.objects.get().body
    assert letter.recipient == "helene@valmy.example"
    introduced.refresh_from_db()
    assert (introduced.name, introduced.email, introduced.state) == ("", "", "void")


def test_another_teams_lead_does_not_say_where_a_reward_goes(introduced: Referral, yanis: User) -> None:
    """They see the advocate, since they asked them too; what the advocate owes and is owed is not theirs."""
    lead = Client()
    lead.force_login(make_user("Paula South", team=yanis.team, role="manager"))
    Referral.objects.filter(pk=introduced.pk).update(team=yanis.team)
    advocate = Advocate.objects.get()
    answer = lead.post(f"/advocates/people/{advocate.pk}/payee", {"kind": "donation", "charity": "Les Toits"})
    assert answer.status_code == 403
    advocate.refresh_from_db()
    assert advocate.payee == ""
