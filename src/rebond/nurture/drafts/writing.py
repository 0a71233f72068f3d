"""A note's draft: the right template, the person's facts, the piece that fits. Nothing is stored, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from rebond.base.dates import local_day
from rebond.mail.models import Basis, Ground, Use
from rebond.mail.queries.basis import basis_for
from rebond.nurture.cadence import policies
from rebond.nurture.drafts import english, french, templates
from rebond.nurture.drafts.facts import Around, facts_of
from rebond.nurture.drafts.placeholders import fill, needs
from rebond.nurture.drafts.templates import GOES_ON, OF_CADENCE, OF_DUE, Editions, Template
from rebond.nurture.library import languages, reasons, topics
from rebond.nurture.library.gaps import reads_of
from rebond.nurture.library.picking import Need, Nothing, Pick, look_many
from rebond.nurture.models import DueBecause, Ended, Enrolment, NamedDate, Piece

#: A date is spoken of until so long after it; a ground is asked about so long before it runs out.
DATE_STILL, BASIS_SOON = timedelta(days=60), timedelta(days=45)
#: A text that goes with a note, at most; it stands under the name.
TEXT_BELOW = 8_000
_PIECE = frozenset(("piece_title", "piece_summary", "piece_link"))


@dataclass(frozen=True)
class Written:
    """A draft, ready to be changed and sent by a person.

    Attributes:
        subject, body: plain text; the footer is not in it.
        language: of the person.
        piece: what goes with it, ``None`` when nothing fits.
        piece_why: one translated line why this piece; or why there is none and what is missing.
        key: of the template it began with.
        variant: which wording, from 0; ``variants``: how many there are.
    """

    subject: str
    body: str
    language: str
    piece: Piece | None
    piece_why: str
    key: str = ""
    variant: int = 0
    variants: int = 1


def draft_for(
    enrolment: Enrolment, *, now: datetime, variant: int = 0, piece: Piece | None = None, key: str = ""
) -> Written:
    """The draft of the next touch.

    Args:
        variant: turns the wording ("another draft").
        piece: goes with it instead of the one that would be picked.
        key: a template of ``templates.KEYS`` instead of the one that follows from why the touch is due.
    """
    return _write([enrolment], now=now, variant=variant, piece=piece, key=key)[enrolment.pk]


def drafts_for(enrolments: Sequence[Enrolment], *, now: datetime) -> Mapping[int, Written]:
    """Enrolment's key to its draft, for a list: a constant number of queries."""
    return _write(enrolments, now=now)


def _write(
    enrolments: Sequence[Enrolment], *, now: datetime, variant: int = 0, piece: Piece | None = None, key: str = ""
) -> dict[int, Written]:
    loaded = _loaded(enrolments)
    around, editions = _around(loaded, now), templates.newest_for(one.owner_id for one in loaded)
    soon, rules = _running_out(loaded, now), policies.editions()
    chosen: dict[int, tuple[Template, str, int, int]] = {}
    for one in loaded:
        use = key or key_of(one, rules, ask=one.pk in soon)
        chosen[one.pk] = _wording(one, use, variant, editions)
    picked = {} if piece else _picked([one for one in loaded if _wants_piece(chosen[one.pk][0])], rules, now)
    return {one.pk: _one(one, chosen[one.pk], around[one.pk], picked, piece, now) for one in loaded}


def _one(
    enrolment: Enrolment, chosen: tuple[Template, str, int, int], around: Around,
    picked: Mapping[int, Pick | Nothing], piece: Piece | None, now: datetime,
) -> Written:  # fmt: skip
    template, language, place, among = chosen
    found = picked.get(enrolment.person_id)
    goes = piece or (found.piece if isinstance(found, Pick) else None)
    facts = facts_of(enrolment, around, goes, language, now)
    body = fill(template.body, facts)
    if goes:
        body = _with_piece(body, template, goes, facts, language)
    why = _("You chose this piece.") if piece else (found.why if found else _("This note goes alone."))
    subject = " ".join(fill(template.subject, facts).split())
    return Written(subject, body, language, goes, why, template.key, place, among)


