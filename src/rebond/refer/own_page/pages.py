"""What each of an advocate's pages shows: what is stored, or what was just typed and could not be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rebond.base.dates import local_day
from rebond.base.errors import NotFound, RebondError
from rebond.base.text import fold
from rebond.deals.models import DealPerson, Outcome, Person
from rebond.ledger.queries import Line
from rebond.ledger.queries import statement as lines_of
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed
from rebond.mail.rights.footer import who_we_are
from rebond.refer import gift
from rebond.refer.drafts import Facts, introduction
from rebond.refer.models import Advocate, Allows, Referral, RewardKind, RewardRule, State
from rebond.refer.own_page.forms import Typed
from rebond.refer.own_page.introductions import introductions
from rebond.refer.own_page.links import is_open
from rebond.refer.own_page.offers import offered, others_of, programme_of
from rebond.refer.own_page.rewards import kind_words, standing
from rebond.refer.payee import LABELS, NEEDED, OPTIONAL, countries, fields_for, masked, opened
from rebond.refer.queries.programme import in_force, rules_of, why_closed
from rebond.refer.queries.registered import year_is_full
from rebond.refer.tax import near_threshold
from rebond.refer.terms import disclosure, exactly, own_disclosure, share, terms

HEADINGS: Mapping[str, str | Promise] = {
    "not_found": _("We found nothing here"),
    "link_expired": _("This link is over, thank you"),
    "link_closed": _("This page is closed, thank you"),
    "unreadable": _("Too much for this page"),
    "too_many_changes": _("Changed often enough for today"),
}
#: What is said after a form was stored.
SAID: Mapping[str, str | Promise] = {
    "named": _("Thank you. It is noted, and nobody has been written to yet."),
    "forwarded": _("Thank you. We know now that your mail is on its way."),
    "reward": _("Saved. It holds for everything whose reward is still to come."),
    "payee": _("Saved, and kept encrypted. We use it for your reward only."),
}
_ALLOWS: Mapping[str, str | Promise] = {
    Allows.YES: _("My employer allows this"),
    Allows.SELF: _("I work for myself"),
    Allows.NO: _("My employer does not allow it"),
    Allows.PUBLIC: _("I hold a public office"),
    Allows.REGULATED: _("My profession is a regulated one, such as medicine or law"),
}
#: States in which the text to forward is of use.
_FORWARDED = (State.AGREED, State.LAPSED, State.INTRODUCED)
#: A second press of the same button comes within it.
A_MOMENT = timedelta(minutes=15)


@dataclass(frozen=True)
class Choice:
    """One thing to choose."""

    value: str
    label: str
    about: str = ""
    checked: bool = False


@dataclass(frozen=True)
class Field:
    """One field of the form that asks where a reward goes; ``options``: code and name where one is chosen."""

    name: str
    label: str
    value: str
    needed: bool
    wrong: bool
    autocomplete: str
    options: tuple[tuple[str, str], ...] = ()


def main(advocate: Advocate, now: datetime) -> dict[str, Any]:
    """The page itself."""
    rewards = standing(advocate, now)
    made = introductions(advocate, rewards.said)
    rules = offered(advocate, now)
    return {
        "advocate": advocate,
        "made": made,
        "counted": _counted(len(made)),
        "closed": bool(why_closed(local_day(now))),
        "reward": _reward(advocate, rules) if rules else None,
        "payee_for": rewards.payee_for,
        "full": year_is_full(programme_of(advocate, now), advocate.pk, now, for_them=True) if rules else "",
        "tax": _tax(advocate, rewards.payee_for, now),
        "totals": _totals(lines_of(advocate.holder)),
    }


def _tax(advocate: Advocate, payee_for: str, now: datetime) -> str:
    """Asked for from 80 percent of their country's threshold on, where a form of theirs has a field for it."""
    kind = payee_for or advocate.wants
    near = near_threshold(advocate, now=now) if "tax_id" in fields_for(kind) else None
    if near is None:
        return ""
    return gettext("Your rewards of this year are near the sum from which we may have to declare them (%(form)s). For "
                   "that we need your tax number.") % {"form": near.threshold.form}  # fmt: skip


