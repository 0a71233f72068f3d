"""Introductions in the demo company: who was asked after a no, what came of it, and one advocate who was thanked.

What colleagues did is written as rows, as an hour of the worker would have left it; what Camille did went through the
same actions as in real life, at the moments it would have happened. Nothing leaves the machine.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.text import fold
from rebond.deals.actions.closing import close_deal
from rebond.deals.models import NOES, CloseEvent, CloseSource, Deal, DealPerson, Outcome, Person
from rebond.deals.queries import contacts_of
from rebond.demo import people
from rebond.mail.addresses import fingerprint
from rebond.refer import payee
from rebond.refer.actions import following
from rebond.refer.actions.advocates import advocate_of, choose_reward, save_payee, say_permission
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.paying import approve, finish_run, pay, start_run
from rebond.refer.actions.planning import plan_asks
from rebond.refer.actions.programme import publish
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.actions.rewards import sweep
from rebond.refer.models import (
    Advocate,
    AskExclusion,
    AskMoment,
    AskStatus,
    Mode,
    Move,
    Payout,
    Programme,
    Referral,
    ReferralAsk,
    State,
)
from rebond.refer.naming import folded
from rebond.refer.offers import starter

LOOKED_BACK, YOUNGEST = timedelta(days=330), timedelta(days=25)
#: How often each asks; Camille, as she would see, three times in fourteen.
ASKS = {"Camille Aubry": 0.21, "Inès Ferrand": 0.6, "Aïcha Diallo": 0.55}
OFTEN = 0.35
#: Of those asked, of those agreed, of those introduced who lead to a deal.
AGREES, DECLINES, INTRODUCES, LEADS_ON = 0.46, 0.14, 0.66, 0.75
MODES = ((Mode.THREE_WAY, 45), (Mode.FORWARD, 35), (Mode.FIRST_CONTACT, 20))
SAMUEL = Named("Samuel Berg", "samuel.berg@volta-chauffage.example", "+33199002345", "Volta Chauffage",
               "Four boiler rooms, and a contract that ends in spring")  # fmt: skip
BRUNO = Named("Bruno Keller", "bruno.keller@alpina-thermique.example", "", "Alpina Thermique", "Same trade association")
LUCIE = Named("Lucie Faure", "lucie.faure@tournesol.example", "", "Tournesol Résidences", "Her former colleague")


@dataclass
class Told:
    """One ask and what came of it, before it is stored."""

    event: CloseEvent
    person: Person
    asked_at: datetime
    steps: list[tuple[str, datetime]] = field(default_factory=list)
    deal: Deal | None = None
    mode: str = ""
    name: str = ""
    company: str = ""

    @property
    def state(self) -> str:
        return self.steps[-1][0]


def let_noes_open_doors(*, rng: random.Random, camille: User, nadia: User, now: datetime) -> None:
    """Half a second: a programme, a year of asks, and Camille's own three introductions."""
    began = now - LOOKED_BACK - timedelta(days=30)
    programme = publish(offer=starter("EUR", 100), actor=None, now=began)
    noes = list(_noes(now))
    hers = [(event, person) for event, person in noes if event.deal.owner_id == camille.pk]
    own = _kept_for_her(hers, now)
    told = list(_told(rng, [one for one in noes if one not in own], now))
    _store(told, programme)
    _let_pass([one for one in noes if one not in own and one[0] not in {ask.event for ask in told}])
    _rewarded(own[0], camille, nadia, now)
    for story, one in zip((_moving, _named), own[1:], strict=False):
        story(one, camille, now)
    for event in _lately(camille, now):
        plan_asks(close_event=event, actor=camille, now=now - timedelta(days=9))


