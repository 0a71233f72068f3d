"""What is missing: reasons people gave, in a language they read, for which there is no piece that may be sent.

The people are those somebody is in touch with now, and those who said no in the last 12 months and whose keeping in
touch is over; not those who asked for silence, left, or have no address: nobody may write to them. A person's language
is the one noted for them, else their country's, else their seller's; how many are known which way is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.findings import words
from rebond.findings.finding import Finding, Link
from rebond.nurture.access import enrolments_for
from rebond.nurture.library import languages, reasons, topics
from rebond.nurture.library.picking import Candidate, candidates
from rebond.nurture.models import ContentWish, Ended, Enrolment, Standing

YEAR = timedelta(days=365)
#: Nobody writes to them any more, so nothing is missing for them.
OUT_OF_REACH = (Ended.ASKED, Ended.LEFT, Ended.NO_ADDRESS, Ended.NO_BASIS, Ended.WON, Ended.REOPENED, Ended.REPLACED)
#: People shown behind one gap.
SHOWN = 50


@dataclass(frozen=True)
class Group:
    """People with one reason in one language.

    Attributes:
        known_by: how many of their languages are known which way, keys of ``languages.KNOWN_BY``.
    """

    reason: str
    language: str
    people: int
    known_by: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """A group nothing can be sent to.

    Attributes:
        of: people with a known reason in that language, all reasons together.
        label: the reason as a seller reads it.
        waiting: pieces that would answer but are not picked now: broken, over, or past their review date.
        elsewhere: live pieces that answer it in other languages.
        wish: its line on the content plan, if there is one.
    """

    group: Group
    of: int
    label: str
    waiting: int = 0
    elsewhere: int = 0
    wish: ContentWish | None = None

    @property
    def anchor(self) -> str:
        """The gap's address on its page."""
        return f"{self.group.reason.replace('_', '-')}-{self.group.language}"

    @property
    def ideas(self) -> tuple[topics.Idea, ...]:
        """Where a piece could begin."""
        return topics.ideas(self.group.reason)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "reason": self.group.reason, "language": self.group.language, "people": self.group.people, "of": self.of,
            "language_known_by": dict(self.group.known_by), "waiting": self.waiting, "elsewhere": self.elsewhere,
            "planned": self.wish.title if self.wish else None,
        }  # fmt: skip


def reachable(user: User | None, now: datetime) -> QuerySet[Enrolment]:
    """The enrolments that count, of those ``user`` may see; the program sees all."""
    recent = Q(started_at__gte=now - YEAR) & ~Q(ended_because__in=OUT_OF_REACH)
    seen = Enrolment.objects.all() if user is None else enrolments_for(user).select_related(None)
    return seen.filter(~Q(status=Standing.ENDED) | recent)


def groups(user: User | None, *, now: datetime) -> list[Group]:
    """People by reason and language; one query that counts in the database, whatever the number of people."""
    names = reasons.current()
    rows = (
        reachable(user, now).exclude(reason__in=reasons.NO_ANSWER).order_by()
        .values_list("reason", "person__language", "person__company__country", "owner__language")
        .annotate(people=Count("person", distinct=True))
    )  # fmt: skip
    people: dict[tuple[str, str], Counter[str]] = {}
    for code, own, country, sellers, number in rows:
        found = languages.reads(own, country or "", sellers or "")
        counted = people.setdefault((names.counted_as(code), found.language), Counter())
        counted[found.known_by] += number
    return [Group(code, language, sum(known.values()), dict(known)) for (code, language), known in people.items()]


def find_gaps(
    found: Iterable[Group],
    shelf: Iterable[Candidate],
    wishes: Iterable[ContentWish],
    names: reasons.Names,
    now: datetime,
) -> list[Gap]:
    """The groups with nothing live, most people first; pure."""
    today, every, pieces = local_day(now), list(found), list(shelf)
    in_language = Counter[str]()
    for group in every:
        in_language[group.language] += group.people
    planned = {(wish.reason, wish.language): wish for wish in wishes}
    gaps = []
    for group in every:
        answering = [one for one in pieces if group.reason in {names.counted_as(code) for code in one.reasons}]
        speaking = [one for one in answering if one.speaks(group.language)]
        if any(one.is_live(today) for one in speaking):
            continue
        gaps.append(
            Gap(
                group, in_language[group.language], names.label(group.reason), len(speaking),
                sum(one.is_live(today) and not one.speaks(group.language) for one in answering),
                planned.get((group.reason, group.language)),
            )
        )  # fmt: skip
    return sorted(gaps, key=lambda gap: (-gap.group.people, gap.group.reason, gap.group.language))


