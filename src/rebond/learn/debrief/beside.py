"""What the records say beside each of the six questions: dates, names and words, never an opinion.

A debrief that leans on records works better than one that leans on memory (practice 1, "why these choices"). Where the
records say nothing, that is said too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.dates import show_day
from rebond.base.text import fold
from rebond.deals.models import Channel, CloseEvent, Deal, DealPerson, DealRole, Direction, Material, StageKind, Touch
from rebond.deals.queries import NEAREST_FIRST, Changed, changes_of, shown_value
from rebond.learn.models import Debrief

#: What, and what the records say about it.
Fact = tuple[str, str]
RECENT = timedelta(days=14)
#: Results of a touch that reached nobody.
UNREACHED = ("no_answer", "voicemail", "bounced", "no_show")
#: As many rows of one kind as can be read at a glance.
SHOWN = 8
WORDS = 400


def facts(number: int, debrief: Debrief) -> list[Fact]:
    """The facts beside question ``number``, as the records stand now, in the reader's words; at most four queries."""
    beside: dict[int, Callable[[Deal, CloseEvent], list[Fact]]] = {
        1: _people, 2: _problem, 3: _proposal, 4: _competitor, 5: _help, 6: _last_word,
    }  # fmt: skip
    return beside[number](debrief.deal, debrief.close_event)


@dataclass(frozen=True)
class _Seen:
    """What touches say of one person: since when we speak, when we first met; ``None`` where we did not."""

    name: str = ""
    first: datetime | None = None
    met: datetime | None = None
    count: int = 0


def _seen(deal: Deal) -> dict[int | None, _Seen]:
    """By person; under ``None`` the contacts that were logged without one."""
    reached = deal.touches.exclude(result__in=UNREACHED).values_list("person", "person__name")
    meeting = Min("at", filter=Q(channel=Channel.MEETING))
    return {
        person: _Seen(name or "", first, met, count)
        for person, name, first, met, count in reached.annotate(
            first=Min("at"), met=meeting, count=Count("pk")
        ).order_by("first")
    }


def _people(deal: Deal, _event: CloseEvent) -> list[Fact]:
    """Who takes part, since when we speak with them, whom nobody met, and which part nobody is named for."""
    parts = list(deal.deal_people.select_related("person").order_by("pk"))
    parts.sort(key=lambda part: NEAREST_FIRST.index(DealRole(part.role)))
    seen, nobody = _seen(deal), _Seen()
    nameless, named = seen.pop(None, nobody), {part.person_id for part in parts}
    said = [_part(part, seen.get(part.person_id, nobody).first or part.met_at) for part in parts[:SHOWN]]
    said += [_passer_by(found) for pk, found in seen.items() if pk not in named][:SHOWN]
    said = (said or [(_("People named on the deal"), _("nobody"))]) + _unnamed(parts)
    never = [part.person.name for part in parts if not part.met_at and not seen.get(part.person_id, nobody).met]
    if never:
        said.append((_("Never met"), _some(never)))
    if nameless.count:
        said.append((_("Contacts logged without a name"), str(nameless.count)))
    return said


def _part(part: DealPerson, first: datetime | None) -> Fact:
    role = str(part.get_role_display())
    if first is None:
        return part.person.name, _("%(role)s · no contact logged") % {"role": role}
    return part.person.name, _("%(role)s · first contact %(day)s") % {"role": role, "day": show_day(first)}


def _passer_by(found: _Seen) -> Fact:
    return found.name, _("not named on the deal · first contact %(day)s") % {"day": show_day(found.first)}


def _unnamed(parts: Sequence[DealPerson]) -> list[Fact]:
    """The two parts a sale cannot do without, where nobody is named for them."""
    there = {part.role for part in parts}
    wanted = {DealRole.DECISION_MAKER: _("Who decides"), DealRole.BUDGET_HOLDER: _("Who holds the budget")}
    return [(label, _("nobody named")) for role, label in wanted.items() if role not in there]


