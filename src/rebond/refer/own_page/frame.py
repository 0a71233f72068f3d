"""What stands around every one of an advocate's pages: who we are, who writes to them, the other language."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from babel import Locale
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from rebond.mail.rights import footer
from rebond.refer.models import Advocate


@dataclass(frozen=True)
class Frame:
    """Around the page.

    Attributes:
        token: of the link; empty where it opened nothing.
        suffix: ``?lang=fr`` when a language was chosen on the page; goes on every link and form.
        others: the other languages: code, own name, and the address of this very page.
        sender: who of ours is theirs; ``contact``: the mail address that answers questions; either may be empty.
    """

    token: str
    language: str
    suffix: str
    others: tuple[tuple[str, str, str], ...]
    company: str
    postal: str
    sender: str = ""
    contact: str = ""


def frame_of(request: HttpRequest, advocate: Advocate | None) -> Frame:
    """The frame in the language in force; ``None`` for a link that opens nothing."""
    language = get_language() or settings.LANGUAGE_CODE
    token = request.resolver_match.kwargs["token"] if request.resolver_match else ""
    company, postal = footer.who_we_are()
    owner = advocate.owner if advocate and advocate.owner and advocate.owner.is_active else None
    return Frame(
        token, language, f"?lang={language}" if request.GET.get("lang") == language else "", _others(request, language),
        company, postal, owner.name if owner else "", (owner.email or "") if owner else "",
    )  # fmt: skip


def _others(request: HttpRequest, language: str) -> tuple[tuple[str, str, str], ...]:
    """Where this page stands in the other languages; what a form just sent is not in it."""
    kept = {"for": request.GET["for"]} if request.GET.get("for", "").isdecimal() else {}
    return tuple(
        (code, own_name(code), f"{request.path}?{urlencode({**kept, 'lang': code})}")
        for code, _name in settings.LANGUAGES
        if code != language
    )


def own_name(code: str) -> str:
    """A language's own name.

    >>> own_name("fr")
    'Français'
    """
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def language_of(advocate: Advocate) -> str:
    """Theirs: chosen on the page before, else the one we know of the person, else the installation's."""
    spoken = dict(settings.LANGUAGES)
    person = advocate.person.language if advocate.person else ""
    return next((code for code in (advocate.language, person) if code in spoken), settings.LANGUAGE_CODE)
