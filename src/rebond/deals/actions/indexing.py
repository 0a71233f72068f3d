"""Keeps the search entries beside the records, inside the transaction that writes these."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from rebond.base.text import fold
from rebond.deals.models import Company, Deal, Person, SearchEntry

_FIELDS = ["team", "label", "text"]


def index_deals(deals: Iterable[Deal]) -> None:
    """Deals are found by name, company, external id and segment; ``company`` should be loaded."""
    _store(
        SearchEntry(
            kind="deal", record_id=deal.pk, team_id=deal.team_id, label=deal.name,
            text=fold(f"{deal.name} {deal.company.name if deal.company else ''} {deal.external_id} {deal.segment}"),
        )
        for deal in deals
    )  # fmt: skip


def index_companies(companies: Iterable[Company]) -> None:
    _store(
        SearchEntry(kind="company", record_id=c.pk, label=c.name, text=fold(f"{c.name} {c.sector} {c.country}"))
        for c in companies
    )


def index_people(people: Iterable[Person]) -> None:
    """People are found by name, address, title and company; ``company`` should be loaded."""
    _store(
        SearchEntry(
            kind="person", record_id=person.pk, label=person.name,
            text=fold(f"{person.name} {person.email} {person.title} {person.company.name if person.company else ''}"),
        )
        for person in people
    )  # fmt: skip


def index_words(kind: str, record_id: int, *, team: int | None, label: str, words: str) -> None:
    """What another room wants found by its words, under a ``kind`` of its own (at most 8 letters)."""
    _store([SearchEntry(kind=kind, record_id=record_id, team_id=team, label=label[:300], text=fold(words))])


def forget_old_words() -> None:
    """SQLite's index keeps words of rows that were changed until its parts are merged; this merges them.

    Needed where somebody is erased. FTS5, "The 'optimize' command": https://www.sqlite.org/fts5.html.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO deals_search (deals_search) VALUES ('optimize')")


def _store(entries: Iterable[SearchEntry]) -> None:
    SearchEntry.objects.bulk_create(
        entries,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["kind", "record_id"],
        update_fields=_FIELDS,
    )
