"""The terms of a programme in words: what advocates read before they agree, and what the referred person reads.

Whole sentences, in the language asked for, with exact amounts. The same function writes them for the advocate's page,
for letters and for the screen where they are changed, so that nobody ever reads other terms than those in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal, get_currency_name
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.money import show, to_major
from rebond.findings.words import day as long_day
from rebond.findings.words import locale
from rebond.refer.models import Basis, HoldFrom, Programme, RewardKind, RewardRule


@dataclass(frozen=True)
class Terms:
    """The terms, in words.

    Attributes:
        version: of the programme; 0 for terms nobody published.
        opening: the sentence before the rewards.
        rewards: what may be chosen, one line each; empty where nothing is given.
        limits: how much at most, and how a share is rounded.
        timing: when it is given, who says so, when it is taken back or forfeited.
        conditions: the employer, a deal of one's own, tax, and that an agreement keeps its terms.
        note: a line of the company's own; may be empty.
    """

    name: str
    version: int
    opening: str
    rewards: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    timing: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    note: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it, one sentence a line, in the order it is read."""
        parts = (self.opening, *self.rewards, *self.limits, *self.timing, *self.conditions, self.note)
        return tuple(line for line in parts if line)

    @property
    def text(self) -> str:
        """The same as plain text, for a letter: rewards and rules as a list."""
        rest = [line for line in self.lines if line != self.opening]
        return "\n".join([self.opening, *(f"- {line}" for line in rest)])


def exactly(minor: int, currency: str) -> str:
    """An amount with all its digits, whole units without their cents: terms are not rounded.

    >>> exactly(5000, "EUR"), exactly(123450, "EUR"), exactly(1500, "KWD")
    ('€50', '€1,234.50', 'KWD1.500')
    """
    major = to_major(minor, currency)
    return show(minor, currency, locale(), cents=major != major.to_integral_value())


def share(basis_points: int) -> str:
    """Hundredths of a percent as a percentage.

    >>> share(250), share(500)
    ('2.5%', '5%')
    """
    figure = format_decimal(Decimal(basis_points) / 100, format="#,##0.##", locale=locale())
    return _("%(n)s%%") % {"n": figure}


def terms(programme: Programme | None, rules: Sequence[RewardRule], language: str) -> Terms:
    """The terms of one version in ``language``; of no programme at all, that an introduction is a favour.

    Args:
        programme: saved, or not (``offers.unsaved``).
        rules: its rewards, in their order (``queries.programme.rules_of``).
        language: ``en`` or ``fr``.
    """
    with translation.override(language):
        if programme is None:
            return Terms("", 0, _without())
        if not rules:
            return Terms(programme.name, programme.version, _without(), note=_note(programme, language))
        return Terms(
            programme.name, programme.version, _opening(rules),
            tuple(reward_words(rule, programme.currency, language) for rule in rules),
            tuple(_limits(programme, rules)), tuple(_timing(programme)), tuple(_conditions(programme)),
            _note(programme, language),
        )  # fmt: skip


def disclosure(programme: Programme | None, language: str, rules: Sequence[RewardRule] | None = None) -> str:
    """The one line the referred person reads: whether whoever introduced us may get something for it.

    It names no amount: what somebody receives is their own affair, that they may receive something is not.
    """
    with translation.override(language):
        rewarded = programme is not None and bool(programme.rules.all() if rules is None else rules)
        if not rewarded:
            return _("Whoever introduced us to you receives nothing for it.")
        return _("Whoever introduced us to you may receive a small thank-you from us if you become a customer. "
                 "You pay nothing for it.")  # fmt: skip


def own_disclosure(programme: Programme | None, language: str, rules: Sequence[RewardRule] | None = None) -> str:
    """The same line as the advocate says it, in a mail of their own: below their signature nobody else speaks. Empty
    where nothing is given: nobody explains in their own mail what they do not get."""
    with translation.override(language):
        rewarded = programme is not None and bool(programme.rules.all() if rules is None else rules)
        if not rewarded:
            return ""
        return _("In fairness: I may receive a small thank-you from them if you become a customer.")


def _without() -> str:
    return _("We give no reward for introductions. An introduction is a favour, and we thank you for it.")


def _opening(rules: Sequence[RewardRule]) -> str:
    return ngettext(
        "If somebody you introduce becomes a customer, we thank you with this, or with nothing if you prefer:",
        "If somebody you introduce becomes a customer, we thank you with one of these, or with nothing if you prefer:",
        len(rules),
    )


def _note(programme: Programme, language: str) -> str:
    return programme.note_fr if language.startswith("fr") else programme.note_en


