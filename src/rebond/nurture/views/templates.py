"""The words our notes begin with: the list, one template with its preview, its editions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rebond.accounts.models import User
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.nurture.actions.templates import back_to_built_in, save_template
from rebond.nurture.drafts import placeholders, sample
from rebond.nurture.drafts import templates as words
from rebond.nurture.drafts.templates import KEYS, LANGUAGES, Editions
from rebond.nurture.library import languages

#: Whose words are changed: one's own, or everybody's.
MINE, EVERYBODY = "mine", "everybody"


@require_GET
def templates(request: SignedInRequest) -> HttpResponse:
    """Every note, with whose words are in force in which language."""
    found = words.newest_for([request.user.pk])
    shown_in = languages.written(request.user.language)
    rows = [
        (key, label, _standings(found, key, request.user), words.built_in(key, shown_in)[0].subject)
        for key, label in KEYS.items()
    ]
    return render(request, "nurture/library/templates.html", {"rows": rows})


def _standings(found: Editions, key: str, user: User) -> list[tuple[str, str, str]]:
    """Per language its code, its name, and whose words are in force."""
    return [(code, languages.name(code), _whose(found, key, code, user)) for code in LANGUAGES]


def _whose(found: Editions, key: str, language: str, user: User) -> str:
    """``mine``, ``everybody`` or ``built_in``."""
    edition = words.in_force(found, key, language, user.pk)
    if edition is None:
        return "built_in"
    return MINE if edition.owner_id else EVERYBODY


@require_http_methods(["GET", "POST"])
def template(request: SignedInRequest, key: str, language: str) -> HttpResponse:
    """Change a note's first words, look at it with a sample person, or go back to the built-in ones."""
    if key not in KEYS or language not in LANGUAGES:
        raise NotFound
    whose = (request.POST or request.GET).get("whose", MINE)
    whose = whose if whose in (MINE, EVERYBODY) else MINE
    if whose == EVERYBODY and request.method == "POST" and not request.user.is_lead:
        raise NotAllowed
    problem, typed = "", (request.POST.get("subject", ""), request.POST.get("body", ""))
    if request.method == "POST" and "look" not in request.POST:
        try:
            return _save(request, key, language, whose, typed, timezone.now())
        except RebondError as error:
            problem = str(error)
    context = _context(request, key, language, whose, typed if request.method == "POST" else None)
    context |= {"problem": problem or context["problem"]}
    return render(request, "nurture/library/template.html", context, status=400 if problem else 200)


def _save(
    request: SignedInRequest, key: str, language: str, whose: str, typed: tuple[str, str], now: datetime
) -> HttpResponse:
    owner = request.user if whose == MINE else None
    if "built_in" in request.POST:
        back_to_built_in(key=key, language=language, owner=owner, actor=request.user, now=now)
        messages.success(request, _("Your edition is set aside. It is kept below."))
    else:
        save_template(
            key=key, language=language, owner=owner, subject=typed[0], body=typed[1], actor=request.user, now=now
        )
        messages.success(request, _("Saved. The next draft begins with it."))
    answer = redirect("nurture:template", key, language)
    answer["Location"] += f"?whose={whose}"
    return answer


def _context(
    request: SignedInRequest, key: str, language: str, whose: str, typed: tuple[str, str] | None
) -> dict[str, Any]:
    owner = request.user if whose == MINE else None
    found = words.newest_for([request.user.pk])
    edition = words.in_force(found, key, language, owner.pk if owner else None)
    first = words.built_in(key, language)[0]
    subject, body = typed or ((edition.subject, edition.body) if edition else (first.subject, first.body))
    preview, problem = sample.preview(subject, body, language, request.user)
    own = found.get((key, language, owner.pk if owner else None))
    return {
        "key": key, "language": language, "language_name": languages.name(language), "title": KEYS[key],
        "whose": whose, "subject": subject, "body": body, "preview": preview, "problem": problem,
        "changed": own is not None and bool(own.body), "editions": words.editions(key, language, owner),
        "others": words.built_in(key, language)[1:], "known": placeholders.KNOWN.items(),
        "always": placeholders.ALWAYS, "may_all": request.user.is_lead,
    }  # fmt: skip