def _noes(now: datetime) -> Iterator[tuple[CloseEvent, Person]]:
    """Every no of the year with somebody who decided, oldest first; each person once."""
    found = CloseEvent.objects.filter(
        outcome__in=NOES, reopening=None, closed_at__gt=now - LOOKED_BACK, closed_at__lt=now - YOUNGEST
    ).select_related("deal__owner__team", "deal__company")
    events = list(found.order_by("closed_at", "pk"))
    contacts = contacts_of([event.deal for event in events])
    seen: set[int] = set()
    for event in events:
        part = contacts.get(event.deal_id)
        if part is not None and part.person_id not in seen and event.deal.owner is not None:
            seen.add(part.person_id)
            yield event, part.person


def _kept_for_her(hers: Sequence[tuple[CloseEvent, Person]], now: datetime) -> list[tuple[CloseEvent, Person]]:
    """Three of Camille's: one of long ago, two of the spring and summer; each with this one deal, since a deal of their
    own that is open, or lost lately, holds a reward back."""
    parts = Counter(DealPerson.objects.values_list("person_id", flat=True))
    alone = [one for one in hers if parts[one[1].pk] == 1] or list(hers)
    old = [one for one in alone if (one[0].closed_at or now) < now - timedelta(days=220)] or alone[:1]
    young = [one for one in alone if one not in old and (one[0].closed_at or now) > now - timedelta(days=120)]
    return [*old[-1:], *(young or [one for one in alone if one not in old])[-2:]]


def _lately(camille: User, now: datetime) -> list[CloseEvent]:
    """Camille's noes of the last weeks, whose letter is due about now."""
    found = CloseEvent.objects.filter(
        outcome__in=NOES, reopening=None, deal__owner=camille, closed_at__gt=now - YOUNGEST,
        closed_at__lt=now - timedelta(days=7),
    )  # fmt: skip
    return list(found.order_by("-closed_at", "-pk")[:6])


# ---- a year of asks


def _told(rng: random.Random, noes: Sequence[tuple[CloseEvent, Person]], now: datetime) -> Iterator[Told]:
    deals = _by_referral(now)
    for event, person in noes:
        owner = event.deal.owner
        if owner is None or rng.random() >= ASKS.get(owner.name, OFTEN):
            continue
        asked_at = (event.closed_at or now) + timedelta(days=rng.randint(0, 9), hours=rng.randint(1, 6))
        one = Told(event, person, asked_at, [(State.ASKED, asked_at)])
        _go_on(rng, one, deals[owner.pk], now)
        yield one


def _by_referral(now: datetime) -> dict[int, list[Deal]]:
    """Deals that came by referral, by their owner, oldest first: each is led to once."""
    found: dict[int, list[Deal]] = defaultdict(list)
    since = Deal.objects.filter(lead_source="Referral", opened_at__gt=now - LOOKED_BACK, owner__isnull=False)
    for deal in since.select_related("company").order_by("opened_at", "pk"):
        if deal.owner_id is not None:
            found[deal.owner_id].append(deal)
    return found


def _go_on(rng: random.Random, one: Told, deals: list[Deal], now: datetime) -> None:
    """What they answered, whether it came about, what it led to; nothing beyond today."""
    drawn = rng.random()
    if drawn < DECLINES:
        _step(one, State.DECLINED, one.asked_at + timedelta(days=rng.randint(1, 6)), now)
    elif drawn >= DECLINES + AGREES:
        _step(one, State.NO_ANSWER, one.asked_at + timedelta(days=30), now)
    elif _step(one, State.AGREED, one.asked_at + timedelta(days=rng.randint(0, 5)), now):
        one.name = f"{rng.choice(people.FIRST_NAMES)} {rng.choice(people.LAST_NAMES)}"
        one.company = f"{rng.choice(people.COMPANY_STARTS)} {rng.choice(people.COMPANY_ENDS)}"
        _agreed(rng, one, deals, now)