def _problem(deal: Deal, _event: CloseEvent) -> list[Fact]:
    """The problem in the buyer's words and since when we have them; notes, meetings, the first contact."""
    said = [(_("Their problem, in their words"), _words(deal.problem) or _("not written down"))]
    if deal.problem:
        said.append((_("Written on"), _written(changes_of(deal, "problem"))))
    held = Q(channel=Channel.MEETING) & ~Q(result="no_show")
    known = deal.touches.aggregate(first=Min("at"), meetings=Count("pk", filter=held), met=Min("at", filter=held))
    return [
        *said,
        (_("Notes"), _words(deal.notes) or _("none written")),
        (_("Meetings"), _meetings(known["meetings"], known["met"])),
        (_("First contact"), _day(known["first"])),
    ]


def _written(changes: Sequence[Changed]) -> str:
    days = list(dict.fromkeys(show_day(change.at) for change in changes if change.after))
    if len(days) > 1:
        return _("%(first)s, last changed %(last)s") % {"first": days[0], "last": days[-1]}
    return days[0] if days else _("not recorded")


def _meetings(count: int, first: datetime | None) -> str:
    if first is None:
        return _("none logged")
    words = ngettext("%(count)d, on %(day)s", "%(count)d, the first on %(day)s", count)
    return words % {"count": count, "day": show_day(first)}


def _proposal(deal: Deal, event: CloseEvent) -> list[Fact]:
    """What was proposed, what moved in the last two weeks, what was agreed, what spoke against it."""
    since, until = _last_days(event)
    noted = deal.touches.filter(Q(material=Material.PROPOSAL) | Q(note__icontains="objection")).order_by("at", "pk")
    touches, changes = list(noted), changes_of(deal, "amount_minor", "expected_close")
    moved = deal.stage_changes.filter(entered_at__gte=since, entered_at__lt=until, stage__kind=StageKind.OPEN)
    stages = [change.stage.name for change in moved.select_related("stage")]
    return [
        *_proposals([touch for touch in touches if touch.material == Material.PROPOSAL]),
        *_late_changes([change for change in changes if since <= change.at < until]),
        (_("Stage changes in the last 14 days"), _some(stages) or _("none")),
        (_("Next step that was agreed"), deal.next_step or _("none written")),
        (_("Close that was expected"), show_day(deal.expected_close) or _("not recorded")),
        *_objections(deal, touches),
    ]


def _last_days(event: CloseEvent) -> tuple[datetime, datetime]:
    """The last 14 days before the day of the close, and that day itself."""
    day = timezone.localtime(event.closed_at or event.recorded_at).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - RECENT, day + timedelta(days=1)


def _proposals(touches: Sequence[Touch]) -> list[Fact]:
    if not touches:
        return [(_("Proposals sent"), _("none logged"))]
    return [(_("Proposal sent"), _with_day(touch.at, touch.material_name)) for touch in touches[-SHOWN:]]


def _late_changes(changes: Sequence[Changed]) -> list[Fact]:
    if not changes:
        return [(_("Amount and expected close in the last 14 days"), _("no change"))]
    amount, expected = _("Amount, in the last 14 days"), _("Expected close, in the last 14 days")
    labels = {"amount_minor": amount, "expected_close": expected}
    return [(labels[change.field], _from_to(change)) for change in changes[-SHOWN:]]


def _objections(deal: Deal, touches: Sequence[Touch]) -> list[Fact]:
    """People who are against it, and every line of a note that speaks of an objection."""
    against = deal.deal_people.filter(role=DealRole.OPPONENT).values_list("person__name", flat=True)
    said = [(_("Is against"), name) for name in against.order_by("pk")[:SHOWN]]
    said += [(_("Objection noted"), line) for line in _lines(deal.notes)[:SHOWN]]
    said += [(_("Objection noted"), _with_day(touch.at, line)) for touch in touches for line in _lines(touch.note)[:1]][
        -SHOWN:
    ]
    return said or [(_("Objections"), _("none noted"))]


def _lines(note: str) -> list[str]:
    return [_words(line.strip()) for line in note.splitlines() if "objection" in fold(line)]


