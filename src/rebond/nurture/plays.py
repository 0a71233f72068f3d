"""What practice 4 puts on the Today list: who may be ready, and whose turn it is to hear from us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.play import Done, Evidence, Play, Verb
from rebond.deals.models import Channel, Person
from rebond.findings.worth import Candidate, in_order, pks_of, price_of
from rebond.mail.models import Basis, Use
from rebond.numbers.pricing import Price, Prices
from rebond.nurture.access import get_enrolment, get_signal
from rebond.nurture.keep.note import draft_of
from rebond.nurture.keep.signs import beside_of, whole_words
from rebond.nurture.keep.words import signal_evidence, signal_source, signal_verb, signal_why
from rebond.nurture.models import Enrolment, Signal, Step, StepStatus
from rebond.nurture.queries.counts import waiting_signals
from rebond.nurture.queries.due import BESIDE, Due, described, due

#: Kinds of this room's items.
DUE, SIGNAL = "nurture.keep", "nurture.signal"
SIGNAL_MINUTES, NOTE_MINUTES, CALL_MINUTES = 5, 2, 5
#: What the chances of a price list are of, in the words of the sum.
LABELS: dict[str, Promise] = {
    "keep.answers": gettext_lazy("answer"),
    "keep.buys": gettext_lazy("of them buy after all"),
    "signal.buys": gettext_lazy("of such signs end in a sale"),
}


def candidates(*, user: User, now: datetime, prices: Prices) -> list[Candidate]:
    """Everybody who may be ready, and everybody whose turn it is; two queries, however many they are."""
    return _signals(user, prices) + _dues(user, now, prices)


def filled(*, user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    """Those of ``candidates`` written out, without their drafts; a constant number of queries."""
    signs, dues = pks_of(candidates, SIGNAL), pks_of(candidates, DUE)
    plays: list[Play] = []
    if signs:
        found = waiting_signals(user).filter(pk__in=signs).select_related("person__company", "owner")
        plays += [_signal(signal) for signal in found]
    if dues:
        rows = list(due(user, now).filter(pk__in=dues).select_related(*BESIDE))
        plays += [_due(one, user) for one in described(rows, now)]
    return in_order(candidates, plays)


def _signals(user: User, prices: Prices) -> list[Candidate]:
    worth = price_of(prices, ("signal.buys",), SIGNAL_MINUTES)
    rows = waiting_signals(user).values_list("pk", "at")
    return [Candidate(f"{SIGNAL}:{pk}", SIGNAL_MINUTES, at.date(), 1, worth) for pk, at in rows]


def _dues(user: User, now: datetime, prices: Prices) -> list[Candidate]:
    """One price per reason and kind of contact, since all people share the same few rates."""
    basis = Basis.objects.filter(person=OuterRef("person"), use=Use.KEEP_IN_TOUCH, withdrawn_at=None)
    rows = due(user, now).annotate(may=Exists(basis)).values_list(
        "pk", "step", "due_on", "due_because", "person__email", "may"
    )  # fmt: skip
    worth = cache(partial(due_price, prices))
    found, day = [], user.joined_at.date()
    for pk, step, due_on, because, email, may in rows:
        minutes = NOTE_MINUTES if email and may else CALL_MINUTES
        found.append(Candidate(f"{DUE}:{pk}.{step}", minutes, due_on or day, 3, worth(because, minutes)))
    return found


def due_price(prices: Prices, because: str, minutes: int) -> Price | None:
    """What one contact to stay in touch is worth; by why they are due where that much is learnt."""
    own = f"keep.answers.{because}"
    return price_of(prices, (own if own in prices.rates else "keep.answers", "keep.buys"), minutes)


def done(*, user: User, since: datetime) -> Iterator[Done]:
    """What ``user`` did since then: notes, calls and meetings; one query."""
    steps = Step.objects.filter(by=user, at__gte=since, status__in=(StepStatus.DONE, StepStatus.SENDING))
    for step in steps.select_related("enrolment__person").order_by("at", "pk"):
        minutes = NOTE_MINUTES if step.channel == Channel.EMAIL else CALL_MINUTES
        yield Done(step.enrolment.person.name, minutes)


def enrolment_of(user: User, key: str) -> Enrolment:
    """The keeping in touch that a due item's key names; one that ``user`` may write."""
    pk = key.partition(":")[2].partition(".")[0]
    return get_enrolment(user, int(pk) if pk.isascii() and pk.isdigit() else 0, to_write=True)