def _counted(number: int) -> str:
    company = who_we_are()[0]
    if not number:
        return gettext("When you know somebody whom our work would help, tell us here, or introduce us yourself.")
    if not company:
        return ngettext(
            "You introduced us to %(number)d person. Here is what became of it.",
            "You introduced us to %(number)d people. Here is what became of it.", number,
        ) % {"number": number}  # fmt: skip
    return ngettext(
        "You introduced %(company)s to %(number)d person. Here is what became of it.",
        "You introduced %(company)s to %(number)d people. Here is what became of it.", number,
    ) % {"number": number, "company": company}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Their choice, in words, and what they still have to say before a reward can reach them."""

    choice: str
    asked: str
    bars: str


def _reward(advocate: Advocate, rules: list[RewardRule]) -> Wanted:
    kinds = frozenset(str(rule.kind) for rule in rules)
    case = gift.Case(advocate.allows, advocate.wants, local_day(advocate.since), kinds)
    codes = gift.why_no_reward(case)
    choice = _choice(advocate.wants)
    asked = next((gift.words(code, for_them=True) for code in codes if code in gift.PASSING), "")
    bars = next((gift.words(code, for_them=True) for code in codes if code not in gift.PASSING), "")
    return Wanted(choice, "" if bars else asked, bars)


def _choice(wants: str) -> str:
    if not wants:
        return ""
    return _within(gettext("No reward") if wants == gift.NONE else kind_words(wants))


def _within(words: str) -> str:
    """Words as they stand within a sentence."""
    return words[:1].lower() + words[1:]


def naming(typed: Typed, now: datetime) -> dict[str, Any]:
    """The form for somebody new."""
    programme, language = in_force(local_day(now)), get_language() or "en"
    return {
        "typed": typed.shown, "closed": bool(why_closed(local_day(now))), "disclosure": disclosure(programme, language),
        "terms": terms(programme, rules_of(programme), language),
        "limits": {"name": 200, "company_name": 200, "email": 254, "phone": 60, "why": 500},
    }  # fmt: skip


def wrong_field(wrong: RebondError | None) -> str:
    """The field of that form an error is about; empty for none of them alone."""
    if wrong is None:
        return ""
    return str(wrong.detail.get("field", "")) or ("name" if wrong.code == "name_missing" else "")


def just_named(advocate: Advocate, typed: Typed, now: datetime) -> Referral | None:
    """The introduction that the same form made a moment ago: a second press of the button is not a second one."""
    lately = advocate.referrals.filter(created_at__gt=now - A_MOMENT).order_by("-pk")
    return next((one for one in lately if fold(one.name) == fold(typed.named.name)), None)


def referral_of(advocate: Advocate, pk: str) -> Referral:
    """One of their own introductions whose text may be sent; ``NotFound`` for everything else."""
    found = None
    if pk.isdecimal() and len(pk) < 19:
        found = advocate.referrals.filter(pk=int(pk), state__in=_FORWARDED).exclude(name="").first()
    if found is None:
        raise NotFound(_("There is no text to send here. Nothing was changed."))
    return found


def forwarding(advocate: Advocate, pk: str, language: str) -> dict[str, Any]:
    """The mail the advocate sends, in their own voice, and the same for their mail program."""
    referral = referral_of(advocate, pk)
    text = introduction(facts_of(advocate, referral), language=language, variant=referral.pk)
    to = f"mailto:{quote(referral.email, safe='@')}?subject={quote(text.subject)}&body={quote(_crlf(text.body))}"
    return {"referral": referral, "text": text, "mailto": to, "waits": referral.state == State.AGREED}


def facts_of(advocate: Advocate, referral: Referral) -> Facts:
    """What the text to forward may say: nothing of anybody's deal."""
    person, owner = advocate.person, advocate.owner
    ended = _ended(person)
    return Facts(
        seller=owner.name if owner else who_we_are()[0],
        seller_email=(owner.email or "") if owner else "",
        customer=Outcome.WON in ended,
        acquainted=not ended,
        ours=who_we_are()[0],
        to_name=referral.name,
        advocate=person.name if person else "",
        advocate_company=person.company.name if person and person.company else "",
        referred=referral.name,
        referred_company=referral.company_name,
        disclosure=_mine(advocate, referral),
    )


def _ended(person: Person | None) -> set[str]:
    """How deals they took part in ended, so that nobody speaks of a no to whoever bought."""
    if person is None:
        return set()
    ended = DealPerson.objects.filter(person=person).exclude(deal__outcome=Outcome.OPEN)
    return set(ended.order_by().values_list("deal__outcome", flat=True))


def _mine(advocate: Advocate, referral: Referral) -> str:
    """The line about a reward in a mail that the advocate writes: in their own voice; none where they get none."""
    if advocate.wants == gift.NONE:
        return ""
    return own_disclosure(referral.programme, get_language() or "en", rules_of(referral.programme))