def _competitor(deal: Deal, event: CloseEvent) -> list[Fact]:
    """What the competitor field says, what the close said, when it was first filled, and each change."""
    unknown = _("not filled in")
    said = [(_("Competitor on the deal"), shown_value("competitor", deal.competitor) or unknown)]
    if deal.competitor != event.competitor:
        said.append((_("Named at the close"), shown_value("competitor", event.competitor) or _("nobody named")))
    changes = changes_of(deal, "competitor")
    filled = next((change for change in changes if change.after), None)
    if filled:
        said.append((_("First filled in"), _when(filled, event)))
    else:
        said.append((_("First filled in"), _("not recorded") if deal.competitor else _("never")))
    later = [change for change in changes if change is not filled][-SHOWN:]
    return said + [(_("Changed"), _from_to(change)) for change in later]


def _when(change: Changed, event: CloseEvent) -> str:
    if change.at >= event.recorded_at:
        words = _("at the close, %(day)s") if change.at == event.recorded_at else _("after the close, %(day)s")
        return words % {"day": show_day(change.at)}
    if change.stage:
        return _("%(day)s, in %(stage)s") % {"day": show_day(change.at), "stage": change.stage}
    return show_day(change.at)


def _help(deal: Deal, _event: CloseEvent) -> list[Fact]:
    """What was sent to help them decide, whether they wrote back, and how much there was of everything."""
    told = deal.touches.filter(Q(material=Material.HELPFUL) | Q(direction=Direction.IN)).defer("note")
    touches = list(told.order_by("at", "pk"))
    heard = [touch.at for touch in touches if touch.direction == Direction.IN]
    sent = [touch for touch in touches if touch.direction == Direction.OUT]
    counts = deal.touches.order_by().values("channel").annotate(count=Count("pk")).order_by("-count", "channel")
    labels = dict(Channel.choices)
    contacts = [(str(labels[row["channel"]]), str(row["count"])) for row in counts]
    if contacts:
        began = ngettext("%(count)d from them", "%(count)d from them", len(heard)) % {"count": len(heard)}
        contacts.append((_("Contacts they began"), began))
    nothing = [(_("Sent to help them decide"), _("nothing logged"))]
    return (_sent(sent, heard) or nothing) + (contacts or [(_("Contacts"), _("none logged"))])


def _sent(touches: Sequence[Touch], heard: Sequence[datetime]) -> list[Fact]:
    """Each piece by its name, with when they were next heard from."""
    return [
        (touch.material_name or str(touch.get_material_display()), _replied(touch, heard)) for touch in touches[-SHOWN:]
    ]


def _replied(touch: Touch, heard: Sequence[datetime]) -> str:
    day, reply = show_day(touch.at), next((at for at in heard if at > touch.at), None)
    if reply:
        return _("%(day)s · heard from them %(reply)s") % {"day": day, "reply": show_day(reply)}
    if touch.result == "replied":
        return _("%(day)s · they replied") % {"day": day}
    return _("%(day)s · no reply logged after it") % {"day": day}


def _last_word(deal: Deal, event: CloseEvent) -> list[Fact]:
    """The last thing the buyer said, else the last contact at all; and what was noted at the close."""
    touches = deal.touches.select_related("person").order_by("-at", "-pk")
    noted = [(_("Note at the close"), _words(event.note))] if event.note else []
    if theirs := touches.filter(direction=Direction.IN).first():
        words = _words(theirs.note) or _("not written down")
        return [(_("Their last message"), _from_whom(theirs)), (_("What was said"), words), *noted]
    said = [(_("Their last message"), _("none logged"))]
    if ours := touches.first():
        said.append((_("Last contact, from us"), _from_whom(ours)))
        said.append((_("What was noted"), _words(ours.note) or _("none written")))
    return said + noted


def _from_whom(touch: Touch) -> str:
    parts = [show_day(touch.at), str(touch.get_channel_display()), touch.person.name if touch.person else ""]
    return " · ".join(part for part in parts if part)


def _day(moment: datetime | None) -> str:
    return show_day(moment) if moment else _("none logged")


def _with_day(moment: datetime, text: str) -> str:
    return f"{show_day(moment)} · {text}" if text else show_day(moment)


def _from_to(change: Changed) -> str:
    values = {"before": change.before or _("empty"), "after": change.after or _("empty"), "day": show_day(change.at)}
    return _("%(before)s → %(after)s, %(day)s") % values


def _some(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:SHOWN])


def _words(text: str) -> str:
    text = text.strip()
    return text if len(text) <= WORDS else text[: WORDS - 1].rstrip() + "…"
