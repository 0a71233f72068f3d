"""What practice 2 puts on the Today list: people to ask for an introduction, and people to thank for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db.models import Exists, QuerySet, Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from rebond.accounts.models import User
from rebond.base.dates import local_day, show_day
from rebond.base.play import Done, Evidence, Play, Verb
from rebond.deals.models import Channel
from rebond.findings.worth import Candidate, in_order, pks_of, price_of
from rebond.numbers.deal_codes import follows_code
from rebond.numbers.pricing import Price, Prices
from rebond.refer.access import get_ask
from rebond.refer.actions.asking import PASSES
from rebond.refer.asked import words
from rebond.refer.asked.shown import draft_of, facts_of, language_of
from rebond.refer.drafts import script
from rebond.refer.eligibility import why_not
from rebond.refer.known import NOTHING, About
from rebond.refer.known import about as known_of
from rebond.refer.models import AskMoment, Move, ReferralAsk, State, Thanks
from rebond.refer.prices import AGAIN, BUYS, INTRODUCES
from rebond.refer.queries.asks import due_asks
from rebond.refer.queries.standing import look, look_at
from rebond.refer.queries.thanks import to_thank, waiting
from rebond.refer.told.writing import thank_you

#: Kinds of this room's items.
ASK, THANK = "refer.ask", "refer.thank"
TALK_MINUTES, LETTER_MINUTES, THANK_MINUTES = 2, 4, 2
#: What the chances of a price list are of, in the words of the sum.
LABELS: dict[str, Promise] = {
    INTRODUCES: gettext_lazy("introduces somebody"),
    BUYS: gettext_lazy("of those introduced buy"),
    AGAIN: gettext_lazy("introduces somebody again"),
}
BESIDE = ("person__company", "owner", "deal", "close_event", "asked_by")


def candidates(*, user: User, now: datetime, prices: Prices) -> list[Candidate]:
    """Everybody to ask today, every rule looked at again, and everybody to thank; a constant number of queries, one
    where there is nobody.
    """
    any_asks, any_thanks = User.objects.filter(pk=user.pk).values_list(
        Exists(to_ask(user, now)), Exists(to_be_thanked(user, now))
    ).get()  # fmt: skip
    asks = _asks(user, now, prices) if any_asks else []
    return asks + (_thanks(user, now, prices) if any_thanks else [])


def filled(*, user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    """Those of ``candidates`` written out, without their drafts; a constant number of queries."""
    asks, thanks = pks_of(candidates, ASK), set(pks_of(candidates, THANK))
    plays: list[Play] = []
    if asks:
        rows = list(due_asks(user, local_day(now)).filter(pk__in=asks).select_related(*BESIDE))
        about = known_of({ask.close_event_id: ask.person_id for ask in rows if ask.close_event_id})
        plays += [_ask(ask, about.get(ask.close_event_id or 0, NOTHING).seen_by(user.pk), user) for ask in rows]
    if thanks:
        plays += [_thank(move, user) for move in to_thank(user, now) if move.pk in thanks]
    return in_order(candidates, plays)


# ---- asks


def _asks(user: User, now: datetime, prices: Prices) -> list[Candidate]:
    """One price for all, since all share the same few rates; who may not be asked today is left out."""
    today = local_day(now)
    rows = list(due_asks(user, today).select_related("person", "close_event"))
    looked = look(rows, now)
    worth = {minutes: ask_price(prices, minutes) for minutes in (TALK_MINUTES, LETTER_MINUTES)}
    found = []
    for place, ask in enumerate(rows):
        written = ask.moment == AskMoment.WRITTEN
        if not why_not(looked[place].known, written=written, today=today):
            minutes = LETTER_MINUTES if written else TALK_MINUTES
            found.append(Candidate(f"{ASK}:{ask.pk}", minutes, ask.due_on or today, 2, worth[minutes]))
    return found


def ask_price(prices: Prices, minutes: int) -> Price | None:
    """What one ask is worth: an introduction, a sale through it, less the work that follows an introduction."""
    introduces, follows = prices.rates.get(INTRODUCES), prices.rates.get(follows_code(0, 0))
    takes = minutes + introduces.value * follows.value if introduces and follows else None
    return price_of(prices, (INTRODUCES, BUYS), minutes, takes=takes)


def _ask(ask: ReferralAsk, about: About, user: User) -> Play:
    """One person to ask. One tap says it was said; the letter leaves from the item itself, where one may."""
    person, url = ask.person, partial(reverse, args=[ask.pk])
    back = {"next": reverse("loop:today")}
    spoken = ask.moment != AskMoment.WRITTEN
    zone = ZoneInfo(user.time_zone)
    return Play(
        key=f"{ASK}:{ask.pk}",
        icon="users-plus",
        who=person.name if person else "",
        company=person.company.name if person and person.company else "",
        said=words.said_no(ask),
        verb=words.verb(),
        why=words.why(ask, about),
        minutes=TALK_MINUTES if spoken else LETTER_MINUTES,
        since=ask.due_on or ask.planned_at.astimezone(zone).date(),
        weight=2,
        evidence=(*words.evidence(ask, about), *_phone(ask)),
        main=Verb(pgettext("ask", "Asked"), url("refer:asked"), icon="phone", key="c",
                  fields={"channel": Channel.CALL.value} | back),
        others=(
            Verb(_("They named somebody"), url("refer:ask") + "#named", icon="user-plus", key="n", link=True),
            *(Verb(one.label, url("refer:pass"), icon="x", key="x", fields={"because": one.value} | back)
              for one in PASSES),
        ),
        deal_id=ask.deal_id,
        person_id=ask.person_id,
    )  # fmt: skip


def _phone(ask: ReferralAsk) -> tuple[Evidence, ...]:
    return (Evidence(ask.person.phone, _("phone")),) if ask.person and ask.person.phone else ()


def with_ask(*, user: User, item: Play, variant: int, now: datetime) -> Play:
    """A due ask with what to say, or with its letter where the moment is one for a letter and one may leave."""
    ask = get_ask(user, int(item.key.partition(":")[2]), to_write=True)
    looked = look_at(ask, now)
    language = language_of(ask, user)
    facts = facts_of(ask, looked.about.seen_by(user.pk), user, language, now)
    said = script(facts, language=language, variant=variant)
    more = (Evidence(_("“%(script)s”") % {"script": said}, _("to say, in ten seconds")),)
    if ask.moment == AskMoment.TALK:
        return replace(item, evidence=more + item.evidence)
    other = f"{reverse('loop:today')}?{urlencode({'item': item.key, 'draft': str(variant + 1)})}"
    draft = draft_of(ask, user, looked, variant=variant, back=reverse("loop:today"), other=other, now=now)
    return replace(item, draft=draft, evidence=(more if draft.problem else ()) + item.evidence)


# ---- thanks


def _thanks(user: User, now: datetime, prices: Prices) -> list[Candidate]:
    worth = price_of(prices, (AGAIN, BUYS), THANK_MINUTES)
    return [
        Candidate(f"{THANK}:{move.pk}", THANK_MINUTES, local_day(move.at), 2, worth) for move in to_thank(user, now)
    ]


def _thank(move: Move, user: User) -> Play:
    """One person to thank: they did us a favour, and something came of it."""
    referral, person = move.referral, move.referral.advocate.person
    url, fields = reverse("refer:thank", args=[referral.pk]), {"move": str(move.pk), "next": reverse("loop:today")}
    return Play(
        key=f"{THANK}:{move.pk}",
        icon="gift",
        who=person.name if person else "",
        company=person.company.name if person and person.company else "",
        said=person.title if person else "",
        verb=pgettext("advocate", "Thank them"),
        why=_moved(move),
        minutes=THANK_MINUTES,
        since=move.at.astimezone(ZoneInfo(user.time_zone)).date(),
        weight=2,
        evidence=(Evidence(_moved(move), show_day(move.at)), *_called(person.phone if person else "")),
        main=Verb(_("Said it"), url, icon="phone", key="c", fields=fields | {"channel": Channel.CALL.value}),
        others=(
            Verb(_("All about this introduction"), reverse("refer:referral", args=[referral.pk]), key="o", link=True),
            Verb(_("No thanks this time"), url, icon="x", key="x", fields=fields | {"channel": ""}),
        ),
        person_id=person.pk if person else None,
    )


def _called(phone: str) -> tuple[Evidence, ...]:
    return (Evidence(phone, _("phone")),) if phone else ()


def _moved(move: Move) -> str:
    """What became of their introduction, in one half-sentence; nothing of the deal."""
    referral = move.referral
    who = {"name": referral.name or referral.company_name}
    return {
        State.INTRODUCED.value: _("they introduced %(name)s"),
        State.QUALIFIED.value: _("we are in conversation with %(name)s through them"),
        State.WON.value: _("%(name)s became a customer through them"),
        State.LOST.value: _("%(name)s said no, and the introduction was worth it"),
    }.get(move.to_state, _("something came of their introduction of %(name)s")) % who


def with_thanks(*, user: User, item: Play, variant: int, now: datetime) -> Play:
    """A thank-you with its letter."""
    wanted = int(item.key.partition(":")[2])
    move = next((one for one in to_thank(user, now) if one.pk == wanted), None)
    if move is None:
        return item
    person = move.referral.advocate.person
    language = (person.language if person else "") or user.language or "en"
    draft = thank_you(
        move.referral, move, user, language="fr" if language.startswith("fr") else "en", variant=variant
    )  # fmt: skip
    other = f"{reverse('loop:today')}?{urlencode({'item': item.key, 'draft': str(variant + 1)})}"
    fields = draft.fields | {"channel": Channel.EMAIL.value, "next": reverse("loop:today")}
    return replace(item, draft=replace(draft, other_url=other, fields=fields))


# ---- what was done, what waits


def done(*, user: User, since: datetime) -> Iterator[Done]:
    """What ``user`` asked since then, and the thank-yous that were said or sent; one query."""
    asked = ReferralAsk.objects.filter(asked_by=user, asked_at__gte=since).order_by()
    thanked = Thanks.objects.filter(by=user, at__gte=since).exclude(channel="").order_by()
    who = "move__referral__advocate__person__name"
    rows = asked.values_list("asked_at", "person__name", "channel").union(
        thanked.values_list("at", who, Value(THANK)), all=True
    )  # fmt: skip
    minutes = {THANK: THANK_MINUTES, Channel.EMAIL.value: LETTER_MINUTES}
    for _at, name, how in rows.order_by("asked_at"):
        yield Done(name or "", minutes.get(how, TALK_MINUTES))


def to_ask(user: User, now: datetime) -> QuerySet[ReferralAsk]:
    """Asks that count beside the navigation; without the last look at the rules, which the list itself takes."""
    return due_asks(user, local_day(now))


def to_be_thanked(user: User, now: datetime) -> QuerySet[Move]:
    """Thank-yous that count beside the navigation."""
    return waiting(user, now)
