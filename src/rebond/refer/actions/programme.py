"""Publishing a version of the programme, and adding a tax threshold. No version is ever changed: the next follows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Role, User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.money import CURRENCIES
from rebond.base.text import clean
from rebond.refer.models import HoldFrom, Programme, RewardKind, RewardRule, TaxThreshold
from rebond.refer.offers import FIELDS, Offer, Offered, rules_for

#: Most rewards to choose from: more than a few is a catalogue, and nobody reads it.
MOST_REWARDS = 6
#: The largest sum of a programme in minor units: whoever types more has typed a digit too many.
DEAREST = 100_000_000
#: No stretch of days is longer than ten years, none of months than five.
LONGEST_DAYS, LONGEST_MONTHS, MOST_A_WEEK = 3650, 60, 1000
#: A version may be published so many days ahead.
AHEAD = timedelta(days=731)
#: A tax threshold holds from a day between these.
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
#: Terms and labels, in characters.
NAME, LABEL, NOTE = 80, 120, 500


@transaction.atomic
def publish(
    *, offer: Offer, actor: User | None, now: datetime, cash_warning_read: bool = False, after: int | None = None
) -> Programme:
    """Publishes the next version; those before it stay as they are, for whoever agreed to them.

    Args:
        cash_warning_read: whoever publishes has read what speaks against money; needed where money is offered.
        after: the version whose terms were on the screen; another one since then is a Conflict ``published_meanwhile``.
        actor: an administrator; ``None`` for the program itself.

    Raises:
        RebondError: ``unknown_currency``, ``bad_reward``, ``bad_limit``, ``bad_days``, ``bad_dates``, ``cash_warning``.
    """
    _administrator(actor)
    check(offer, today=local_day(now), cash_warning_read=cash_warning_read)
    latest = Programme.objects.aggregate(latest=Max("version"))["latest"] or 0
    if after is not None and after != latest:
        raise _meanwhile()
    programme = _row(offer, latest + 1, actor, now)
    RewardRule.objects.bulk_create(rules_for(offer, programme))
    record(
        verb="refer.publish", subject=programme, actor=actor, at=now, version=programme.version,
        is_open=programme.is_open, currency=programme.currency, kinds=[one.kind for one in offer.rewards],
        cash_warning_read=cash_warning_read and offer.has_cash,
    )  # fmt: skip
    return programme


def _row(offer: Offer, version: int, actor: User | None, now: datetime) -> Programme:
    values = {name: getattr(offer, name) for name in FIELDS}
    values |= {
        "name": clean(offer.name, NAME), "starts_on": offer.starts_on or local_day(now),
        "note_en": clean(offer.note_en, NOTE), "note_fr": clean(offer.note_fr, NOTE),
    }  # fmt: skip
    try:
        with transaction.atomic():
            return Programme.objects.create(version=version, at=now, by=actor, **values)
    except IntegrityError as error:  # somebody published the same version in the same moment
        raise _meanwhile() from error


def _meanwhile() -> Conflict:
    return Conflict(
        _("Somebody published other terms meanwhile. Nothing was changed. Read theirs, then publish yours if they are "
          "still needed."),
        code="published_meanwhile",
    )  # fmt: skip


def _administrator(actor: User | None) -> None:
    if actor is not None and actor.role != Role.ADMIN:
        raise NotAllowed


# ---- what may be published


def check(offer: Offer, *, today: date, cash_warning_read: bool) -> None:
    """Every rule an offer must keep; see ``publish`` for the codes."""
    if offer.currency not in CURRENCIES or len(offer.currency) != 3:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was published. Write its three letters, such as EUR.")
            % {"text": clean(offer.currency, 10)},
            code="unknown_currency",
        )
    _check_rewards(offer)
    _check_limits(offer)
    _check_days(offer)
    _check_dates(offer, today)
    if offer.has_cash and not cash_warning_read:
        raise RebondError(
            _("Money is among the rewards. Nothing was published. Read what speaks against it and tick the box, or "
              "choose another reward."),
            code="cash_warning",
        )  # fmt: skip


def _check_rewards(offer: Offer) -> None:
    if len(offer.rewards) > MOST_REWARDS:
        raise RebondError(
            _("A programme offers at most %(n)s rewards. Nothing was published. Leave out those hardly anybody wants.")
            % {"n": MOST_REWARDS},
            code="bad_reward",
        )
    if not all(_has_one_size(one) for one in offer.rewards):
        raise RebondError(
            _("Each reward has a fixed value above 0, or a share of the deal between 0.01 and 100 percent. Nothing was "
              "published. Give each one of the two."),
            code="bad_reward",
        )  # fmt: skip


def _has_one_size(one: Offered) -> bool:
    if one.kind not in RewardKind.values or max(len(one.label_en), len(one.label_fr)) > LABEL:
        return False
    if one.basis_points is not None:
        return one.amount_minor is None and 0 < one.basis_points <= 10_000
    return one.amount_minor is not None and 0 < one.amount_minor <= DEAREST


def _check_limits(offer: Offer) -> None:
    sums = (offer.per_referral_minor, offer.per_year_minor, offer.per_month_minor, offer.two_above_minor)
    if any(minor is not None and not 0 <= minor <= DEAREST for minor in sums):
        raise RebondError(
            _("A limit is an amount from 0 on, and not beyond what anybody would give. Nothing was published. Leave "
              "the field empty for no limit."),
            code="bad_limit",
        )  # fmt: skip


def _check_days(offer: Offer) -> None:
    days = (offer.hold_days, offer.clawback_days, offer.own_deal_days)
    fine = (
        all(0 <= one <= LONGEST_DAYS for one in days)
        and 1 <= offer.unclaimed_months <= LONGEST_MONTHS
        and 1 <= offer.referrals_a_week <= MOST_A_WEEK
        and offer.hold_from in HoldFrom.values
    )
    if not fine:
        raise RebondError(
            _("Days are between 0 and %(days)s, months between 1 and %(months)s, introductions a week at least 1. "
              "Nothing was published. Correct the one outside.")
            % {"days": LONGEST_DAYS, "months": LONGEST_MONTHS},
            code="bad_days",
        )  # fmt: skip


def _check_dates(offer: Offer, today: date) -> None:
    first = offer.starts_on or today
    if not today <= first <= today + AHEAD or (offer.ends_on is not None and offer.ends_on < first):
        raise RebondError(
            _("Terms begin today or later, within two years, and end after they begin. Nothing was published. Whoever "
              "agreed before keeps the terms of that day, so nothing can begin in the past."),
            code="bad_dates",
        )  # fmt: skip


# ---- tax thresholds


@transaction.atomic
def add_threshold(
    *, country: str, form: str, from_on: date | None, amount_minor: int, currency: str, at_least: bool, source: str,
    actor: User, now: datetime,
) -> TaxThreshold:  # fmt: skip
    """Adds a dated row; those before it stay, since payments of their time are declared by them.

    Raises:
        RebondError: ``unknown_currency``, ``bad_threshold``; Conflict ``threshold_known``.
    """
    _administrator(actor)
    country, form, source = clean(country, 10).upper(), clean(form, 40), clean(source, 300)
    begins = _check_threshold(country, form, from_on, amount_minor, currency, source)
    known = TaxThreshold.objects.filter(country=country, form=form, from_on=begins)
    if known.exists():
        raise Conflict(
            _("For that country, form and day a threshold is in the table already. Nothing was changed. Add one from "
              "another day on."),
            code="threshold_known",
        )  # fmt: skip
    row = TaxThreshold.objects.create(
        country=country, form=form, from_on=begins, amount_minor=amount_minor, currency=currency, at_least=at_least,
        source=source,
    )  # fmt: skip
    record(verb="refer.add_threshold", subject=row, actor=actor, at=now, country=country, form=form,
           from_on=str(from_on), amount_minor=amount_minor, currency=currency)  # fmt: skip
    return row


def _check_threshold(
    country: str, form: str, from_on: date | None, amount_minor: int, currency: str, source: str
) -> date:
    """The first day it holds."""
    if currency not in CURRENCIES or len(currency) != 3:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was changed. Write its three letters, such as EUR.")
            % {"text": clean(currency, 10)},
            code="unknown_currency",
        )
    fine = len(country) == 2 and country.isalpha() and country.isascii() and 0 <= amount_minor <= 100 * DEAREST
    dated = from_on is not None and EARLIEST <= from_on <= LATEST
    if from_on is None or not (fine and form and source and dated):
        raise RebondError(
            _("A threshold needs a country’s two letters, what the form is called, a day, an amount and where it says "
              "so. Nothing was changed. Fill in what is missing."),
            code="bad_threshold",
        )  # fmt: skip
    return from_on