def with_draft(*, user: User, item: Play, variant: int, now: datetime) -> Play:
    """A due item with its note: written when it is opened, in wording number ``variant``."""
    other = f"{reverse('loop:today')}?{urlencode({'item': item.key, 'draft': str(variant + 1)})}"
    return replace(item, draft=draft_of(enrolment_of(user, item.key), user, variant=variant, other_url=other, now=now))


def with_words(*, user: User, item: Play, variant: int, now: datetime) -> Play:  # noqa: ARG001
    """A sign with everything they wrote, and what we know beside it."""
    signal = get_signal(user, int(item.key.partition(":")[2]))
    return replace(
        item, quote=whole_words(user, signal), quote_source=signal_source(signal), evidence=beside_of(user, signal)
    )


def _signal(signal: Signal) -> Play:
    person = signal.person
    settle = reverse("nurture:settle", args=[signal.pk])
    back = {"next": reverse("loop:today")}
    return Play(
        key=f"{SIGNAL}:{signal.pk}",
        icon="plant-2",
        who=person.name,
        company=person.company.name if person.company else "",
        said=person.title,
        verb=signal_verb(signal.kind),
        why=signal_why(signal),
        minutes=SIGNAL_MINUTES,
        since=signal.at.date(),
        weight=1,
        evidence=(signal_evidence(signal),),
        main=Verb(_("We are talking"), settle, icon="messages", key="t", fields={"verdict": "talking"} | back),
        others=(
            Verb(_("A deal is open"), settle, icon="briefcase", key="o", fields={"verdict": "ready"} | back),
            Verb(_("Not yet"), settle, icon="clock-hour-4", key="n", day=True, fields={"verdict": "not_yet"} | back),
            Verb(_("It meant nothing"), settle, icon="x", key="x", fields={"verdict": "nothing"} | back),
        ),
        person_id=person.pk,
        ready=True,
    )


def _due(found: Due, user: User) -> Play:
    enrolment, person = found.enrolment, found.enrolment.person
    logged, back = reverse("nurture:logged", args=[person.pk]), {"next": reverse("loop:today")}
    return Play(
        key=f"{DUE}:{enrolment.pk}.{enrolment.step}",
        icon="plant-2",
        who=person.name,
        company=person.company.name if person.company else "",
        said=said_no(enrolment),
        verb=_("Stay in touch"),
        why=found.why,
        minutes=NOTE_MINUTES if person.email and not found.held else CALL_MINUTES,
        since=enrolment.due_on or user.joined_at.date(),
        weight=3,
        evidence=(*found.evidence, *_phone(person)),
        main=Verb(_("Called"), logged, icon="phone", key="c", fields={"how": "call"} | back),
        others=(
            Verb(pgettext("touch", "Met"), logged, icon="users", key="m", fields={"how": "meeting"} | back),
            *_closings(enrolment, back),
        ),
        deal_id=enrolment.deal_id,
        person_id=person.pk,
    )


def _phone(person: Person) -> tuple[Evidence, ...]:
    """What to dial, for whoever rather calls than writes."""
    return (Evidence(person.phone, _("phone")),) if person.phone else ()


def said_no(enrolment: Enrolment) -> str:
    """What they are, and when they said no."""
    closed = enrolment.close_event.closed_at if enrolment.close_event else None
    if closed is None:
        return enrolment.person.title
    words = {"title": enrolment.person.title, "day": show_day(closed)}
    return _("%(title)s · said no on %(day)s") % words if enrolment.person.title else _("Said no on %(day)s") % words


def _closings(enrolment: Enrolment, back: dict[str, str]) -> tuple[Verb, ...]:
    skip, end = (reverse(f"nurture:{name}", args=[enrolment.person_id]) for name in ("skip", "end"))
    return (
        Verb(_("Not this time"), skip, icon="clock-pause", key="x", fields=back),
        Verb(_("End staying in touch"), end, icon="door-exit", key="x", fields=back),
    )
