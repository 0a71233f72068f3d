"""The one family of errors a person may see.

Each carries a stable ``code`` for machines and a translated sentence for people. The sentence says what
happened, what was kept, and what to do. Screens, the command line and the API all print it; no traceback
ever reaches a user (see ``web.middleware`` and ``cli.main``).
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RebondError(Exception):
    """Something a person can understand and act on.

    Args:
        message: a whole translated sentence (lazy), never glued from words.
        code: snake_case, stable across versions, for scripts and tests.
        status: the HTTP status a screen answers with.
        detail: what a machine may want beside the sentence (field, row, limit ...); JSON-able.
    """

    code = "rebond_error"
    status = 400

    def __init__(self, message: str | Promise, *, code: str = "", status: int = 0, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.detail = detail

    def __str__(self) -> str:
        return str(self.message)


class NotFound(RebondError):
    """Absent and forbidden look the same: both are this, both answer 404."""

    code = "not_found"
    status = 404

    def __init__(self, message: str | Promise | None = None, **detail: Any) -> None:
        super().__init__(
            message or _("We found nothing here that you may open. Nothing was changed. Check the address, or search."),
            **detail,
        )


class NotAllowed(RebondError):
    """The thing is visible, the verb is not this person's."""

    code = "not_allowed"
    status = 403

    def __init__(self, message: str | Promise | None = None, **detail: Any) -> None:
        super().__init__(
            message or _("Your role does not include this. Nothing was changed. Ask an administrator."), **detail
        )


class Conflict(RebondError):
    """The state moved on: closing what is closed, cancelling what is done."""

    code = "conflict"
    status = 409
