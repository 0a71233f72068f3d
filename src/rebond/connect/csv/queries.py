"""Reads about imports."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.text import defuse
from rebond.connect.csv.models import ImportRun, Kind
from rebond.connect.csv.plan import Good
from rebond.deals.models import Deal, Person, Touch
from rebond.deals.records import DealRecord, PersonRecord


def imports_for(user: User) -> QuerySet[ImportRun]:
    """An administrator sees all, others those of their team and their own."""
    runs = ImportRun.objects.select_related("started_by", "team")
    if user.is_admin:
        return runs
    return runs.filter(team=user.team_id) if user.team_id else runs.filter(started_by=user)


def already_here(run: ImportRun, rows: Sequence[Good]) -> int:
    """How many of these rows are records we have: by external id, else by name (people: address)."""
    ids = [row.record.external_id for row in rows if row.record.external_id]
    model = {Kind.DEALS: Deal, Kind.PEOPLE: Person, Kind.TOUCHES: Touch}[Kind(run.kind)]
    known = set(
        model._default_manager.filter(source=run.source, external_id__in=ids).values_list("external_id", flat=True)
    )
    without = [row.record for row in rows if not row.record.external_id]
    if run.kind == Kind.PEOPLE:
        emails = [record.email for record in without if isinstance(record, PersonRecord) and record.email]
        return len(known) + Person.objects.filter(email__in=emails).count()
    if run.kind == Kind.TOUCHES:
        return len(known)
    deals = [record for record in without if isinstance(record, DealRecord)]
    here = Deal.objects.filter(external_id="", name__in={deal.name for deal in deals})
    pairs = {(name, company or "") for name, company in here.values_list("name", "company__name")}
    return len(known) + sum((deal.name, deal.company) in pairs for deal in deals)


class _Line:
    def write(self, line: str) -> str:
        return line


def errors_csv(run: ImportRun) -> Iterator[str]:
    """The rows that were left out, as a spreadsheet reads them; no cell is a formula."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([_("row"), _("column"), _("value"), _("expected")])
    for problem in run.problems.iterator(chunk_size=2000):
        yield writer.writerow([problem.number, defuse(problem.column), defuse(problem.value), problem.expected])
