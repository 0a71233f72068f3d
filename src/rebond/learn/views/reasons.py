"""The list of reasons, and what free texts mean: changed by people, never silently."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.paging import page_of
from rebond.findings import words
from rebond.learn import actions, taxonomy
from rebond.learn.access import get_phrase, require_lead
from rebond.learn.models import ChangeKind, MatcherRun, ReasonPhrase, Suggester, TaxonomyChange
from rebond.learn.phrases.matcher import CODES_FROM, EXAMPLES_FROM
from rebond.learn.phrases.matching import match
from rebond.learn.queries import unconfirmed_phrases
from rebond.learn.queries.reasons import (
    Use,
    buyers_use,
    change_log,
    confirmed_examples,
    last_training,
    sellers_use,
)
from rebond.learn.taxonomy import CONTROLS, GROUPS, LANGUAGES, OWNERS, Reason, Taxonomy
from rebond.numbers.estimate import Estimate
from rebond.numbers.rates import share

#: Too many "something else" is news in this quarter and the last; after that the list was looked at, or never will be.
RECENT_QUARTERS = 2
#: The code in the address that asks for the form of a new reason.
NEW = "new"
VERBS: dict[str, Any] = {
    ChangeKind.ADD: actions.add_reason, ChangeKind.MERGE: actions.merge_reason,
    ChangeKind.RETIRE: actions.retire_reason, ChangeKind.RESTORE: actions.restore_reason,
    ChangeKind.REWORD: actions.reword_reason,
}  # fmt: skip


@require_GET
def reasons(request: SignedInRequest) -> HttpResponse:
    """The list, how it is used and how it changed; an administrator opens the forms of one reason beside it."""
    return _list(request, request.GET.get("code", ""))


@require_POST
def change(request: SignedInRequest) -> HttpResponse:
    """One change of the list; what cannot be done is said on the page, and what was typed is kept."""
    require_admin(request.user)
    kind, code = request.POST.get("kind", ""), request.POST.get("code", "").strip()
    try:
        if kind not in VERBS:
            raise RebondError(_("Choose what to change. Nothing was changed."), code="unknown_change")
        done = VERBS[kind](**_arguments(kind, request.POST), actor=request.user, now=timezone.now())
    except RebondError as problem:
        return _list(request, NEW if kind == ChangeKind.ADD else code, problem=problem)
    messages.success(request, _sentence(done, taxonomy.current()))
    return redirect("learn:taxonomy")


def _sentence(done: TaxonomyChange, names: Taxonomy) -> str:
    """One change as the log tells it."""
    said = {
        ChangeKind.ADD: _("Version %(version)d: “%(label)s” added by %(who)s"),
        ChangeKind.MERGE: _("Version %(version)d: “%(label)s” merged into “%(into)s” by %(who)s"),
        ChangeKind.RETIRE: _("Version %(version)d: “%(label)s” retired by %(who)s"),
        ChangeKind.RESTORE: _("Version %(version)d: “%(label)s” taken up again by %(who)s"),
        ChangeKind.REWORD: _("Version %(version)d: “%(label)s” reworded by %(who)s"),
    }
    return said[ChangeKind(done.kind)] % {
        "version": done.version, "label": names.label(done.code), "into": names.label(done.into),
        "who": done.by.name if done.by else _("the program"),
    }  # fmt: skip


def _arguments(kind: str, typed: QueryDict) -> dict[str, Any]:
    """What each verb takes, from the form."""
    given = {name: typed.get(name, "").strip() for name in ("code", "note", "into", "group", "control", "owner")}
    taken = {"code": given["code"], "note": given["note"], "seen": _number(typed.get("seen", ""))}
    if kind == ChangeKind.MERGE:
        taken["into"] = given["into"]
    if kind in (ChangeKind.ADD, ChangeKind.REWORD):
        taken["wording"] = {
            voice: {language: typed.get(f"{voice}_{language}", "") for language in LANGUAGES}
            for voice in ("seller", "buyer", "buyer_win")
        }
    if kind == ChangeKind.ADD:
        taken |= {name: given[name] for name in ("group", "control", "owner")}
        taken["recheck_days"] = _number(typed.get("recheck_days", ""))
    return taken


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _list(request: SignedInRequest, code: str, problem: RebondError | None = None) -> HttpResponse:
    names, now = taxonomy.current(), timezone.now()
    (sellers, quarters), buyers = sellers_use(names, now), buyers_use(names, now, request.user)
    page = page_of(change_log(), request.GET.get("page"))
    context = {
        "names": names,
        "count": len(names.active),
        "groups": _groups(names, sellers, buyers),
        "retired": [_row(names.reasons[c], names, sellers, buyers) for c in names.reasons if c in names.retired],
        "health": _health(sellers, buyers),
        "too_many": [q for q in quarters[:RECENT_QUARTERS] if q.too_many][:1],
        "page": page,
        "changes": [(change, _sentence(change, names)) for change in page],
        "problem": problem,
    }
    if request.user.is_admin and (code == NEW or code in names.reasons):
        context |= _forms(names, code, request.POST)
    return render(request, "learn/taxonomy.html", context, status=problem.status if problem else 200)


def _groups(names: Taxonomy, sellers: Use, buyers: Use) -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (str(title), [_row(reason, names, sellers, buyers) for reason in names.active if reason.group == group])
        for group, title in GROUPS.items()
    ]


def _row(reason: Reason, names: Taxonomy, sellers: Use, buyers: Use) -> dict[str, Any]:
    merged = reason.code in names.merged
    return {
        "reason": reason,
        "control": CONTROLS[reason.control],
        "owner": OWNERS.get(reason.owner, reason.owner),
        "into": names.label(names.counted_as(reason.code)) if merged else "",
        "sellers": _k_of_n(sellers.share(reason.code)),
        "buyers": _k_of_n(buyers.share(reason.code)),
    }


def _k_of_n(estimate: Estimate) -> str:
    return words.short(estimate) if estimate.k is None else words.of(estimate.k, estimate.n)


def _health(sellers: Use, buyers: Use) -> dict[str, Any]:
    """How many spoke, and how often sellers found nothing that fits, or did not know."""
    found = {
        name: sellers.share(code) for name, code in (("other", taxonomy.OTHER), ("unknown", taxonomy.NOT_KNOWN_YET))
    }
    said = {name: (_k_of_n(estimate), words.likely_share(estimate)) for name, estimate in found.items()}
    return {"sellers": sellers.said, "buyers": buyers.said} | said


def _forms(names: Taxonomy, code: str, typed: QueryDict) -> dict[str, Any]:
    """What the forms of one reason (or of a new one) hold: what was typed, else what is."""
    reason = names.reasons.get(code)
    return {
        "chosen": code,
        "reason": reason,
        "is_active": names.is_active(code),
        "merged_already": code in names.merged,
        "typed": typed,
        "wording": _wording(reason, typed),
        "into": [(title, [(c, label) for c, label in codes if c != code]) for title, codes in names.choices()],
        "choose": {"group": GROUPS.items(), "control": CONTROLS.items(), "owner": OWNERS.items()},
    }


def _wording(reason: Reason | None, typed: QueryDict) -> list[dict[str, Any]]:
    """The six texts of a reason with what they are called, in the order of the form."""
    titles = {
        "seller": {"en": _("Sellers read, in English"), "fr": _("Sellers read, in French")},
        "buyer": {"en": _("Buyers read after a no, in English"), "fr": _("Buyers read after a no, in French")},
        "buyer_win": {"en": _("Buyers read after a yes, in English"), "fr": _("Buyers read after a yes, in French")},
    }
    return [
        {
            "name": f"{voice}_{language}", "language": language, "title": title, "required": voice != "buyer_win",
            "value": typed.get(f"{voice}_{language}", _in_language(reason, voice, language)),
        }
        for voice, by_language in titles.items() for language, title in by_language.items()
    ]  # fmt: skip


def _in_language(reason: Reason | None, voice: str, language: str) -> str:
    with translation.override(language):
        return str(getattr(reason, voice)) if reason else ""


@require_GET
def phrases(request: SignedInRequest) -> HttpResponse:
    """Free-text reasons no rule is sure about: a person says once what each means."""
    require_lead(request.user)
    page, names = page_of(unconfirmed_phrases(), request.GET.get("page")), taxonomy.current()
    context = {
        "page": page,
        "phrases": [(phrase, *_suggestion(phrase, names)) for phrase in page],
        "reasons": names.choices(),
        "learnt": _learnt(last_training(), names),
    }
    return render(request, "learn/phrases.html", context)


def _suggestion(phrase: ReasonPhrase, names: Taxonomy) -> tuple[str, str]:
    """The code to preselect, and who says so; before the worker has looked, what our rules say."""
    code = (names.offered([phrase.suggested_code]) or [""])[0]
    if not code:
        code = match(phrase.verbatim, names).code or ""
        return code, _("suggested by our rules") if code else ""
    if phrase.suggested_by == Suggester.ENDPOINT:
        return code, _("suggested by a language model (%(model)s)") % {
            "model": settings.CONFIG.themes_model or _("now switched off")
        }
    if phrase.suggested_by == Suggester.CLASSIFIER and phrase.suggested_chance is not None:
        return code, _("learnt from your team's confirmations: %(chance)s") % {
            "chance": words.chances(min(round(phrase.suggested_chance, 1), 0.9))
        }
    return code, _("suggested by our rules")


def _learnt(run: MatcherRun | None, names: Taxonomy) -> str:
    """How far the matcher can be trusted, in one sentence."""
    if run is None:
        examples = confirmed_examples(names)
        return _(
            "It learns from %(from)d confirmations on, over at least %(codes)d different reasons; so far "
            "%(examples)d, over %(distinct)d."
        ) % {
            "from": EXAMPLES_FROM, "codes": CODES_FROM, "examples": len(examples),
            "distinct": len({code for _text, code in examples}),
        }  # fmt: skip
    known = {"examples": words.count(run.examples), "right": words.count(run.right), "tested": words.count(run.tested),
             "always": words.count(run.always), "likely": words.likely_share(share(run.right, run.tested))}  # fmt: skip
    return (
        _(
            "Learnt from %(examples)s confirmed phrases; right for %(right)s of %(tested)s it had not seen "
            "(%(likely)s). Always saying the most frequent one would give %(always)s."
        )
        % known
    )


@require_POST
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    phrase = get_phrase(request.user, pk)
    changed = actions.confirm_phrase(
        phrase=phrase, code=request.POST.get("code", ""), actor=request.user, now=timezone.now()
    )
    said = ngettext(
        "Remembered, and applied to %(count)d deal.", "Remembered, and applied to %(count)d deals.", changed
    )
    messages.success(request, said % {"count": changed})
    return redirect("learn:phrases")
