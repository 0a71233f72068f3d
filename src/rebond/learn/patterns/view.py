"""Whose deals, of which time: what a Patterns page, its blocks, its links and ``rebond patterns`` are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from rebond.accounts.models import Team, User
from rebond.base.dates import parse_day
from rebond.base.errors import NotFound, RebondError
from rebond.base.periods import BEGINNING, months_before
from rebond.base.text import clean
from rebond.learn import taxonomy
from rebond.learn.taxonomy import Taxonomy

#: Whole months before the current one, by the period's name; ``all`` has no beginning.
PERIODS: dict[str, int | None] = {"3m": 3, "6m": 6, "12m": 12, "all": None}
DEFAULT_PERIOD = "6m"


@dataclass(frozen=True)
class View:
    """Whose deals, of which time.

    Attributes:
        user: who looks; ``None`` is the program itself (the machine's owner) and sees all.
        team_id: only this team; ``None`` is every deal that ``user`` may open.
        since, until: the first and last day of closing, both counted.
        segment: only deals of this segment; empty for all.
        taxonomy_version: redrawn with the list of reasons of that version; ``None`` is the list in force.
        today: the day the facts are looked at.
        period: one of ``PERIODS``, or empty for days of one's own.
        bulk: whether closes made several at once count.
    """

    user: User | None
    team_id: int | None
    since: date
    until: date
    segment: str
    taxonomy_version: int | None
    today: date
    period: str = ""
    bulk: bool = True

    @classmethod
    def of(cls, user: User | None, params: Mapping[str, str], today: date) -> View:
        """From a query: ``period`` (or ``from`` and ``to``), ``team``, ``segment``, ``taxonomy``, ``bulk=without``.

        Raises:
            NotFound: a team that ``user`` may not see, or that is not there.
            RebondError: ``bad_period``, ``bad_taxonomy``.
        """
        period, since, until = _period(params, today)
        return cls(
            user=user, team_id=_team(user, params.get("team", "")), since=since, until=until,
            segment=clean(params.get("segment", ""), 120), taxonomy_version=_version(params.get("taxonomy", "")),
            today=today, period=period, bulk=params.get("bulk", "") != "without",
        )  # fmt: skip

    def as_query(self, **changes: str) -> str:
        """The query that gives this view again, without what is the default; ``changes`` replace parts of it.

        >>> View.of(None, {"period": "3m", "segment": "SMB"}, date(2026, 6, 9)).as_query(segment="")
        'period=3m'
        """
        parts = {"period": "" if self.period == DEFAULT_PERIOD else self.period}
        if not self.period:
            parts |= {"from": self.since.isoformat(), "to": self.until.isoformat()}
        parts |= {
            "team": "" if self.team_id is None or self.is_bound_to_team else str(self.team_id), "segment": self.segment,
            "taxonomy": str(self.taxonomy_version or ""), "bulk": "" if self.bulk else "without",
        }  # fmt: skip
        return urlencode({name: value for name, value in (parts | changes).items() if value})

    @property
    def is_bound_to_team(self) -> bool:
        """Whether the person could not look at any other team."""
        return self.user is not None and not self.user.is_admin

    @property
    def is_own(self) -> bool:
        """Only the person's own deals: somebody without a team."""
        return self.user is not None and not self.user.is_admin and self.user.team_id is None

    @property
    def is_split(self) -> bool:
        """Whether only some deals of a team count, so that no confidential answer may (``learn.patterns.pools``)."""
        return self.is_own or bool(self.segment) or not self.bulk

    @property
    def names(self) -> Taxonomy:
        """The list of reasons it is drawn with."""
        return taxonomy.current() if self.taxonomy_version is None else taxonomy.as_of_version(self.taxonomy_version)

    @property
    def teams(self) -> list[Team]:
        """The teams that may be chosen; empty for everybody but an administrator (and the program)."""
        return [] if self.is_bound_to_team else list(Team.objects.all())


def _team(user: User | None, text: str) -> int | None:
    """A manager and a seller see their own team only; an administrator all, or one."""
    if user is not None and not user.is_admin:
        if text and text != str(user.team_id):
            raise NotFound
        return user.team_id
    if not text:
        return None
    known = text.isascii() and text.isdigit() and len(text) < 19 and Team.objects.filter(pk=int(text)).exists()
    if not known:
        raise NotFound
    return int(text)


def _period(params: Mapping[str, str], today: date) -> tuple[str, date, date]:
    if params.get("from") or params.get("to"):
        since, until = parse_day(params.get("from", "")), parse_day(params.get("to", ""))
        if since is None or until is None or since > until:
            raise _bad_period(f"{params.get('from', '')} – {params.get('to', '')}")
        return "", since, min(until, today)
    name = params.get("period") or DEFAULT_PERIOD
    if name not in PERIODS:
        raise _bad_period(name)
    months = PERIODS[name]
    return name, BEGINNING if months is None else months_before(today, months), today


def _bad_period(text: str) -> RebondError:
    return RebondError(
        _("“%(text)s” is no period. Nothing was changed. Choose 3m, 6m, 12m or all, or two days such as 2026-01-01.")
        % {"text": clean(text, 60)},
        code="bad_period",
    )


def _version(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= taxonomy.current().version:
        return int(text)
    raise RebondError(
        _("There is no list of reasons number “%(text)s”. Nothing was changed. Leave it out for the one in force.")
        % {"text": clean(text, 20)},
        code="bad_taxonomy",
    )
