"""A doubt is shown and a person settles it: honest goes on, fraud makes it void; never silent, never by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rebond.accounts.models import AuditEntry, Role, User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.deals.models import Person
from rebond.refer.actions.flags import look, open_flags, settle_flag
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.moving import move
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Advocate, Move, Referral, RiskFlag
from tests.factories import make_user
from tests.refer.introduced import named

pytestmark = pytest.mark.django_db


@pytest.fixture
def flagged(helene: Person, camille: User, now: datetime) -> Referral:
    """Two rules of doubt: her firm, and a tag behind a plus."""
    return named(helene, camille, now, email="helene+x@valmy.example")


@pytest.fixture
def flag(flagged: Referral) -> RiskFlag:
    return flagged.flags.get(code="same_email")


def test_a_name_is_looked_at_when_it_is_registered_and_kept_all_the_same(flagged: Referral) -> None:
    assert flagged.state == "agreed"
    found = list(flagged.flags.order_by("code").values_list("code", "detail", "verdict"))
    assert found == [("same_email", "", ""), ("same_firm", "domain", "")]
    assert open_flags(flagged) != []
    logged = AuditEntry.objects.filter(verb="refer.flag").order_by("pk")
    assert [entry.detail["code"] for entry in logged] == ["same_email", "same_firm"]
    assert "valmy" not in " ".join(str(entry.detail) for entry in logged)


def test_looking_again_raises_nothing_twice(flagged: Referral, now: datetime) -> None:
    for _again in range(3):
        assert len(look(referral=flagged, now=now)) == 2
    assert RiskFlag.objects.count() == 2


def test_honest_is_settled_for_good_and_the_introduction_goes_on(
    flagged: Referral, camille: User, nadia: User, now: datetime
) -> None:
    for one in open_flags(flagged):
        settle_flag(flag=one, verdict="honest", note="Another division, I called.", actor=nadia, now=now)

    assert open_flags(flagged) == []
    introduce(referral=flagged, mode="forward", actor=camille, now=now)
    assert look(referral=flagged, now=now + timedelta(days=1)) == []
    one = flagged.flags.get(code="same_firm")
    assert (one.verdict, one.settled_by, one.note) == ("honest", nadia, "Another division, I called.")
    assert flagged.state == "introduced"


def test_fraud_makes_it_void_with_the_flag_as_its_evidence(
    flagged: Referral, flag: RiskFlag, nadia: User, now: datetime
) -> None:
    settle_flag(flag=flag, verdict="fraud", note="Her own mailbox.", actor=nadia, now=now)

    flagged.refresh_from_db()
    last = Move.objects.filter(referral=flagged).latest("number")
    assert flagged.state == "void"
    assert (last.to_state, last.reason, last.evidence, last.by) == ("void", "fraud", f"refer.riskflag:{flag.pk}", nadia)
    assert flagged.flags.get(code="same_email").verdict == "fraud"
    entry = AuditEntry.objects.get(verb="refer.settle_flag")
    assert entry.detail == {"code": "same_email", "verdict": "fraud"}
    # A second doubt about what is void already can still be settled.
    settle_flag(flag=flagged.flags.get(code="same_firm"), verdict="fraud", actor=nadia, now=now)
    assert Move.objects.filter(referral=flagged, to_state="void").count() == 1


def test_settled_is_settled(flag: RiskFlag, nadia: User, now: datetime) -> None:
    settle_flag(flag=flag, verdict="honest", actor=nadia, now=now)

    with pytest.raises(Conflict) as error:
        settle_flag(flag=flag, verdict="fraud", actor=nadia, now=now)

    assert error.value.code == "settled_before"
    assert Referral.objects.get().state == "agreed"


def test_nobody_settles_a_doubt_about_their_own_and_no_seller_any(
    flag: RiskFlag, flagged: Referral, camille: User, nadia: User, admin_user: User, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        settle_flag(flag=flag, verdict="honest", actor=camille, now=now)
    Referral.objects.filter(pk=flagged.pk).update(owner=nadia)
    with pytest.raises(NotAllowed):
        settle_flag(flag=flag, verdict="honest", actor=nadia, now=now)
    assert RiskFlag.objects.get(pk=flag.pk).verdict == ""

    Referral.objects.filter(pk=flagged.pk).update(owner=admin_user)
    settle_flag(flag=flag, verdict="honest", actor=admin_user, now=now)
    assert RiskFlag.objects.get(pk=flag.pk).verdict == "honest"


def test_a_verdict_is_one_of_two(flag: RiskFlag, nadia: User, now: datetime) -> None:
    with pytest.raises(RebondError) as error:
        settle_flag(flag=flag, verdict="maybe", actor=nadia, now=now)

    assert error.value.code == "unknown_verdict"


def test_a_ring_is_flagged_on_both_sides(helene: Person, camille: User, now: datetime) -> None:
    first = named(helene, camille, now)
    introduce(referral=first, mode="forward", actor=camille, now=now)
    from tests.factories import make_company, make_person

    paul = make_person("Paul Roux", company=make_company("Roux et fils"), email="paul.roux@lumen.example")
    second = named(paul, camille, now, name="Hélène Marchetti", email="helene@valmy.example", company_name="")

    assert list(RiskFlag.objects.filter(code="ring").order_by("referral").values_list("referral", flat=True)) == [
        first.pk, second.pk
    ]  # fmt: skip


def test_what_is_over_is_not_looked_at(helene: Person, camille: User, now: datetime) -> None:
    one = named(helene, camille, now)
    move(referral=one, to="lapsed", actor=camille, now=now)
    Referral.objects.filter(pk=one.pk).update(email="helene+y@valmy.example")

    assert look(referral=one, now=now) == []
    assert not RiskFlag.objects.exists()


def test_an_erased_advocate_raises_no_doubt(flagged: Referral, now: datetime) -> None:
    RiskFlag.objects.all().delete()
    Advocate.objects.filter(pk=flagged.advocate_id).update(person=None)

    assert look(referral=flagged, now=now) == []


def test_a_thousand_others_make_no_look_longer(helene: Person, camille: User, now: datetime) -> None:
    def looked(number: int) -> int:
        one = named(helene, camille, now, name=f"Paul {number} Roux", email=f"p{number}@firm{number}.example",
                    company_name=f"Firm {number}")  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            look(referral=one, now=now)
        return len(queries)

    alone = looked(1)
    Referral.objects.bulk_create(
        Referral(advocate=Advocate.objects.get(), owner=camille, state="introduced", state_at=now, created_at=now,
                 name=f"N{n}", registered_at=now - timedelta(days=60))
        for n in range(1000)
    )  # fmt: skip

    assert looked(2) == alone
    assert alone <= 12


def test_a_name_without_an_address_can_be_looked_at(helene: Person, camille: User, now: datetime) -> None:
    advocate = named(helene, camille, now).advocate
    made = name_someone(
        advocate=advocate, named=Named(name="Ana Costa", phone="+33 6 11 22 33 44"), actor=camille, now=now
    )

    assert look(referral=made, now=now) == []


def test_a_manager_of_another_team_finds_no_flag_of_ours(flag: RiskFlag, yanis: User) -> None:
    from rebond.base.errors import NotFound
    from rebond.refer.access import get_flag

    lead = make_user("Lea", team=yanis.team, role=Role.MANAGER)
    with pytest.raises(NotFound):
        get_flag(lead, flag.pk)
