"""The rewards screen: who may open it, what it shows, what its buttons leave behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import Role, User
from rebond.jobs.models import Job
from rebond.refer.actions import rewards as actions
from rebond.refer.models import Advocate, Payout, PayoutRun, Referral, Reward, RiskFlag
from rebond.refer.urls import urlpatterns
from rebond.refer.work.rewards import pay_out
from tests.factories import make_person, make_user
from tests.refer.rewarded import IBAN, accrued, approved, handed_out, make_advocate, make_programme, won
from tests.walks import assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db
NOT_YOURS, NOTHING, WRONG = 403, 404, 405
#: Methods; whose key the address takes; what a teammate, and a manager of another team, are answered.
DOORS: dict[str, tuple[tuple[str, ...], str, int, int]] = {
    "rewards": (("get",), "", NOT_YOURS, 200),
    "approve": (("post",), "payout", NOT_YOURS, NOTHING),
    "forfeit": (("post",), "reward", NOT_YOURS, NOTHING),
    "proof": (("post",), "payout", NOT_YOURS, NOTHING),
    "run": (("post",), "", NOT_YOURS, 409),  # nothing of theirs is approved
    "write_off": (("post",), "advocate", NOT_YOURS, NOTHING),
    "export": (("get", "post"), "", NOT_YOURS, 200),
}


@pytest.fixture
def now() -> datetime:
    """The screen reads the clock."""
    return timezone.now()


@pytest.fixture
def due(camille: User, now: datetime) -> Reward:
    return accrued(won(make_advocate(owner=camille), make_programme(), now=now), now=now)


@pytest.fixture
def path(due: Reward) -> Callable[[str], str]:
    keys = {"payout": due.payout.pk, "reward": due.pk, "advocate": due.advocate_id}

    def to(name: str) -> str:
        of = DOORS[name][1]
        return reverse(f"refer:{name}", args=[keys[of]] if of else [])

    return to


def test_no_address_is_forgotten() -> None:
    here = {route.name for route in urlpatterns if str(route.pattern).startswith("advocates/rewards")}
    assert here == set(DOORS)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door(
    as_camille: Client, as_nadia: Client, as_yanis: Client, yanis: User, path: Callable[[str], str], name: str
) -> None:
    methods, _of, teammate, outsider = DOORS[name]
    for method in ("get", "post", "put", "delete"):
        if method not in methods:
            assert status(as_nadia, method, path(name)) == WRONG
    for method in methods:
        assert_signed_out_is_sent_to_sign_in(path(name), method)
        assert status(as_camille, method, path(name)) == teammate
        assert status(as_yanis, method, path(name)) in (NOTHING, NOT_YOURS)
    boss, client = make_user("Sofia South", team=yanis.team, role=Role.MANAGER), Client()
    client.force_login(boss)
    assert status(client, methods[0], path(name)) == outsider
    assert not Payout.objects.exclude(status="waiting").exists()


def text_of(client: Client, query: str = "") -> str:
    answer = client.get(f"/advocates/rewards{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_screen_says_what_will_come(as_nadia: Client) -> None:
    assert "Nothing to reward yet" in text_of(as_nadia)


def test_it_says_what_is_due_and_what_each_waits_for(
    as_nadia: Client, nadia: User, camille: User, now: datetime
) -> None:
    programme = make_programme(two_above_minor=4_000, per_month_minor=50_000)
    one = accrued(won(make_advocate("Inès Ferrand", owner=camille, typed=None), programme, now=now), now=now)
    approved(one, nadia, now=now)
    flagged = won(make_advocate("Aïcha Diallo", owner=camille), programme, now=now)
    RiskFlag.objects.create(referral=flagged, code="same_domain", raised_at=now)
    won(make_advocate("Marc Delvaux", owner=camille), programme, now=now, payment_on=None)
    waiting = won(make_advocate("Paul Okafor", owner=camille), programme, now=now)
    Referral.objects.filter(pk=waiting.pk).update(payment_on=now.date())

    shown = text_of(as_nadia)

    for said in (
        "1 reward is due: €50", "approval: 1 of 2, by Nadia Belkacem", "from them: Address for the voucher",
        "1 open question about it", "the first payment", "the days of waiting, until", "of €500", "to Camille Aubry",
    ):  # fmt: skip
        assert said in shown
    assert "Approve<" not in shown  # she said yes already


def test_who_leads_another_team_sees_none_of_it(due: Reward, as_yanis: Client, yanis: User) -> None:
    yanis.role = Role.MANAGER
    yanis.save()
    assert "Inès Ferrand" not in text_of(as_yanis)


def test_approved_handed_out_and_proven(
    as_nadia: Client, due: Reward, path: Callable[[str], str], now: datetime
) -> None:
    assert as_nadia.post(path("approve")).status_code == 302
    assert "goes out with the next run" in text_of(as_nadia)
    assert as_nadia.post(path("run")).status_code == 302
    assert "being handed out" in text_of(as_nadia)

    pay_out.call(PayoutRun.objects.get().pk)
    shown = text_of(as_nadia)
    assert "i…@roussel.example" in shown
    assert "ines@roussel.example" not in shown

    wrong = as_nadia.post(path("proof"), {"proof": " "})
    assert wrong.status_code == 400
    assert "Enter the voucher" in wrong.content.decode()
    assert as_nadia.post(path("proof"), {"proof": "V-2041"}).status_code == 302
    due.payout.refresh_from_db()
    assert (due.payout.status, due.payout.proof) == ("paid", "V-2041")
    assert "To hand out" not in text_of(as_nadia)


def test_no_account_is_shown_whole(as_nadia: Client, camille: User, nadia: User, now: datetime) -> None:
    rich = make_advocate(owner=camille, wants="cash")
    approved(accrued(won(rich, make_programme(kind="cash"), now=now), now=now), nadia, now=now)
    handed_out(actor=nadia, now=now)
    shown = text_of(as_nadia)
    assert "FR76 … 0189" in shown
    assert IBAN not in shown
    assert "rue du Lac" not in shown


def test_an_approval_given_twice_is_refused_in_a_sentence(
    as_nadia: Client, nadia: User, due: Reward, path: Callable[[str], str], now: datetime
) -> None:
    approved(due, nadia, now=now)
    answer = as_nadia.post(path("approve"))
    assert answer.status_code == 409
    assert "was decided already" in answer.content.decode()


def test_an_employer_that_refuses_ends_it(as_nadia: Client, due: Reward, path: Callable[[str], str]) -> None:
    assert as_nadia.post(path("forfeit"), {"because": "envy"}).status_code == 400
    assert as_nadia.post(path("forfeit"), {"because": "refused"}).status_code == 302
    due.refresh_from_db()
    assert (due.status, due.payout.status) == ("forfeited", "cancelled")


def test_what_cannot_be_recovered_is_proposed_and_let_go_by_another(
    as_nadia: Client, as_admin: Client, nadia: User, due: Reward, path: Callable[[str], str], now: datetime
) -> None:
    approved(due, nadia, now=now)
    handed_out(actor=nadia, now=now)
    actions.take_back(referral=due.referral, because="refunded", actor=nadia, now=now)
    assert "Propose to let it go" in text_of(as_nadia)
    assert as_nadia.post(path("write_off"), {"currency": "EUR"}).status_code == 302
    assert "approval: 1 of 2, by Nadia Belkacem" in text_of(as_nadia)
    assert as_nadia.post(path("write_off"), {"currency": "EUR"}).status_code == 409
    proposed = Payout.objects.get(write_off=True)
    assert as_admin.post(reverse("refer:approve", args=[proposed.pk])).status_code == 302
    assert "To be made up for" not in text_of(as_nadia)


def test_what_runs_out_is_told_two_months_before(as_nadia: Client, camille: User, now: datetime) -> None:
    then = now - timedelta(days=330)
    accrued(won(make_advocate(owner=camille, typed=None), make_programme(), now=then), now=then)
    shown = text_of(as_nadia)
    assert "Runs out soon" in shown
    assert "runs out on" in shown


def test_a_run_is_queued_once(
    as_nadia: Client, nadia: User, due: Reward, path: Callable[[str], str], now: datetime
) -> None:
    approved(due, nadia, now=now)
    assert [as_nadia.post(path("run")).status_code for _time in range(2)] == [302, 409]
    assert Job.objects.filter(name="rebond.refer.work.rewards.pay_out").count() == 1


def test_a_thousand_rewards_take_no_more_queries(
    as_admin: Client, camille: User, now: datetime, django_assert_max_num_queries: Any
) -> None:
    programme = make_programme()
    rule = programme.rules.get()
    people = [make_person(f"Advocate {n}") for n in range(20)]
    advocates = Advocate.objects.bulk_create(
        Advocate(person=one, owner=camille, team=camille.team, wants="voucher", since=now) for one in people
    )
    common = {"owner": camille, "team": camille.team, "programme": programme, "rule": rule, "state_at": now,
              "created_at": now, "name": "Tomasz"}  # fmt: skip
    due = Referral.objects.bulk_create(
        Referral(advocate=advocates[n % 20], state="reward_due", **common) for n in range(1_000)
    )
    Referral.objects.bulk_create(Referral(advocate=advocates[n % 20], state="won", **common) for n in range(1_000))
    rewards = Reward.objects.bulk_create(
        Reward(referral=one, advocate=one.advocate, programme=programme, rule=rule, kind="voucher", earned_minor=5_000,
               amount_minor=5_000, currency="EUR", at=now) for one in due
    )  # fmt: skip
    Payout.objects.bulk_create(
        Payout(reward=one, advocate=one.advocate, amount_minor=5_000, currency="EUR", kind="voucher", made_at=now)
        for one in rewards
    )
    with django_assert_max_num_queries(30):
        shown = text_of(as_admin)
    assert "1 to 50 of 1,000" in shown or "1 to 50 of 1000" in shown
    with django_assert_max_num_queries(30):
        text_of(as_admin, "?page=3")
