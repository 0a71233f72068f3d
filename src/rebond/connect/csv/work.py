"""The background side of an import: looking at the file, and running it; both resume after a crash."""

from __future__ import annotations

from django.utils import timezone, translation
from django_tasks import task

from rebond.base.errors import RebondError
from rebond.connect.csv import actions
from rebond.connect.csv.models import ImportRun, Status


def _language(run: ImportRun) -> str:
    return run.started_by.language if run.started_by else "en"


@task()
def check_file(run_id: int) -> None:
    """Looks at an uploaded file; the page then shows what was understood."""
    run = ImportRun.objects.select_related("started_by", "team").get(pk=run_id)
    if run.status == Status.CHECKING:
        with translation.override(_language(run)):
            actions.check(run=run)


@task()
def run_import(run_id: int) -> None:
    """Carries an import out from its checkpoint; done again after its end it does nothing."""
    run = ImportRun.objects.select_related("started_by", "team").get(pk=run_id)
    if run.status != Status.RUNNING:
        return
    try:
        actions.carry_out(run=run, clock=timezone.now)
    except RebondError as error:
        with translation.override(_language(run)):
            actions.fail(run=run, why=str(error), now=timezone.now())
