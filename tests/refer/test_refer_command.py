"""``rebond refer``: a name said, the list, every move with its facts, the statement; as JSON and as lines."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from rebond import cli
from rebond.accounts.models import User
from rebond.deals.models import Deal, Person
from rebond.refer.models import Advocate, Referral
from tests.factories import make_deal
from tests.refer.rewarded import TYPED
from tests.refer.world import PAUL, end, introduced, make_advocate, make_programme, named

pytestmark = pytest.mark.django_db
AS = ("--as", "camille@rebond.example")
ROUX = ("--name", "Paul Roux", "--email", "paul@lumen.example", "--company", "Lumen Habitat")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs it and gives back the one JSON document, or the lines."""

    def run(*words: str, code: int = 0, who: tuple[str, ...] = AS, lines: bool = False) -> Any:
        assert cli.main(["refer", *words, *who, *([] if lines else ["--json"])]) == code
        said = capsys.readouterr()
        assert bool(said.err) == bool(code)
        return said.out if lines else json.loads(said.out)

    return run


@pytest.fixture
def advocate(helene: Person, camille: User) -> Advocate:
    return make_advocate(helene, camille)


def _now() -> Any:
    return timezone.now() - timedelta(minutes=5)


@pytest.mark.parametrize("by", ["email", "name", "pk"])
def test_log_keeps_a_name_and_makes_an_advocate(call: Any, camille: User, helene: Person, by: str) -> None:
    found = call("log", str(getattr(helene, by)), *ROUX, "--why", "Three sites")

    kept = Referral.objects.get()
    assert (kept.state, kept.name, kept.why, kept.owner, kept.advocate.person) == (
        "agreed", "Paul Roux", "Three sites", camille, helene,
    )  # fmt: skip
    assert (found["id"], found["state"], found["may_become"]) == (kept.pk, "agreed", ["lapsed", "introduced", "void"])
    assert [(one["from"], one["to"], one["by"]) for one in found["history"]] == [(None, "agreed", camille.email)]
    assert found["worth_saying"] == ["No terms are published yet, so asks offer no reward."]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["log", "999999", *ROUX], "unknown_contact"),
        (["log", "helene@valmy.example", "--name", "x" * 10_000, "--email", "a@b.example"], "too_long"),
        (["log", "helene@valmy.example", "--name", "Hélène", "--email", "HELENE@valmy.example"], "oneself"),
        (["log", "helene@valmy.example", "--name", "Paul"], "no_way"),
        (["list", "--state", "eaten"], "unknown_state"),
        (["list", "--id", "999999"], "not_found"),
        (["list", "--by", "nobody"], "unknown_contact"),
        (["statement", "helene@valmy.example"], "unknown_advocate"),
        (["advance", "999999", "lapsed"], "not_found"),
        (["run"], "not_allowed"),
    ],
)
def test_what_cannot_be_done_is_one_document_and_nothing_is_stored(
    call: Any, camille: User, helene: Person, words: list[str], error: str
) -> None:
    found = call(*words, code=2)

    assert (found["error"], bool(found["message"])) == (error, True)
    assert (Referral.objects.count(), Advocate.objects.count()) == (0, 0)


def test_somebody_of_another_teams_deal_is_nobody_here(call: Any, deal: Deal, helene: Person, yanis: User) -> None:
    found = call("log", str(helene.pk), *ROUX, code=2, who=("--as", yanis.email))

    assert (found["error"], Advocate.objects.count()) == ("unknown_contact", 0)


def test_what_is_written_has_somebody_who_wrote_it(call: Any, helene: Person) -> None:
    assert call("log", helene.email, *ROUX, code=2, who=())["error"] == "person_missing"


def test_list_tells_what_one_may_see(call: Any, advocate: Advocate, camille: User, yanis: User, nadia: User) -> None:
    referral = named(advocate, now=_now())

    found = call("list")
    assert (found["total"], [one["id"] for one in found["referrals"]]) == (1, [referral.pk])
    assert found["referrals"][0]["referred"]["email"] == PAUL.email
    assert call("list", "--state", "asked")["total"] == 0
    assert call("list", "--by", "Hélène Marchetti", "--mine")["total"] == 1
    assert call("list", "--mine", who=("--as", nadia.email))["total"] == 0
    assert call("list", who=("--as", yanis.email)) == {"referrals": [], "total": 0}
    assert call("list", "--id", str(referral.pk), who=("--as", yanis.email), code=2)["error"] == "not_found"
    assert call("list", who=())["total"] == 1
    assert "Hélène Marchetti → Paul Roux" in call("list", lines=True)
    assert "Agreed" in call("list", "--id", str(referral.pk), lines=True)


def test_from_a_name_to_a_reward_and_its_refund(call: Any, advocate: Advocate, camille: User) -> None:
    make_programme(hold_from="payment", hold_days=0)
    pk = str(call("log", "helene@valmy.example", *ROUX)["id"])

    said = call("advance", pk, "introduced", "--mode", "three_way", "--evidence", "A mail to both of us")
    assert (said["state"], said["mode"], bool(said["history"][-1]["evidence"])) == ("introduced", "three_way", True)
    said = call("advance", pk, "qualified", "--amount", "6200,50", "--currency", "eur", "--deal-name", "Three sites")
    deal = Deal.objects.get(pk=said["deal_id"])
    assert (deal.name, deal.amount_minor, deal.currency) == ("Three sites", 620_050, "EUR")
    end(deal, "won", timezone.now())
    assert call("advance", pk, "payment", "--day", timezone.localdate().isoformat())["state"] == "reward_due"

    statement = call("statement", "helene@valmy.example")
    assert statement["balances"] == [{"currency": "EUR", "owed": 100.0, "to_make_up_for": 0.0}]
    assert [(line["kind"], line["amount"], line["about"]) for line in statement["lines"]] == [
        ("accrue", 100.0, f"refer.referral:{pk}")
    ]
    assert "Reward earned" in call("statement", "helene@valmy.example", lines=True)
    assert call("advance", pk, "refund", "--day", timezone.localdate().isoformat())["state"] == "forfeited"
    assert call("statement", "helene@valmy.example")["balances"][0]["owed"] == 0.0


