"""The only way from what a person typed to an import."""

from __future__ import annotations

from rebond.accounts.models import User
from rebond.base.errors import NotFound
from rebond.connect.csv.models import ImportRun
from rebond.connect.csv.queries import imports_for


def get_import(user: User, pk: int) -> ImportRun:
    """The import, if it is ``user``'s own or their team's."""
    found = imports_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