def reward_words(rule: RewardRule, currency: str, language: str) -> str:
    """One reward as it is offered, in the language in force: "A present: a hamper, worth €50"."""
    label = rule.label_fr if language.startswith("fr") else rule.label_en
    # The label of the list says "their company": this is read by whose company it is.
    kind = _("Credit for your company") if rule.kind == RewardKind.CREDIT else str(rule.get_kind_display())
    said = {"what": _("%(kind)s (%(label)s)") % {"kind": kind, "label": label} if label else kind}
    if rule.basis == Basis.SHARE:
        return _("%(what)s, worth %(share)s of the amount of the deal.") % (
            said | {"share": share(rule.basis_points or 0)}
        )
    return _("%(what)s, worth %(amount)s.") % (said | {"amount": exactly(rule.amount_minor or 0, currency)})


def _limits(programme: Programme, rules: Sequence[RewardRule]) -> Iterator[str]:
    currency = programme.currency
    caps = (
        (programme.per_referral_minor, _("At most %(amount)s for one introduction.")),
        (programme.per_year_minor, _("At most %(amount)s for one person in a calendar year.")),
        (programme.per_month_minor, _("At most %(amount)s for all advocates together in a calendar month.")),
    )
    for minor, sentence in caps:
        if minor is not None:
            yield sentence % {"amount": exactly(minor, currency)}
    if any(minor is not None for minor, _sentence in caps):
        yield _("A reward that would go over a limit is cut to what remains of it, and we tell you which limit it was.")
    if any(rule.basis == Basis.SHARE for rule in rules):
        yield _("A share is worked out on the amount of the deal and rounded once, at the end, to the smallest unit of "
                "the currency; exactly half goes to the even one.")  # fmt: skip
    name = get_currency_name(currency, locale=locale())
    yield _("All amounts are in one currency: %(name)s (%(code)s).") % {"name": name, "code": currency}


def _timing(programme: Programme) -> Iterator[str]:
    yield _held(programme)
    yield _("Then a person here approves it; nothing is given by itself.")
    if programme.two_above_minor is not None:
        amount = exactly(programme.two_above_minor, programme.currency)
        yield _("Above %(amount)s, two people approve it.") % {"amount": amount}
    yield from _taken_back(programme)
    if dates := _open_between(programme.starts_on, programme.ends_on):
        yield dates


def _held(programme: Programme) -> str:
    days = programme.hold_days
    if programme.hold_from == HoldFrom.CLOSE:
        return ngettext(
            "It is due %(days)s day after the day the deal was won.",
            "It is due %(days)s days after the day the deal was won.", days,
        ) % {"days": days}  # fmt: skip
    return ngettext(
        "It is due %(days)s day after the new customer’s first payment reached us.",
        "It is due %(days)s days after the new customer’s first payment reached us.", days,
    ) % {"days": days}  # fmt: skip


def _taken_back(programme: Programme) -> Iterator[str]:
    yield _("If the new customer cancels or is refunded before the reward is given, there is none.")
    if programme.clawback_days:
        yield ngettext(
            "If that happens within %(days)s day after it was given, it is taken back: it counts against your next "
            "one.",
            "If that happens within %(days)s days after it was given, it is taken back: it counts against your next "
            "one.", programme.clawback_days,
        ) % {"days": programme.clawback_days}  # fmt: skip
    yield ngettext(
        "A reward that nobody claims within %(months)s month is forfeited.",
        "A reward that nobody claims within %(months)s months is forfeited.", programme.unclaimed_months,
    ) % {"months": programme.unclaimed_months}  # fmt: skip


def _open_between(first: date | None, last: date | None) -> str:
    if first and last:
        return _("These terms hold from %(first)s until %(last)s.") % {"first": long_day(first), "last": long_day(last)}
    if first:
        return _("These terms hold from %(first)s.") % {"first": long_day(first)}
    return _("These terms hold until %(last)s.") % {"last": long_day(last)} if last else ""


def _conditions(programme: Programme) -> Iterator[str]:
    yield _("If you are employed, we give it only once you have told us that your employer allows it. If not, you can "
            "choose a donation, credit for your company, or nothing, where we offer them.")  # fmt: skip
    yield _("Public officials and members of regulated professions receive no reward from us.")
    if programme.own_deal_days:
        yield ngettext(
            "Nothing is given while a deal of your own with us is open, or was lost less than %(days)s day ago.",
            "Nothing is given while a deal of your own with us is open, or was lost less than %(days)s days ago.",
            programme.own_deal_days,
        ) % {"days": programme.own_deal_days}
    yield _("Whoever you introduce reads that you may receive something for it.")
    yield _("A reward can be income you have to declare, and we may have to declare it too; we ask you for what that "
            "needs. This is information, not advice.")  # fmt: skip
    yield _("The terms in force on the day you agree stay yours for that introduction, even if we change them later.")
