"""What each of the buyer's pages shows: the stored answer, or what was just sent and could not be kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rebond.deals.models import Outcome
from rebond.learn import taxonomy
from rebond.learn.feedback.answers import (
    NAME_LIMIT,
    STEPS,
    TEXT_LIMIT,
    Agreement,
    Happening,
    Mattering,
    OneThing,
    Sending,
    StepAnswer,
)
from rebond.learn.feedback.languages import spoken
from rebond.learn.feedback.links import contact_of, newest_programme
from rebond.learn.feedback.options import (
    MODES,
    SHOWN,
    STATEMENTS_SAID,
    ordered_options,
    suggested_competitors,
    what_happened,
)
from rebond.learn.models import Asked, Consent, Invitation, Mode, Response

_AGREES: tuple[str | Promise, ...] = (_("1, not at all"), "2", _("3, in between"), "4", _("5, fully"))

#: B6; the question above them says "inside the company".
_QUOTE: dict[str, str | Promise] = {
    Consent.NO: pgettext_lazy("quote", "No"),
    Consent.ANONYMOUS: pgettext_lazy("quote", "Yes, without my name"),
    Consent.NAMED: pgettext_lazy("quote", "Yes, with my name"),
    Consent.ASK: pgettext_lazy("quote", "Ask me first"),
}


@dataclass(frozen=True)
class Choice:
    """One thing to tick."""

    value: str
    label: str
    about: str = ""
    checked: bool = False


@dataclass(frozen=True)
class Page:
    """What every page says around its question.

    Attributes:
        suffix: ``?lang=fr`` when a language was chosen on the page; goes on every link and form.
        others: the other languages: code, name and the address of this very page.
    """

    token: str
    language: str
    suffix: str
    others: tuple[tuple[str, str, str], ...]
    company: str = ""
    sender: str = ""
    seller: str = ""
    expires_at: datetime | None = None
    won: bool = False
    steps: tuple[int, ...] = tuple(range(1, STEPS + 1))
    text_limit: int = TEXT_LIMIT
    name_limit: int = NAME_LIMIT

    @classmethod
    def of(cls, request: HttpRequest, invitation: Invitation | None, company: str = "") -> Page:
        """The page of a request; ``invitation`` is ``None`` when the link leads nowhere."""
        language = get_language() or "en"
        token = request.resolver_match.kwargs["token"] if request.resolver_match else ""
        suffix = f"?lang={language}" if request.GET.get("lang") == language else ""
        around = (token, language, suffix, _other_languages(request, language))
        if invitation is None:
            return cls(*around, company=company)
        return cls(
            *around,
            company=invitation.programme.company_name if invitation.programme else "",
            sender=invitation.sender.name if invitation.sender else "",
            seller=seller_of(invitation),
            expires_at=invitation.expires_at,
            won=is_won(invitation),
        )


def is_won(invitation: Invitation) -> bool:
    """Whether the buyer said yes: the same survey, mirrored."""
    return invitation.close_event.outcome == Outcome.WON


def seller_of(invitation: Invitation) -> str:
    """Whom the buyer dealt with, by name, or in words."""
    return invitation.deal.owner.name if invitation.deal.owner else gettext("the person you dealt with")


def _other_languages(request: HttpRequest, language: str) -> tuple[tuple[str, str, str], ...]:
    kept = {name: value for name, value in request.GET.items() if name in ("part", "first")}
    return tuple(
        (code, name, f"{request.path}?{urlencode(kept | {'lang': code})}")
        for code, name in spoken().items()
        if not language.startswith(code)
    )


def step_page(
    request: HttpRequest, invitation: Invitation, number: int, *, said: StepAnswer | Sending | None, now: datetime
) -> dict[str, Any]:
    """The template context of a step: what was just sent, else what is stored, else nothing chosen."""
    draft = invitation.response if hasattr(invitation, "response") else None
    page = Page.of(request, invitation)
    main = number == 2 and (request.GET.get("part") == "main" or request.POST.get("part") == "main")
    context: dict[str, Any] = {
        "page": page, "number": number, "cut": request.GET.get("cut", "") in ("1", "2", "4") and request.GET["cut"],
        "choosing_main": main and draft is not None and draft.reasons.count() > 1,
        "invitation": invitation,
    }  # fmt: skip
    if number == 1:
        return context | _first(draft, said, request.GET.get("first", ""), invitation, now)
    if draft is None:
        return context
    if context["choosing_main"]:
        return context | _main(draft)
    if number == 2:
        return context | _second(draft, said, invitation.nonce)
    if number == 3:
        return context | _third(draft, said)
    return context | (_fourth(draft, said) if number == 4 else _fifth(draft, said, invitation))


def _first(
    draft: Response | None, said: StepAnswer | Sending | None, first: str, invitation: Invitation, now: datetime
) -> dict[str, Any]:
    won = is_won(invitation)
    stored = Happening(draft.happened, draft.competitor, draft.competitor_withheld) if draft else Happening(first)
    if isinstance(said, Happening):
        stored = said
    marked = first if first in what_happened(won) and said is None else stored.happened
    return {
        "choices": _choices(what_happened(won).items(), {marked}),
        "competitor": stored.competitor,
        "withheld": stored.withheld,
        "names": suggested_competitors(now),
        "contact": contact_of(invitation.programme or newest_programme()),
    }


def _choices(offered: Iterable[tuple[str, str | Promise]], checked: Collection[str]) -> list[Choice]:
    return [Choice(value, str(label), checked=value in checked) for value, label in offered]


def _second(draft: Response, said: StepAnswer | Sending | None, nonce: str) -> dict[str, Any]:
    stored = Mattering(tuple(draft.reasons.values_list("code", flat=True)), _words(draft, Asked.OWN_WORDS))
    names = taxonomy.current()
    order = ordered_options(names, nonce=nonce, happened=draft.happened, won=draft.won)
    chosen = said if isinstance(said, Mattering) else stored
    options = _choices([(code, names.buyer_label(code, won=draft.won)) for code in order], chosen.codes)
    return {
        "options": options[:SHOWN],
        "more": options[SHOWN:],
        "more_open": any(option.checked for option in options[SHOWN:]),
        "words": chosen.words,
        "shown": bool(stored.codes or stored.words),
    }


def _main(draft: Response) -> dict[str, Any]:
    names, codes = taxonomy.current(), list(draft.reasons.order_by("place").values_list("code", flat=True))
    chosen = codes[:1] if draft.step > 2 else []
    return {"choices": _choices([(code, names.buyer_label(code, won=draft.won)) for code in codes], chosen)}


def _third(draft: Response, said: StepAnswer | Sending | None) -> dict[str, Any]:
    given = {name: getattr(draft, name) for name in STATEMENTS_SAID}
    if isinstance(said, Agreement):
        given |= said.given
    return {"statements": [_statement(name, str(text), given[name]) for name, text in STATEMENTS_SAID.items()]}


def _statement(name: str, text: str, given: int | None) -> dict[str, Any]:
    scale = [Choice(str(n), str(n), str(about), checked=given == n) for n, about in enumerate(_AGREES, start=1)]
    return {"name": name, "text": text, "scale": scale, "not_for_us": given == 0}


def _fourth(draft: Response, said: StepAnswer | Sending | None) -> dict[str, Any]:
    stored = _words(draft, Asked.ONE_THING)
    return {"words": said.words if isinstance(said, OneThing) else stored, "shown": bool(stored)}


def _fifth(draft: Response, said: StepAnswer | Sending | None, invitation: Invitation) -> dict[str, Any]:
    # Sharing is the buyer's own tick: it never stands there already, whatever the programme prefers.
    preset = "" if draft.mode == Mode.SHARED else draft.mode
    sending = said if isinstance(said, Sending) else Sending(mode=preset)
    texts = [
        {
            "asked": text.asked,
            "text": text.text,
            "language": text.language,
            "choices": _choices(_QUOTE.items(), {sending.consents.get(text.asked, text.consent)}),
        }
        for text in draft.verbatims.order_by("-asked")
    ]
    modes = [Choice(mode.value, str(title), about, mode == sending.mode) for mode, title, about in said_of(invitation)]
    return {"modes": modes, "texts": texts, "may_contact": sending.may_contact or draft.may_contact}


def said_of(invitation: Invitation) -> list[tuple[Mode, str | Promise, str]]:
    """The three modes, each in one honest sentence with the names in it."""
    titles = {
        Mode.CONFIDENTIAL: _("In confidence"),
        Mode.SHARED: _("Shared with the person you dealt with"),
        Mode.ANONYMOUS: _("Anonymous"),
    }
    return [(mode, titles[mode], _sentence(mode, invitation)) for mode in MODES]


def _sentence(mode: Mode, invitation: Invitation) -> str:
    if mode == Mode.SHARED:
        return gettext("Read by %(seller)s and the team around this decision, with your name.") % {
            "seller": seller_of(invitation)
        }
    if mode == Mode.ANONYMOUS:
        return gettext(
            "We keep no link to you or to this decision, only the team and the quarter. Your own words may still give "
            "you away, and we cannot find your answer again to change it."
        )
    if invitation.reader:
        return gettext(
            "Read by %(reader)s, who had no part in this decision. For everybody else it only counts together with at "
            "least four other answers."
        ) % {"reader": invitation.reader.name}
    return gettext("Nobody reads it by itself. It only counts together with at least four other answers.")


def _words(draft: Response, asked: Asked) -> str:
    return "".join(draft.verbatims.filter(asked=asked).values_list("text", flat=True))


def sent_page(request: HttpRequest, invitation: Invitation, now: datetime) -> dict[str, Any]:
    """Thank you, on which day, and who reads it; whether the buyer may still share it."""
    response = invitation.response if hasattr(invitation, "response") else None
    mode = response.mode if response else Mode.ANONYMOUS.value
    over = invitation.expires_at is not None and invitation.expires_at <= now
    may_open = response is not None and mode == Mode.CONFIDENTIAL and response.pool_id is None and not over
    return {
        "page": Page.of(request, invitation),
        "day": invitation.answered_on,
        "mode": mode,
        "sentence": _sentence(Mode(mode), invitation),
        "may_open_up": may_open,
    }