def _agreed(rng: random.Random, one: Told, deals: list[Deal], now: datetime) -> None:
    agreed = one.steps[-1][1]
    if rng.random() >= INTRODUCES:
        _step(one, State.LAPSED, agreed + timedelta(days=60), now)
        return
    one.mode = rng.choices([mode for mode, _n in MODES], [n for _mode, n in MODES])[0]
    introduced = agreed + timedelta(days=rng.randint(1, 14))
    if not _step(one, State.INTRODUCED, introduced, now):
        one.mode = ""
        return
    deal = next((deal for deal in deals if deal.opened_at and deal.opened_at > introduced), None)
    if deal is None or rng.random() >= LEADS_ON:
        end = State.DUPLICATE if rng.random() < 0.2 else State.DISQUALIFIED
        _step(one, end, introduced + timedelta(days=rng.randint(5, 40)), now)
        return
    deals.remove(deal)
    _with_deal(one, deal, now)


def _with_deal(one: Told, deal: Deal, now: datetime) -> None:
    one.deal, one.company = deal, deal.company.name if deal.company else one.company
    _step(one, State.QUALIFIED, deal.opened_at or now, now)
    if deal.closed_at is not None:
        ended = State.WON if deal.outcome == Outcome.WON else State.LOST
        _step(one, ended, max(deal.closed_at, deal.opened_at or deal.closed_at), now)


def _step(one: Told, to: str, at: datetime, now: datetime) -> bool:
    """One move, where it lies in the past."""
    if at > now:
        return False
    one.steps.append((to, at))
    return True


def _store(told: Sequence[Told], programme: Programme) -> None:
    """The rows: asks, advocates, referrals, moves; four queries and a little."""
    asks = ReferralAsk.objects.bulk_create(map(_ask, told))
    advocates = Advocate.objects.bulk_create(map(_advocate, told))
    referrals = [
        _referral(one, ask, advocate, programme) for one, ask, advocate in zip(told, asks, advocates, strict=True)
    ]
    Referral.objects.bulk_create(referrals)
    Move.objects.bulk_create(
        Move(referral=referral, number=number, from_state=one.steps[number - 2][0] if number > 1 else "",
             to_state=state, at=at, by=referral.owner)
        for one, referral in zip(told, referrals, strict=True)
        for number, (state, at) in enumerate(one.steps, start=1)
    )  # fmt: skip


def _let_pass(noes: Sequence[tuple[CloseEvent, Person]]) -> None:
    """Where nobody dared: the moment went by."""
    ReferralAsk.objects.bulk_create(
        ReferralAsk(
            close_event=event, deal=event.deal, person=person, owner=event.deal.owner, team=event.deal.team,
            moment=AskMoment.TALK, status=AskStatus.EXCLUDED, because=AskExclusion.TOO_LATE,
            due_on=local_day(event.recorded_at), until_on=local_day(event.recorded_at), planned_at=event.recorded_at,
        )
        for event, person in noes
    )  # fmt: skip


def _ask(one: Told) -> ReferralAsk:
    deal = one.event.deal
    return ReferralAsk(
        close_event=one.event, deal=deal, person=one.person, owner=deal.owner, team=deal.team, moment=AskMoment.TALK,
        status=AskStatus.ASKED, due_on=local_day(one.asked_at), planned_at=one.event.recorded_at, asked_at=one.asked_at,
        asked_by=deal.owner, channel="call",
    )  # fmt: skip


def _advocate(one: Told) -> Advocate:
    deal = one.event.deal
    return Advocate(person=one.person, owner=deal.owner, team=deal.team, since=one.asked_at)


def _referral(one: Told, ask: ReferralAsk, advocate: Advocate, programme: Programme) -> Referral:
    deal = one.event.deal
    email = f"{fold(one.name).replace(' ', '.')}@{fold(one.company).replace(' ', '-')}.example" if one.name else ""
    email = email.replace("&", "and").replace("'", "")
    agreed = next((at for state, at in one.steps if state == State.AGREED), None)
    return Referral(
        advocate=advocate, ask=ask, owner=deal.owner, team=deal.team, state=one.state, state_at=one.steps[-1][1],
        mode=one.mode, name=one.name, email=email, company_name=one.company,
        fingerprint=fingerprint(email) if email else "", folded=folded(one.name, one.company), deal=one.deal,
        programme=programme if agreed else None, terms_shown_at=agreed, registered_at=agreed, created_at=one.asked_at,
        duplicate_because="open_deal" if one.state == State.DUPLICATE else "",
    )  # fmt: skip


