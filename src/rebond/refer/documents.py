"""Referrals and statements as JSON: for the command line and whoever reads it by machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rebond.base.money import to_major
from rebond.ledger.queries import statement
from rebond.refer.models import Advocate, Move, Referral
from rebond.refer.states import next_states


def referral_json(referral: Referral, moves: Sequence[Move] | None = None) -> dict[str, Any]:
    """One referral; with its history where ``moves`` are given."""
    found = {
        "id": referral.pk,
        "state": referral.state,
        "state_at": referral.state_at,
        "may_become": next_states(referral.state),
        "advocate": _advocate(referral.advocate),
        "referred": {
            "name": referral.name or None,
            "email": referral.email or None,
            "phone": referral.phone or None,
            "company": referral.company_name or None,
            "why": referral.why or None,
            "person_id": referral.person_id,
        },
        "owner": referral.owner.email if referral.owner else None,
        "ask_id": referral.ask_id,
        "mode": referral.mode or None,
        "registered_at": referral.registered_at,
        "deal_id": referral.deal_id,
        "programme_version": referral.programme.version if referral.programme else None,
        "reward": referral.rule.kind if referral.rule else None,
        "duplicate_of": referral.duplicate_of_id,
        "duplicate_because": referral.duplicate_because or None,
        "payment_on": referral.payment_on,
        "refunded_on": referral.refunded_on,
        "open_flags": getattr(referral, "open_flags", None),
    }
    return found if moves is None else found | {"history": [_move(one) for one in moves]}


def _advocate(advocate: Advocate) -> dict[str, Any]:
    person = advocate.person
    return {"id": advocate.pk, "person_id": person.pk if person else None, "name": person.name if person else None}


def _move(move: Move) -> dict[str, Any]:
    return {
        "number": move.number,
        "from": move.from_state or None,
        "to": move.to_state,
        "at": move.at,
        "by": move.by.email if move.by else None,
        "reason": move.reason or None,
        "evidence": move.evidence or None,
    }


def statement_json(advocate: Advocate) -> dict[str, Any]:
    """What was earned, given and taken back, line by line; amounts in major units, per currency what stands now."""
    lines = statement(advocate.holder)
    last = {line.currency: line for line in lines}
    return {
        "advocate": _advocate(advocate),
        "balances": [
            {
                "currency": currency,
                "owed": _major(line.owed_minor, currency),
                "to_make_up_for": _major(line.recoverable_minor, currency),
            }
            for currency, line in sorted(last.items())
        ],
        "lines": [
            {
                "day": line.day,
                "kind": line.kind,
                "what": line.what,
                "amount": _major(line.amount_minor, line.currency),
                "owed": _major(line.owed_minor, line.currency),
                "to_make_up_for": _major(line.recoverable_minor, line.currency),
                "currency": line.currency,
                "about": line.subject,
                "key": line.key,
            }
            for line in lines
        ],
    }


def _major(minor: int, currency: str) -> float:
    return float(to_major(minor, currency))
