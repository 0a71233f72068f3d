"""Introductions: a name that was said, where each stands, a move, an advocate's statement; rewards handed out."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from rebond.accounts.models import User
    from rebond.deals.models import Person
    from rebond.refer.models import Advocate, Referral

AT_MOST = 10_000
#: Facts with a day, beside the states.
FACTS = ("payment", "refund")
#: What follows by itself, and from what.
BY_ITSELF = ("won", "lost", "reward_due", "paid", "forfeited", "clawed_back")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    _log_arguments(words.add_parser("log", help="an advocate named somebody"))
    listed = words.add_parser("list", help="introductions one may see, what moved last first")
    listed.add_argument("--id", type=int, default=0, metavar="ID", help="only this one, with its history")
    listed.add_argument("--state", default="", metavar="STATE", help="asked, agreed, introduced, qualified, won ...")
    listed.add_argument("--by", default="", metavar="PERSON", help="of this advocate: id, address or name")
    listed.add_argument("--mine", action="store_true", help="only those one takes care of; with --as")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help=f"1 to {AT_MOST}; 50 when missing")
    _advance_arguments(words.add_parser("advance", help="a move, or a fact: the first payment, a refund"))
    told = words.add_parser("statement", help="what an advocate earned and was given")
    told.add_argument("person", metavar="PERSON", help="the advocate: id, address or name")
    export = words.add_parser("export", help="what was handed out in a year, per payee, as CSV")
    export.add_argument("--year", type=int, default=0, metavar="YEAR", help="this year when missing")
    run = words.add_parser("run", help="hand out what is approved")
    funnel = words.add_parser("funnel", help="from a no to a sale: each step with its cases and range")
    funnel.add_argument("--period", default="", metavar="PERIOD", help="6m, 12m or all; 12m when missing")
    funnel.add_argument("--team", default="", metavar="ID", help="only this team; for administrators")
    for one in (*words.choices.values(),):
        plain.add_person(one)
    for one in (listed, told, run, funnel, words.choices["log"], words.choices["advance"]):
        plain.add_json(one)


def _log_arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("person", metavar="PERSON", help="the advocate: id, address or name")
    made.add_argument("--name", required=True, help="who was named")
    made.add_argument("--email", default="", help="their address")
    made.add_argument("--phone", default="", help="their number, with + and the country")
    made.add_argument("--company", default="", help="their company")
    made.add_argument("--why", default="", help="what they would gain")


def _advance_arguments(moved: argparse.ArgumentParser) -> None:
    moved.add_argument("id", metavar="ID", type=int, help="its number in the list")
    moved.add_argument("to", metavar="STATE", help="introduced, qualified, disqualified ...; or payment, refund")
    moved.add_argument("--mode", default="", help="introduced: three_way, forward, first_contact")
    moved.add_argument("--evidence", default="", help="what shows it: deals.touch:12, or a few words")
    moved.add_argument("--reason", default="", help="why, in a few words")
    moved.add_argument("--deal", default="", metavar="ID", help="qualified: the deal it led to; else a new one")
    moved.add_argument("--deal-name", default="", metavar="NAME", help="qualified: of the new deal")
    moved.add_argument("--amount", default="", help="qualified: of the new deal, in whole units")
    moved.add_argument("--currency", default="", metavar="CODE", help="of --amount; else the company's")
    moved.add_argument("--day", default="", metavar="DAY", help="payment, refund: 2026-06-09")


def run(options: argparse.Namespace) -> int:
    """Answers in the person's own language."""
    from django.utils import timezone, translation

    from rebond.commands import shared

    user, now = shared.person(options), timezone.now()
    verbs = {
        "log": _log, "list": _list, "advance": _advance, "statement": _statement, "export": _export, "run": _run,
        "funnel": _funnel,
    }  # fmt: skip
    with translation.override(user.language if user else translation.get_language()):
        verbs[options.what](options, user, now)
    return 0


def _show(options: argparse.Namespace, document: dict[str, Any], lines: list[str]) -> None:
    if options.json:
        plain.print_json(document)
        return
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _someone(user: User | None) -> User:
    """What is written has somebody who wrote it."""
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    if user is None:
        raise RebondError(
            _("Who does this? Name somebody with --as EMAIL. Nothing was changed."), code="person_missing"
        )
    return user


def _person(user: User | None, text: str) -> Person:
    """The one person whose id, address or name this is, if ``user`` may open them."""
    from django.db.models import Q
    from django.utils.translation import gettext as _

    from rebond.base.errors import NotFound, RebondError
    from rebond.deals.queries import people_for

    is_id = text.isascii() and text.isdigit() and len(text) < 19
    wanted = Q(pk=int(text)) if is_id else Q(email__iexact=text) | Q(name__iexact=text)
    found = list(people_for(user).filter(wanted).select_related("company").order_by("pk")[:2]) if text else []
    if len(found) == 1:
        return found[0]
    if found:
        raise RebondError(
            _("Several people are called “%(who)s”. Nothing was changed. Use the id or the address.")
            % {"who": text[:80]},
            code="several_people",
        )
    raise NotFound(
        _("There is nobody called “%(who)s” here. Nothing was changed. Use their id, address or full name.")
        % {"who": text[:80]},
        code="unknown_contact",
    )