# ---- Camille's own


def _rewarded(told: tuple[CloseEvent, Person], camille: User, nadia: User, now: datetime) -> None:
    """Introduced in spring, won in summer; the buyer paid, and a donation was made in the advocate's name."""
    event, person = told
    then = (event.closed_at or now) + timedelta(days=3)
    advocate = advocate_of(person=person, owner=camille, actor=camille, now=then)
    say_permission(advocate=advocate, allows="yes", actor=camille, now=then)
    choose_reward(advocate=advocate, wants="donation", actor=camille, now=then)
    data = payee.parse("donation", {"charity": "Les Toits du Cœur"})
    save_payee(advocate=advocate, payee=data, actor=camille, now=then)
    referral = name_someone(advocate=advocate, named=SAMUEL, actor=camille, now=then)
    introduce(
        referral=referral, mode=Mode.THREE_WAY, evidence="A mail to both of us", actor=camille,
        now=then + timedelta(days=2),
    )  # fmt: skip
    following.open_deal(
        referral=referral, name="Boiler service plan", amount_minor=1_240_000, currency="EUR", actor=camille,
        now=then + timedelta(days=9),
    )  # fmt: skip
    _win(referral, camille, then + timedelta(days=70))
    paid = then + timedelta(days=90)
    following.note_payment(referral=referral, day=local_day(paid), actor=camille, now=paid)
    sweep(now=paid + timedelta(days=31))
    _pay(advocate, nadia, paid + timedelta(days=33))


def _win(referral: Referral, camille: User, at: datetime) -> None:
    referral.refresh_from_db()
    if referral.deal is None:
        return
    event = close_deal(
        deal=referral.deal, outcome=Outcome.WON, closed_at=at, actor=camille, source=CloseSource.SCREEN, now=at
    )
    following.deal_ended(close_event=event, actor=camille, now=at)


def _pay(advocate: Advocate, nadia: User, at: datetime) -> None:
    payouts = Payout.objects.filter(advocate=advocate)
    for payout in payouts:
        approve(payout=payout, actor=nadia, now=at)
    if not payouts:
        return  # something of their own holds it back: it waits, as it would in life
    run = start_run(actor=nadia, now=at)
    for payout in payouts.all():
        pay(payout=payout, run=run, now=at)
    finish_run(run=run, now=at)


def _moving(told: tuple[CloseEvent, Person], camille: User, now: datetime) -> None:
    """Introduced three weeks ago, in conversation since Tuesday: somebody is to be thanked."""
    _event, person = told
    then = now - timedelta(days=24)
    advocate = advocate_of(person=person, owner=camille, actor=camille, now=then)
    referral = name_someone(advocate=advocate, named=BRUNO, actor=camille, now=then)
    introduce(
        referral=referral, mode=Mode.FORWARD, evidence="Bruno answered the mail", actor=camille,
        now=now - timedelta(days=20),
    )  # fmt: skip
    following.open_deal(
        referral=referral, name="Maintenance, 2 sites", amount_minor=860_000, currency="EUR", actor=camille,
        now=now - timedelta(days=2),
    )  # fmt: skip


def _named(told: tuple[CloseEvent, Person], camille: User, now: datetime) -> None:
    """Named on the phone yesterday; the introduction is drafted, not sent."""
    _event, person = told
    then = now - timedelta(days=1)
    advocate = advocate_of(person=person, owner=camille, actor=camille, now=then)
    name_someone(advocate=advocate, named=LUCIE, actor=camille, now=then)