def _loaded(enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    """As given, with everything a draft says; one query unless it is loaded already."""
    if all(_has_all(one) for one in enrolments):
        return list(enrolments)
    everything = Enrolment.objects.select_related("person__company", "owner", "deal", "close_event")
    found = everything.in_bulk([one.pk for one in enrolments])
    return [found[one.pk] for one in enrolments if one.pk in found]


def _has_all(one: Enrolment) -> bool:
    """Whether nothing would be fetched row by row."""
    cached = one._state.fields_cache
    wanted = {"person": one.person_id, "owner": one.owner_id, "deal": one.deal_id, "close_event": one.close_event_id}
    if any(pk is not None and name not in cached for name, pk in wanted.items()):
        return False
    person = cached["person"]
    return person.company_id is None or "company" in person._state.fields_cache


def key_of(enrolment: Enrolment, rules: Mapping[tuple[str, int], policies.Policy], *, ask: bool = False) -> str:
    """Which template the next touch begins with: the ground that runs out, why it is due, the silence, the reason."""
    if ask:
        return "ask_once"
    because = OF_DUE.get(DueBecause(enrolment.due_because)) if enrolment.due_because else None
    if because:
        return because
    usual = OF_CADENCE.get(enrolment.cadence, "check_in")
    policy = rules.get((enrolment.cadence, enrolment.version))
    last = policy is not None and 0 < policy.unanswered_limit <= enrolment.unanswered + 1
    if last and enrolment.unanswered and usual != "silent":
        return "goodbye"
    return usual


def _wording(enrolment: Enrolment, key: str, variant: int, editions: Editions) -> tuple[Template, str, int, int]:
    """The wording of this step: every step turns it by one, and so does "another draft"."""
    language = languages.written(reads_of(enrolment).language)
    among = templates.wordings(key, language, templates.in_force(editions, key, language, enrolment.owner_id))
    turned = max(enrolment.step - 1, 0) if key in GOES_ON or key in ("check_in", "silent") else 0
    place = (turned + variant) % len(among)
    return among[place], language, place, len(among)


def _wants_piece(template: Template) -> bool:
    return bool(needs(template.body) & _PIECE)


def _picked(
    enrolments: Sequence[Enrolment], rules: Mapping[tuple[str, int], policies.Policy], now: datetime
) -> dict[int, Pick | Nothing]:
    needed = [
        Need(one.person_id, one.reason, topics.topics_for(one.reason, _topics(one, rules)), reads_of(one).language)
        for one in enrolments
    ]
    return look_many(needed, now=now) if needed else {}


def _topics(enrolment: Enrolment, rules: Mapping[tuple[str, int], policies.Policy]) -> tuple[str, ...]:
    policy = rules.get((enrolment.cadence, enrolment.version))
    return policy.topics if policy else ()


def _with_piece(body: str, template: Template, piece: Piece, facts: Mapping[str, str], language: str) -> str:
    """A piece somebody chose is named even where the template has no place for it; a text stands under the name."""
    words = french.PHRASES if language == "fr" else english.PHRASES
    if not _wants_piece(template):
        link = facts.get("piece_link", "")
        body = f"{body}\n\n{words['offer'] % facts['piece_title']}\n{link}".rstrip()
    if piece.text and not piece.url and not piece.file:
        body = f"{body}\n\n– – –\n{piece.text.strip()[:TEXT_BELOW]}"
    return body


def _around(enrolments: Sequence[Enrolment], now: datetime) -> dict[int, Around]:
    """The nearest date and who was there before, for all at once; at most three queries."""
    names, today = reasons.current(), local_day(now)
    dates: dict[int, NamedDate] = {}
    given = NamedDate.objects.filter(
        person__in=[one.person_id for one in enrolments], settled_at=None, on__gte=today - DATE_STILL
    )
    for date in given.order_by("-on", "-pk"):
        dates[date.person_id] = date
    before = _before(enrolments)
    return {one.pk: Around(dates.get(one.person_id), before.get(one.deal_id or 0, ""), names) for one in enrolments}


def _before(enrolments: Sequence[Enrolment]) -> dict[int, str]:
    """Per deal who was in charge before, where somebody follows them."""
    deals = [one.deal_id for one in enrolments if one.due_because == DueBecause.SUCCESSOR and one.deal_id]
    if not deals:
        return {}
    left = Enrolment.objects.filter(deal__in=deals, ended_because=Ended.LEFT).order_by("ended_at", "pk")
    return {deal: name for deal, name in left.values_list("deal", "person__name") if deal is not None}


def _running_out(enrolments: Sequence[Enrolment], now: datetime) -> set[int]:
    """Whose ground to write to ends soon, so that the next note asks, once; consent does not end by itself."""
    addresses = {one.person.email for one in enrolments if one.person.email}
    found = basis_for(sorted(addresses), Use.KEEP_IN_TOUCH, now) if addresses else {}
    return {one.pk for one in enrolments if _ends_soon(found.get(one.person.email), now)}


def _ends_soon(basis: Basis | None, now: datetime) -> bool:
    if basis is None or basis.expires_at is None or basis.ground == Ground.CONSENT:
        return False
    return now <= basis.expires_at <= now + BASIS_SOON


def points_for(enrolment: Enrolment, *, now: datetime) -> list[str]:
    """For a call: what happened, what you may offer, what to ask; three lines in the seller's language."""
    written = draft_for(enrolment, now=now)
    return [_happened(enrolment, now), _offered(enrolment, written), _asked(written.key)]


def _happened(enrolment: Enrolment, now: datetime) -> str:
    from rebond.base.dates import show_day

    around = _around([enrolment], now)[enrolment.pk]
    if around.date and around.date.words:
        return _("They gave a date, %(day)s: “%(words)s”.") % {
            "day": show_day(around.date.on), "words": around.date.words}  # fmt: skip
    event = enrolment.close_event
    if event is None or event.closed_at is None:
        return _("Begin with them: what takes most of their time at the moment?")
    if enrolment.reason in reasons.NO_ANSWER:
        return _("They said no on %(day)s; nobody knows yet why.") % {"day": show_day(event.closed_at)}
    return _("They said no on %(day)s: “%(reason)s”.") % {
        "day": show_day(event.closed_at), "reason": around.names.label(enrolment.reason)}  # fmt: skip


def _offered(enrolment: Enrolment, written: Written) -> str:
    if enrolment.waits_for and enrolment.due_because == DueBecause.SHIPPED:
        return _("What they missed is there: %(thing)s.") % {"thing": enrolment.waits_for}
    if written.piece:
        return _("You can offer them “%(title)s”.") % {"title": written.piece.title}
    return _("Offer nothing yet; listen.")


def _asked(key: str) -> str:
    questions = {
        "date_reached": _("Ask: does the date still hold, and what would help until then?"),
        "no_decision": _("Ask: did the problem go away, or does it still cost them time?"),
        "competitor": _("Ask: what do they like about their choice, and when does the contract end?"),
        "price": _("Ask: which smaller part would already help?"),
        "budget": _("Ask: when does the next budget round begin, and who decides about it?"),
        "champion_left": _("Ask: is it a subject for them, and what did they find when they came?"),
        "silent": _("Ask: yes, no or later? One word is enough."),
        "shipped": _("Ask: does it still matter to them, and would they like to see it?"),
        "after_return": _("Ask: when would be a better moment?"),
        "ask_once": _("Ask: may you write to them now and then?"),
        "goodbye": _("Say that you will stop writing, and that the door stays open."),
    }
    return questions.get(key, _("Ask: what has changed on their side since?"))