def _crlf(text: str) -> str:
    """Lines as a ``mailto`` address wants them (RFC 6068, 5)."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def rewarding(advocate: Advocate, said: Mapping[str, str] | None, language: str, now: datetime) -> dict[str, Any]:
    """The terms, and the two questions; as they were answered, or as they were just sent."""
    programme = programme_of(advocate, now)
    others, rules = others_of(advocate, programme, now), offered(advocate, now)
    shown = said or {"allows": "" if advocate.allows == Allows.UNKNOWN else advocate.allows, "wants": advocate.wants}
    return {
        "terms": terms(programme, rules_of(programme), language),
        "others": [terms(one, rules_of(one), language) for one in others],
        "rules": rules,
        "closed": bool(why_closed(local_day(now))),
        "wants": _wants(rules, shown["wants"]),
        "allows": [Choice(str(code), str(label), checked=code == shown["allows"]) for code, label in _ALLOWS.items()],
    }


def _wants(rules: list[RewardRule], chosen: str) -> list[Choice]:
    none = Choice(
        gift.NONE, gettext("No reward"), gettext("Introducing us is its own reason."), checked=chosen == gift.NONE
    )
    made = [Choice(str(rule.kind), kind_words(rule.kind), _worth(rule), checked=rule.kind == chosen) for rule in rules]
    return [*made, none]


def _worth(rule: RewardRule) -> str:
    label = rule.label_fr if (get_language() or "").startswith("fr") else rule.label_en
    if rule.amount_minor is None:
        worth = gettext("%(share)s of the amount of the deal") % {"share": share(rule.basis_points or 0)}
    else:
        worth = gettext("worth %(amount)s") % {"amount": exactly(rule.amount_minor, rule.programme.currency)}
    return gettext("%(what)s, %(worth)s") % {"what": label, "worth": worth} if label else worth


def payee_kind(advocate: Advocate, now: datetime) -> str:
    """For which kind of reward we have to know where it goes: one that is due, else the one they chose; empty: none."""
    return standing(advocate, now).payee_for or (advocate.wants if advocate.wants in NEEDED else "")


_AUTOCOMPLETE = {
    "legal_name": "name", "address": "street-address", "country": "country", "company": "organization",
    "email": "email",
}  # fmt: skip


def paying(advocate: Advocate, kind: str, typed: Mapping[str, str] | None, wrong: str) -> dict[str, Any]:
    """The form for where a reward goes; what is stored is shown with its middle covered, never filled in again.

    Args:
        wrong: the name of the field that is wrong; empty for none.
    """
    values = typed or {}
    return {
        "kind": _within(kind_words(kind)),
        "stored": masked(opened(advocate.payee)),
        "fields": [_field(name, kind, values.get(name, ""), wrong) for name in fields_for(kind)],
        "cash": kind == RewardKind.CASH,
    }


def _field(name: str, kind: str, value: str, wrong: str) -> Field:
    options = tuple(countries().items()) if name == "country" else ()
    needed = name in NEEDED[kind] and name not in ("iban", *OPTIONAL[kind])
    return Field(name, str(LABELS[name]), value, needed, name == wrong, _AUTOCOMPLETE.get(name, "off"), options)


@dataclass(frozen=True)
class Total:
    """What stands at the end, in one currency."""

    owed: str
    recoverable: str


def _totals(lines: list[Line]) -> list[Total]:
    last = {line.currency: line for line in lines}
    return [
        Total(exactly(line.owed_minor, code), exactly(line.recoverable_minor, code) if line.recoverable_minor else "")
        for code, line in sorted(last.items())
    ]


def accounting(advocate: Advocate) -> dict[str, Any]:
    """The statement, oldest first, each line with the name of the introduction it is about."""
    lines = lines_of(advocate.holder)
    names = {f"refer.referral:{pk}": name for pk, name in advocate.referrals.values_list("pk", "name")}
    rows = [
        {"line": line, "amount": _signed(line), "about": names.get(line.subject, "")}
        for line in lines
    ]  # fmt: skip
    return {"rows": rows, "totals": _totals(lines)}


def _signed(line: Line) -> str:
    amount = exactly(abs(line.amount_minor), line.currency)
    return f"+ {amount}" if line.amount_minor > 0 else f"− {amount}"


def stopping(advocate: Advocate, now: datetime) -> dict[str, Any]:
    """What they asked us to stop."""
    address = advocate.person.email if advocate.person else ""
    silent = next((scope for scope in (Scope.ALL, Scope.REFERRAL) if suppressed({address}, scope)), "")
    return {"silent": (silent or "") if address else "gone", "back": is_open(advocate, now)}