# ---- a name that was said


def _log(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.refer.actions.registering import Named
    from rebond.refer.queries.registered import worth_saying

    actor = _someone(user)
    named = Named(options.name, options.email, options.phone, options.company, options.why)
    referral = _named(_person(actor, options.person), named, actor, now)
    said = worth_saying(referral, now)
    document = _document(referral) | {"worth_saying": said}
    _show(options, document, [_line(referral), *(f"  {sentence}" for sentence in said)])


def _named(person: Person, named: Any, actor: User, now: datetime) -> Referral:
    """The person becomes an advocate with their first name; refused, they do not."""
    from django.db import transaction

    from rebond.refer.actions.advocates import advocate_of
    from rebond.refer.actions.registering import name_someone

    with transaction.atomic():
        advocate = advocate_of(person=person, owner=actor, actor=actor, now=now)
        return name_someone(advocate=advocate, named=named, actor=actor, now=now)


# ---- where each stands


def _list(options: argparse.Namespace, user: User | None, now: datetime) -> None:  # noqa: ARG001 (all look alike)
    from django.utils.translation import gettext as _

    from rebond.refer.access import get_referral
    from rebond.refer.documents import referral_json
    from rebond.refer.queries.referrals import listed

    if options.id:
        referral = get_referral(user, options.id)
        _show(options, _document(referral), _told(referral))
        return
    by = _person(user, options.by) if options.by else None
    found = listed(user, state=_state(options.state), by=by, mine=options.mine)
    shown = list(found[: max(1, min(options.limit, AT_MOST))])
    document = {"referrals": [referral_json(one) for one in shown], "total": found.count()}
    _show(options, document, [_line(one) for one in shown] or [_("No introduction yet. “rebond refer log” keeps one.")])


def _state(text: str) -> str:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.refer.models import State

    if text and text not in State.values:
        raise RebondError(
            _("“%(state)s” is not a state of an introduction. Nothing was changed. Use one of: %(states)s.")
            % {"state": text[:40], "states": ", ".join(State.values)},
            code="unknown_state",
            choices=list(State.values),
        )
    return text


def _line(referral: Referral) -> str:
    person = referral.advocate.person
    who = referral.name or referral.company_name or "–"
    return f"{referral.pk:8}  {referral.get_state_display():20}  {person.name if person else '–'} → {who}"


def _told(referral: Referral) -> list[str]:
    from rebond.base.dates import show_day
    from rebond.refer.queries.referrals import history

    moves = [f"  {show_day(move.at)}  {move.get_to_state_display()}  {move.reason}" for move in history(referral)]
    return [_line(referral), *moves]


def _document(referral: Referral) -> dict[str, Any]:
    from rebond.refer.documents import referral_json
    from rebond.refer.queries.referrals import history

    return referral_json(referral, history(referral))


# ---- a move


def _advance(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.refer.access import get_referral

    actor = _someone(user)
    referral = get_referral(actor, options.id, to_write=True)
    if options.to in BY_ITSELF:
        raise RebondError(
            _("This follows by itself and is never set by hand. Nothing was changed. Won and lost follow from the deal "
              "(“rebond close”); rewards from the first payment (“payment --day”), approvals and runs."),
            code="follows_by_itself",
        )  # fmt: skip
    _way(options)(options, referral, actor, now)
    referral.refresh_from_db()
    _show(options, _document(referral), _told(referral))


def _way(options: argparse.Namespace) -> Callable[[argparse.Namespace, Referral, User, datetime], None]:
    if options.to in FACTS:
        return _fact
    _state(options.to)
    ways = {"introduced": _introduced, "qualified": _qualified, "void": _void}
    return ways.get(options.to, _plain_move)


def _plain_move(options: argparse.Namespace, referral: Referral, actor: User, now: datetime) -> None:
    from rebond.refer.actions.moving import move

    move(referral=referral, to=options.to, reason=options.reason, evidence=options.evidence, actor=actor, now=now)


def _void(options: argparse.Namespace, referral: Referral, actor: User, now: datetime) -> None:
    """What does not count takes money from somebody: who leads says so, and why."""
    from django.utils.translation import gettext as _

    from rebond.base.errors import NotAllowed, RebondError

    if not actor.is_lead:
        raise NotAllowed(_("Whoever leads the team says that an introduction does not count. Nothing was changed."))
    if not options.reason.strip():
        raise RebondError(
            _("The reason is missing. Nothing was changed. Say in a few words why it does not count."),
            code="reason_missing",
        )
    _plain_move(options, referral, actor, now)


def _introduced(options: argparse.Namespace, referral: Referral, actor: User, now: datetime) -> None:
    """It happened. A first contact of ours that is still to be written is written on its page."""
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.refer.actions.introducing import introduce
    from rebond.refer.actions.moving import move
    from rebond.refer.models import Mode

    if options.mode != Mode.FIRST_CONTACT:
        introduce(referral=referral, mode=options.mode, evidence=options.evidence, actor=actor, now=now)
        return
    if not options.evidence.strip():
        raise RebondError(
            _("What shows the first contact? Nothing was changed. Say it with --evidence, such as deals.touch:12."),
            code="evidence_missing",
        )
    move(
        referral=referral, to="introduced", mode=options.mode, evidence=options.evidence, reason=options.reason,
        actor=actor, now=now,
    )  # fmt: skip


def _qualified(options: argparse.Namespace, referral: Referral, actor: User, now: datetime) -> None:
    from rebond.commands import shared
    from rebond.refer.actions.following import link_deal, open_deal

    if options.deal:
        deal = shared.the_deal(argparse.Namespace(id=options.deal), actor)
        link_deal(referral=referral, deal=deal, actor=actor, now=now)
        return
    minor, currency = _money(options)
    open_deal(referral=referral, name=options.deal_name, amount_minor=minor, currency=currency, actor=actor, now=now)


def _money(options: argparse.Namespace) -> tuple[int | None, str]:
    from django.conf import settings

    from rebond.base.money import CURRENCIES
    from rebond.refer.typed import amount

    currency = (options.currency or settings.CONFIG.currency).upper()
    if currency not in CURRENCIES:
        return None, currency  # what is no currency, the action says
    return amount(options.amount, currency), currency


def _fact(options: argparse.Namespace, referral: Referral, actor: User, now: datetime) -> None:
    from rebond.refer.actions.following import note_payment, note_refund

    note = note_payment if options.to == "payment" else note_refund
    note(referral=referral, day=_day(options.day), actor=actor, now=now)


def _day(text: str) -> date:
    from django.utils.translation import gettext as _

    from rebond.base.dates import parse_day
    from rebond.base.errors import RebondError

    found = parse_day(text)
    if found is None:
        raise RebondError(
            _("“%(text)s” is not a date. Nothing was changed. Write 2026-06-09.") % {"text": text[:40]}, code="bad_date"
        )
    return found


# ---- money


def _advocate(user: User | None, text: str) -> Advocate:
    from django.utils.translation import gettext as _

    from rebond.base.errors import NotAllowed, NotFound
    from rebond.refer.access import advocates_for, may_look_after

    person = _person(user, text)
    found = advocates_for(user).filter(person=person).first()
    if found is None:
        raise NotFound(
            _("%(name)s has not introduced anybody yet, so there is no statement.") % {"name": person.name},
            code="unknown_advocate",
        )
    if user is not None and not may_look_after(user, found):
        raise NotAllowed
    return found


def _statement(options: argparse.Namespace, user: User | None, now: datetime) -> None:  # noqa: ARG001
    from django.utils.translation import gettext as _

    from rebond.base.dates import show_day
    from rebond.ledger.queries import statement
    from rebond.refer.documents import statement_json
    from rebond.refer.terms import exactly

    advocate = _advocate(user, options.person)
    lines = [
        f"{show_day(line.day)}  {line.what}  {exactly(line.amount_minor, line.currency)}"
        for line in statement(advocate.holder)
    ]
    _show(options, statement_json(advocate), lines or [_("Nothing was earned or given yet.")])


def _lead(user: User | None) -> User:
    from rebond.base.errors import NotAllowed

    actor = _someone(user)
    if not actor.is_lead:
        raise NotAllowed
    return actor


def _export(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.base.dates import local_day
    from rebond.refer import tax

    found = tax.lines(_lead(user), options.year or local_day(now).year)
    sys.stdout.writelines(tax.as_csv(found))


def _run(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from django.utils.translation import gettext as _

    from rebond.refer.actions.paying import start_run

    started = start_run(actor=_lead(user), now=now)
    count = started.payouts.count()
    _show(
        options, {"run_id": started.pk, "payouts": count},
        [_("Run %(id)d: %(count)d to hand out. The worker does it now.") % {"id": started.pk, "count": count}],
    )  # fmt: skip


def _funnel(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.base.dates import local_day
    from rebond.refer.funnel.answers import answer
    from rebond.refer.funnel.findings import findings
    from rebond.refer.queries import funnel

    params, today = {"period": options.period, "team": options.team}, local_day(now)
    if options.json:
        plain.print_json(funnel.document(user, params, today))
        return
    for finding in findings(answer(funnel.View.of(user, params, today))):
        lines = (finding.headline, *(f"  {line}" for line in (finding.measure, finding.sure, finding.caveat) if line))
        sys.stdout.writelines(f"{line}\n" for line in lines)
        rows = finding.table.rows if finding.table else ()
        sys.stdout.writelines(f"    {'; '.join(cell for cell in row if cell)}\n" for row in rows)