def gaps_for(user: User | None, *, now: datetime) -> list[Gap]:
    """What is missing for the people ``user`` may see; five queries."""
    return find_gaps(groups(user, now=now), candidates(), open_wishes(), reasons.current(), now)


def open_wishes() -> QuerySet[ContentWish]:
    """The content plan: what is still to be made, the nearest day first."""
    return ContentWish.objects.filter(made=None, dropped_at=None).select_related("owner").order_by("due_on", "pk")


def people_of(user: User | None, reason: str, language: str, *, now: datetime) -> list[Enrolment]:
    """The people behind one gap, at most ``SHOWN``, by name; one query."""
    names = reasons.current()
    found = (
        reachable(user, now).exclude(reason__in=reasons.NO_ANSWER)
        .select_related("person__company", "owner", "deal").order_by("person__name", "pk")
    )  # fmt: skip
    found = found.filter(reason__in=_merged(found, reason, names))
    mine = (one for one in found.iterator(chunk_size=500) if reads_of(one).language == language)
    return [one for _place, one in zip(range(SHOWN), mine, strict=False)]


def _merged(found: QuerySet[Enrolment], reason: str, names: reasons.Names) -> list[str]:
    """The codes that count as ``reason``."""
    codes = set(found.order_by().values_list("reason", flat=True).distinct())
    return [code for code in codes if names.counted_as(code) == reason] or [reason]


def reads_of(enrolment: Enrolment) -> languages.Reads:
    """What the person of an enrolment reads; person, company and owner are loaded."""
    person, owner = enrolment.person, enrolment.owner
    country = person.company.country if person.company else ""
    return languages.reads(person.language, country, owner.language if owner else "")


def headline(gap: Gap) -> str:
    """The sentence that could be wrong."""
    facts = {
        "n": words.count(gap.group.people), "reason": gap.label, "language": languages.name(gap.group.language),
    }  # fmt: skip
    said = ngettext(
        "%(n)s person said “%(reason)s” and reads %(language)s; you have nothing for them.",
        "%(n)s people said “%(reason)s” and read %(language)s; you have nothing for them.", gap.group.people,
    )  # fmt: skip
    return said % facts


def known_words(group: Group) -> str:
    """How their language is known, in one line."""
    noted, guessed = group.known_by.get("person", 0), group.people - group.known_by.get("person", 0)
    if not guessed:
        return _("Their language is noted for each of them.")
    if not noted:
        return _("Their language is a guess, from their country or their seller.")
    return ngettext(
        "The language is noted for %(noted)s; for %(n)s it is a guess, from country or seller.",
        "The language is noted for %(noted)s; for %(n)s it is a guess, from country or seller.", guessed,
    ) % {"noted": words.count(noted), "n": words.count(guessed)}  # fmt: skip


def finding(gap: Gap, opens: tuple[Link, ...] = ()) -> Finding:
    """A gap as every finding is read: what was measured, how sure, what to do."""
    measure = _("%(k)s of %(n)s people who read %(language)s and whose reason we know") % {
        "k": words.count(gap.group.people), "n": words.count(gap.of), "language": languages.name(gap.group.language),
    }  # fmt: skip
    return Finding(
        key=f"gap.{gap.anchor}", headline=headline(gap), measure=measure, sure=known_words(gap.group),
        caveat=_near(gap), opens=opens,
    )  # fmt: skip


def _near(gap: Gap) -> str:
    """What is nearly there."""
    if gap.waiting:
        return ngettext(
            "%(n)s piece would answer it, but waits: its address is broken, or somebody has to look at it again.",
            "%(n)s pieces would answer it, but wait: their address is broken, or somebody has to look at them again.",
            gap.waiting,
        ) % {"n": words.count(gap.waiting)}  # fmt: skip
    if gap.elsewhere:
        return ngettext(
            "%(n)s piece answers it in another language: a translation would do.",
            "%(n)s pieces answer it in another language: a translation would do.", gap.elsewhere,
        ) % {"n": words.count(gap.elsewhere)}  # fmt: skip
    return ""
