"""What the frame around every page needs; counted lazily, only when the frame is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from rebond.accounts.models import Theme
from rebond.loop.queries import Nav, nav_of
from rebond.web.ways import Way, ways_at

LANGUAGE_NAMES = {"en": "English", "fr": "Français"}


@dataclass(frozen=True)
class Entry:
    """A place in the navigation; ``holds``: the reader is on a screen that belongs to it."""

    label: str | Promise
    url: str
    icon: str
    go: str = ""
    count: int = 0
    heading: str = ""
    current: bool = False
    holds: bool = False


class Frame:
    """The navigation, theme and language of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.signed_in = bool(self.user and self.user.is_authenticated)

    @property
    def shell(self) -> str:
        """The frame an error page stands in."""
        return "web/page.html" if self.signed_in else "web/plain.html"

    @property
    def language(self) -> str:
        """The page's language, for readers aloud."""
        return get_language() or "en"

    @property
    def theme(self) -> str:
        return self.user.theme if self.signed_in and self.user else Theme.SYSTEM.value

    @property
    def other_theme(self) -> str:
        return Theme.LIGHT.value if self.theme == Theme.DARK else Theme.DARK.value

    @property
    def keys(self) -> str:
        """``on`` when single letters act."""
        return "on" if self.signed_in and self.user and self.user.letter_keys else "off"

    @property
    def other_language(self) -> tuple[str, str]:
        other = "en" if (get_language() or "en").startswith("fr") else "fr"
        return other, LANGUAGE_NAMES[other]

    @cached_property
    def known(self) -> Nav:
        """Counts, and what the bell needs to know of the reader; one query."""
        return nav_of(self.user, now=timezone.now()) if self.signed_in and self.user else Nav({})

    @property
    def counts(self) -> dict[str, int]:
        return self.known.counts

    @property
    def ask(self) -> bool:
        """Whether they are asked which praise they like."""
        return self.known.ask

    @property
    def sound(self) -> str:
        """``on`` when the bell may sound on their screens, after a click."""
        return "on" if self.known.sound else ""

    @property
    def song(self) -> str:
        return self.known.song

    def _entry(self, label: str, name: str, icon: str, **more: Any) -> Entry:
        url = reverse(name)
        holds = bool(self.ways) and self.ways[0].url == url
        return Entry(label, url, icon, current=self.request.path == url, holds=holds, **more)

    @cached_property
    def ways(self) -> list[Way]:
        """The screens beside this one, below its heading."""
        return ways_at(self.request.path, self.user) if self.signed_in and self.user else []

    @cached_property
    def toast(self) -> dict[str, str] | None:
        """What was just done and can be taken back, once: its words, and the address that takes it back."""
        return self.request.session.pop("toast", None) if self.signed_in else None

    @property
    def nav(self) -> list[Entry]:
        """The left column."""
        entries = [
            self._entry(_("Today"), "loop:today", "list-check", go="t", count=self.counts.get("today", 0)),
            self._entry(_("Debriefs"), "learn:list", "message-question", go="d", count=self.counts.get("debriefs", 0)),
            self._entry(_("Stay in touch"), "nurture:keep", "plant-2", go="k", count=self.counts.get("keep", 0)),
            self._entry(
                _("Advocates"), "refer:advocates", "heart-handshake", go="f", count=self.counts.get("advocates", 0)
            ),
            self._entry(_("Value of time"), "worth:time", "clock-hour-4", go="v"),
            self._entry(_("Cheat sheet"), "loop:cheatsheet", "file-text", go="s"),
            self._entry(_("Actions"), "learn:actions", "circle-check", go="n"),
            self._entry(_("Deals"), "deals:list", "briefcase", go="a"),
            self._entry(_("People"), "deals:people", "users", go="o"),
            self._entry(_("Companies"), "deals:companies", "building", go="c"),
            self._entry(_("Patterns"), "learn:patterns", "chart-dots-3", go="p", heading=_("Team")),
            self._entry(_("Long view"), "horizon:long", "chart-line", go="y"),
            self._entry(_("Wins"), "celebrate:wins", "bell-ringing", go="w", count=self.counts.get("wins", 0)),
            self._entry(_("Calls"), "celebrate:calls", "headphones", go="h"),
            self._entry(_("Buyer feedback"), "learn:feedback", "messages", go="b"),
            self._entry(_("Side by side"), "learn:reveals", "eye", go="r", count=self.counts.get("reveals", 0)),
            self._entry(_("Library"), "nurture:library", "books", go="l"),
            self._entry(_("Tests"), "learn:tests", "flask", go="e"),
            self._entry(_("Team"), "accounts:team", "users-group", go="m"),
            self._entry(_("Imports"), "connect_csv:list", "file-import", go="i"),
            self._entry(_("Reasons"), "learn:taxonomy", "tags"),
        ]
        if self.user and self.user.is_lead:
            entries.append(self._entry(_("Reason phrases"), "learn:phrases", "message"))
        if self.user and self.user.is_admin:
            entries.append(self._entry(_("Stages"), "deals:stages", "columns"))
            entries.append(self._entry(_("Mailboxes"), "mail:mailboxes", "mail"))
            entries.append(self._entry(_("Outbox"), "mail:outbox", "mail-forward"))
            entries.append(self._entry(_("What came in"), "mail:inbox", "inbox"))
            entries.append(self._entry(_("Silence"), "mail:silence", "hand-stop"))
            entries.append(self._entry(_("What happened"), "accounts:audit", "history"))
        return entries

    @property
    def tabs(self) -> list[Entry]:
        """The five tabs of a phone."""
        return [
            self._entry(_("Today"), "loop:today", "list-check"),
            self._entry(_("Debriefs"), "learn:list", "message-question"),
            self._entry(_("My time"), "worth:time", "clock-hour-4"),
            self._entry(_("Patterns"), "learn:patterns", "chart-dots-3"),
            self._entry(pgettext("navigation", "More"), "accounts:more", "menu-2"),
        ]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Template context: ``frame``."""
    return {"frame": Frame(request)}
