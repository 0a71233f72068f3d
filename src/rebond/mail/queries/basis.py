"""Reads of whom we may write to: bases, silences, wishes, requests, by address or by fingerprint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.deals.models import Person
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Ground, InterestRecord, Message, Received, Rhythm, Scope, Suppression, Use, Wish
from rebond.mail.rights import basis as rules
from rebond.mail.rights.countries import CANADA, code_of


def basis_for(addresses: Iterable[str], use: str, now: datetime) -> dict[str, Basis]:
    """Of these addresses (as given) those we may write to for ``use``, each with the basis that says so; two queries.

    An office's address in France needs none (L18): it comes with one that is not stored.
    """
    marks = {address: fingerprint(address) for address in addresses}
    held: dict[str, list[Basis]] = defaultdict(list)
    standing = Basis.objects.filter(fingerprint__in=set(marks.values()), use=use, withdrawn_at=None)
    for basis in standing.select_related("person__company"):
        held[basis.fingerprint].append(basis)
    countries = countries_of(marks)
    found: dict[str, Basis] = {}
    for address, mark in marks.items():
        country = countries.get(address) or _country_in(held[mark])
        basis_now = rules.may_write(held[mark], use, country, now) or _office(address, mark, use, country, now)
        if basis_now is not None:
            found[address] = basis_now
    return found


def _office(address: str, mark: str, use: str, country: str, now: datetime) -> Basis | None:
    if not rules.needs_none(address, country):
        return None
    return Basis(fingerprint=mark, use=use, ground=Ground.LEGITIMATE_INTEREST, source="office", obtained_at=now, at=now)


def countries_of(addresses: Iterable[str]) -> dict[str, str]:
    """The country codes of those addresses whose record has one; Canada where two records differ. One query."""
    wanted = {address.strip().lower(): address for address in addresses if address}
    found: dict[str, str] = {}
    known = Person.objects.filter(email__in=wanted).exclude(company=None)
    for email, text in known.order_by("pk").values_list("email", "company__country"):
        address, code = wanted[email], code_of(text)
        if code and found.get(address) != CANADA:
            found[address] = code
    return found


def _country_in(bases: Iterable[Basis]) -> str:
    codes = [code_of(one.person.company.country) for one in bases if one.person and one.person.company]
    return CANADA if CANADA in codes else next((code for code in codes if code), "")


#: Days between two notes that a person's own rhythm asks for at least.
RHYTHM_DAYS = {Rhythm.HALF_YEAR.value: 182, Rhythm.YEAR.value: 365}


def rhythm_of(addresses: Iterable[str]) -> dict[str, timedelta]:
    """The least interval those addresses asked for that asked for one; one query."""
    marks = {address: fingerprint(address) for address in addresses}
    chosen = dict(
        Wish.objects.filter(fingerprint__in=set(marks.values()), rhythm__in=RHYTHM_DAYS).values_list(
            "fingerprint", "rhythm"
        )
    )
    return {address: timedelta(days=RHYTHM_DAYS[chosen[mark]]) for address, mark in marks.items() if mark in chosen}


def language_of(addresses: Iterable[str]) -> dict[str, str]:
    """The language those addresses chose on their page that chose one; one query."""
    marks = {address: fingerprint(address) for address in addresses}
    chosen = Wish.objects.filter(fingerprint__in=set(marks.values())).exclude(language="")
    found = dict(chosen.values_list("fingerprint", "language"))
    return {address: found[mark] for address, mark in marks.items() if mark in found}


def wish_of(mark: str) -> Wish | None:
    """What the holder of a fingerprint chose, if anything."""
    return Wish.objects.filter(fingerprint=mark).first()


def silences_of(mark: str) -> list[Suppression]:
    """What stands for one address, oldest first."""
    return list(Suppression.objects.filter(fingerprint=mark, lifted_at=None).order_by("at", "pk"))


def silences() -> QuerySet[Suppression]:
    """Every silence in force, newest first."""
    return Suppression.objects.filter(lifted_at=None).order_by("-at", "-pk")


def bases_of(mark: str) -> QuerySet[Basis]:
    """Every basis of one address, newest first; withdrawn ones too."""
    return Basis.objects.filter(fingerprint=mark).select_related("by").order_by("withdrawn_at", "-obtained_at", "-pk")


def running_out(now: datetime) -> QuerySet[Basis]:
    """Bases that run out within thirty days: ask once, or let them go (L19). Soonest first."""
    soon = Basis.objects.filter(withdrawn_at=None, expires_at__gt=now, expires_at__lte=now + rules.SOON)
    return soon.select_related("person__company").order_by("expires_at", "pk")


def waiting_requests() -> QuerySet[Wish]:
    """Who asked for their copy or their erasure and still waits, longest first."""
    asked = Wish.objects.filter(Q(copy_asked_at__isnull=False) | Q(erasure_asked_at__isnull=False))
    return asked.order_by("erasure_asked_at", "copy_asked_at", "pk")


def people_of(marks: Iterable[str]) -> dict[str, Person]:
    """The record each fingerprint belongs to, where there is one: four queries and, for those that no mail and no
    basis names, one look at every address we know."""
    wanted = set(marks)
    found = {
        basis.fingerprint: basis.person
        for basis in Basis.objects.filter(fingerprint__in=wanted).exclude(person=None).select_related("person")
        if basis.person is not None and basis.person.email and fingerprint(basis.person.email) == basis.fingerprint
    }
    addresses = _addresses_in_mail(wanted - set(found))
    for person in Person.objects.filter(email__in=set(addresses.values())).order_by("-pk"):
        found[fingerprint(person.email)] = person
    return found | _by_every_address(wanted - set(found))


def people_at(mark: str) -> list[Person]:
    """Every record with that address, as far as a basis or a mail names it; four queries, whatever there is.

    Who is stayed in touch with has a basis, or shares the address with somebody who has, so none of them is missed.
    """
    with_basis = Basis.objects.filter(fingerprint=mark).exclude(person=None)
    known = set(with_basis.values_list("person", flat=True))
    addresses = set(Person.objects.filter(pk__in=known).values_list("email", flat=True))
    addresses |= set(_addresses_in_mail({mark}).values())
    found = Person.objects.filter(email__in=addresses - {""})
    return [person for person in found if fingerprint(person.email) == mark]


def _addresses_in_mail(marks: set[str]) -> dict[str, str]:
    sent = Message.objects.filter(fingerprint__in=marks).exclude(recipient="").order_by()
    came = Received.objects.filter(fingerprint__in=marks).exclude(from_address="").order_by()
    return dict(came.values_list("fingerprint", "from_address")) | dict(sent.values_list("fingerprint", "recipient"))


def _by_every_address(marks: set[str]) -> dict[str, Person]:
    if not marks:
        return {}
    known = Person.objects.exclude(email="").order_by("-pk").values_list("pk", "email")
    pks = {fingerprint(email): pk for pk, email in known.iterator(chunk_size=5000)}
    wanted = {mark: pks[mark] for mark in marks if mark in pks}
    people = Person.objects.in_bulk(wanted.values())
    return {mark: people[pk] for mark, pk in wanted.items()}


@dataclass(frozen=True)
class Interest:
    """The balance of one use in force: ``version`` 1 is the one we come with."""

    use: str
    version: int
    interest: str | Promise
    need: str | Promise
    balance: str | Promise
    at: datetime | None = None
    by: str = ""


#: What we come with: a start for a company's own words, not legal advice.
_STARTERS: Mapping[str, tuple[str | Promise, str | Promise, str | Promise]] = {
    Use.KEEP_IN_TOUCH: (
        _(
            "We want to stay useful to people who talked with us about a purchase and decided against it, "
            "and to be there when their situation changes."
        ),
        _(
            "A short personal note a few times a year is the least that does this. We use what they told us "
            "themselves and nothing bought, no tracking and no profile."
        ),
        _(
            "They work for a company, talked with us about exactly this, and can expect to hear from us. Each note "
            "says who we are and how to stop it with one click; nobody hears from us more than six times a year, three "
            "unanswered notes end it, and three years after their last own act we ask once or let go."
        ),
    ),
    Use.FEEDBACK: (
        _("We want to know why somebody decided for or against us, so that we do better next time."),
        _("One question and one reminder, soon after the decision, is the least that gives a true answer."),
        _(
            "Answering takes two minutes and is optional. They choose whether the answer is confidential; one click "
            "ends the questions for good."
        ),
    ),
    Use.REFERRAL: (
        _("We want to be introduced to people whom our work may help, by somebody who knows both sides."),
        _("One message that names who introduced us is the least that makes an introduction."),
        _(
            "The person who introduces us decides whom they name. Whoever is named gets one message, with the source, "
            "any reward and their right to say no, and nothing more without a yes."
        ),
    ),
}


def interest_of(use: str) -> Interest:
    """The balance of one use in force, in the reader's language while it is still the one we come with."""
    newest = InterestRecord.objects.filter(use=use).select_related("by").order_by("-version").first()
    if newest is None:
        return Interest(use, 1, *_STARTERS[use])
    by = newest.by.name if newest.by else ""
    return Interest(use, newest.version, newest.interest, newest.need, newest.balance, newest.at, by)


def interests() -> list[Interest]:
    """The balance of every use, in the order of the list."""
    return [interest_of(use) for use in Use.values]


def scopes_of_page() -> list[Scope]:
    """The lists a person may switch, as their page shows them."""
    return [Scope.KEEP_IN_TOUCH, Scope.FEEDBACK, Scope.REFERRAL]