@pytest.mark.parametrize("state", ["won", "lost", "reward_due", "paid", "forfeited", "clawed_back"])
def test_what_follows_by_itself_is_said_to(call: Any, advocate: Advocate, state: str) -> None:
    pk = str(introduced(advocate, now=_now() - timedelta(hours=1)).pk)

    found = call("advance", pk, state, code=2)

    assert (found["error"], "rebond close" in found["message"]) == ("follows_by_itself", True)
    assert Referral.objects.get().state == "introduced"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["introduced"], "mode_missing"),
        (["introduced", "--mode", "by_pigeon"], "mode_missing"),
        (["introduced", "--mode", "three_way"], "evidence_missing"),
        (["introduced", "--mode", "first_contact"], "evidence_missing"),
        (["introduced", "--mode", "forward", "--evidence", "deals.touch:999999"], "evidence_missing"),
        (["qualified"], "illegal_move"),
        (["qualified", "--deal", "999999"], "unknown_deal"),
        (["disqualified"], "illegal_move"),
        (["declined"], "illegal_move"),
        (["eaten"], "unknown_state"),
        (["payment", "--day", "soon"], "bad_date"),
        (["payment", "--day", "2020-01-01"], "not_won"),
        (["void"], "not_allowed"),
    ],
)
def test_a_move_that_is_not_to_be_changes_nothing(call: Any, advocate: Advocate, words: list[str], error: str) -> None:
    pk = str(named(advocate, now=_now()).pk)

    found = call("advance", pk, *words, code=2)

    assert (found["error"], bool(found["message"])) == (error, True)
    assert (Referral.objects.get().state, Deal.objects.count()) == ("agreed", 0)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--amount", "a lot"], "bad_amount"),
        (["--amount", "1e99"], "bad_amount"),
        (["--currency", "EURO"], "unknown_currency"),
    ],
)
def test_money_that_cannot_be_read_opens_no_deal(call: Any, advocate: Advocate, words: list[str], error: str) -> None:
    pk = str(introduced(advocate, now=_now() - timedelta(hours=1)).pk)

    assert call("advance", pk, "qualified", *words, code=2)["error"] == error
    assert (Deal.objects.count(), Referral.objects.get().state) == (0, "introduced")


def test_a_first_contact_that_happened_is_told_with_what_shows_it(call: Any, advocate: Advocate) -> None:
    pk = str(named(advocate, now=_now()).pk)

    said = call("advance", pk, "introduced", "--mode", "first_contact", "--evidence", "I rang him")

    assert (said["state"], said["history"][-1]["evidence"]) == ("introduced", "I rang him")


def test_the_deal_it_led_to_is_linked_if_one_may_open_it(
    call: Any, advocate: Advocate, camille: User, yanis: User
) -> None:
    pk = str(introduced(advocate, now=_now() - timedelta(hours=1)).pk)
    theirs, ours = make_deal("Theirs", owner=yanis), make_deal("Ours", owner=camille)

    assert call("advance", pk, "qualified", "--deal", str(theirs.pk), code=2)["error"] == "not_found"
    assert call("advance", pk, "qualified", "--deal", str(ours.pk))["deal_id"] == ours.pk


def test_a_colleague_reads_and_who_leads_writes(
    call: Any, advocate: Advocate, north: Any, nadia: User, camille: User
) -> None:
    from tests.factories import make_user

    mate = ("--as", make_user("Moses Frase", team=north).email)
    pk = str(named(advocate, now=_now()).pk)

    assert call("list", "--id", pk, who=mate)["state"] == "agreed"
    assert call("advance", pk, "lapsed", who=mate, code=2)["error"] == "not_allowed"
    assert call("advance", pk, "void", code=2, who=("--as", nadia.email))["error"] == "reason_missing"
    assert call("advance", pk, "void", "--reason", "It is herself", who=("--as", nadia.email))["state"] == "void"


def test_run_and_export_are_for_who_leads(call: Any, advocate: Advocate, nadia: User, camille: User) -> None:
    from rebond.refer.actions.rewards import approve
    from rebond.refer.models import Payout
    from rebond.refer.payee import parse, seal
    from rebond.refer.work.rewards import pay_out
    from tests.refer.world import won

    lead = ("--as", nadia.email)
    make_programme(hold_days=0)
    assert call("run", who=lead, code=2)["error"] == "nothing_approved"
    advocate.payee, advocate.payee_at = seal(parse("voucher", TYPED["voucher"])), _now()  # type: ignore[index]
    advocate.save()
    won(advocate, now=timezone.now() - timedelta(days=1))
    approve(payout=Payout.objects.get(), actor=nadia, now=timezone.now())

    started = call("run", who=lead)
    assert started == {"run_id": started["run_id"], "payouts": 1}
    assert pay_out.func(started["run_id"]) == {"paid": 1, "waiting": 0}

    assert Referral.objects.get().state == "paid"
    table = list(csv.reader(io.StringIO(call("export", who=lead, lines=True).lstrip("\ufeff"))))
    assert [row[1] for row in table[1:]] == ["Hélène Marchetti"]
    assert "100.00" in table[1]
    assert cli.main(["refer", "export", *AS]) == 2
