"""What can I send that helps? Pieces, what is missing and the plan for it, and the files notes point to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from rebond.accounts.models import User
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import local_day
from rebond.base.errors import NotFound, RebondError
from rebond.base.paging import page_of
from rebond.base.text import clean
from rebond.findings.finding import Link
from rebond.nurture.access import get_piece, get_wish, may_write
from rebond.nurture.actions import library as actions
from rebond.nurture.library import files, languages, reasons
from rebond.nurture.library.forms import OFFERED, PieceForm, WishForm, colleagues, first_review, initial_of, spoken
from rebond.nurture.library.gaps import SHOWN, Gap, finding, gaps_for, open_wishes, people_of, reads_of
from rebond.nurture.library.results import caveat
from rebond.nurture.library.starters import all_starters
from rebond.nurture.models import Given, Piece, PieceKind
from rebond.nurture.queries import library as queries

#: A reader's browser may keep a file for an hour; a new edition is there afterwards.
KEPT_FOR = 3600
#: What a file of ours may do in a browser: nothing. It runs nothing, loads nothing and is shown in nobody's frame.
SEALED = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; sandbox"
PEOPLE_SHOWN = 20


@require_GET
def library(request: SignedInRequest) -> HttpResponse:
    """The shelf, with what followed each piece."""
    now, asked = timezone.now(), _asked(request)
    page = page_of(queries.pieces(**asked, now=now), request.GET.get("page"))
    shelf = queries.shelf(now=now)
    context = {
        "page": page, "rows": queries.rows(page.rows, now=now), "shelf": shelf, "asked": asked,
        "live_words": _live_words(shelf),
        "reasons": reasons.current().choices(), "languages": spoken(), "kinds": PieceKind.choices,
        "filtered": any(asked.values()), "caveat": caveat(),
        "starters": [one for one in all_starters() if one.language == _own_language(request)] if shelf.is_empty else [],
    }  # fmt: skip
    return render(request, "nurture/library/library.html", context)


def _live_words(shelf: queries.Shelf) -> str:
    """ "7 in French, 6 in English"."""
    each = [_("%(n)s in %(language)s") % {"n": count, "language": languages.name(code)} for code, count in shelf.live]
    return _(", ").join(each)


def _own_language(request: SignedInRequest) -> str:
    return languages.written(request.user.language)


def _asked(request: SignedInRequest) -> dict[str, str]:
    """The filters; one that is none is as if it was not there."""
    given, names = request.GET, reasons.current()
    state, kind, language = given.get("state", ""), given.get("kind", ""), given.get("language", "")
    reason = clean(given.get("reason", ""), 40)
    return {
        "state": state if state in queries.STATES else "", "kind": kind if kind in PieceKind.values else "",
        "language": language if language in OFFERED else "", "reason": reason if names.is_active(reason) else "",
        "words": clean(given.get("q", ""), 80),
    }  # fmt: skip


@require_POST
def starters(request: SignedInRequest) -> HttpResponse:
    """The six starter pieces, in both languages."""
    made = actions.ensure_starters(actor=request.user, now=timezone.now())
    if made:
        messages.success(request, _("Six pieces in English and six in French. Change them as you like."))
    return redirect("nurture:library")


@require_http_methods(["GET", "POST"])
def new_piece(request: SignedInRequest) -> HttpResponse:
    """A new piece; from the plan it comes with its reason, language and title, and the line of the plan is done."""
    now, source = timezone.now(), request.POST if request.method == "POST" else request.GET
    wish = get_wish(request.user, int(source["wish"])) if _is_number(source.get("wish", "")) else None
    first: dict[str, Any] = {
        "language": _own_language(request), "review_on": first_review(local_day(now)), "owner": request.user.pk,
        "reasons": [clean(source["reason"], 40)] if source.get("reason") else [],
    }  # fmt: skip
    if wish:
        first |= {"title": wish.title, "kind": wish.kind, "language": wish.language, "reasons": [wish.reason]}
    form = PieceForm(request.POST or None, request.FILES or None, initial=first)
    if request.method == "POST" and form.is_valid() and (made := _add(request, form, wish)):
        messages.success(request, _("On the shelf. It may go with the next note it fits."))
        return redirect("nurture:piece", made.pk)
    context = {"form": form, "wish": wish}
    return render(request, "nurture/library/form.html", context, status=400 if form.errors else 200)


def _add(request: SignedInRequest, form: PieceForm, wish: Any) -> Piece | None:
    try:
        return actions.add_piece(
            said=form.said(), upload=form.cleaned_data.get("file"), wish=wish, actor=request.user, now=timezone.now()
        )
    except RebondError as error:
        form.add_error("file" if error.code.startswith("file_") else None, str(error))
        return None


@require_GET
def piece(request: SignedInRequest, pk: int) -> HttpResponse:
    """One piece: read it, copy it, and see what followed."""
    found = get_piece(request.user, pk)
    now = timezone.now()
    context = {
        "piece": found, "row": queries.rows([found], now=now)[0], "link": files.public_link(found), "caveat": caveat(),
        "may_write": may_write(request.user, found.owner_id),
        "given": Given.objects.filter(piece=found, by=request.user, sent_at__isnull=False)
        .select_related("person__company").order_by("-sent_at", "-pk")[:PEOPLE_SHOWN],
    }  # fmt: skip
    return render(request, "nurture/library/piece.html", context)


@require_http_methods(["GET", "POST"])
def edit_piece(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_piece(request.user, pk, to_write=True)
    form = PieceForm(request.POST or None, request.FILES or None, initial=initial_of(found), kept=found)
    if request.method == "POST" and form.is_valid() and _change(request, found, form):
        messages.success(request, _("Saved. Notes that left with it point to what it is now."))
        return redirect("nurture:piece", pk)
    context = {"form": form, "piece": found}
    return render(request, "nurture/library/form.html", context, status=400 if form.errors else 200)


def _change(request: SignedInRequest, found: Piece, form: PieceForm) -> bool:
    try:
        actions.change_piece(
            piece=found, said=form.said(), upload=form.cleaned_data.get("file"),
            drop_file=bool(form.cleaned_data.get("drop_file")), actor=request.user, now=timezone.now(),
        )  # fmt: skip
    except RebondError as error:
        form.add_error("file" if error.code.startswith("file_") else None, str(error))
        return False
    return True


@require_POST
def retire(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not given to anybody any more, or again."""
    found, now = get_piece(request.user, pk, to_write=True), timezone.now()
    if request.POST.get("back"):
        actions.take_up_piece(piece=found, actor=request.user, now=now)
        messages.success(request, _("It may be sent again."))
    else:
        actions.retire_piece(piece=found, actor=request.user, now=now)
        messages.success(request, _("Retired. Nobody is given it any more; whoever has it keeps it."))
    return redirect("nurture:piece", pk)


@require_POST
def reviewed(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody looked at it again, and it still holds."""
    found = get_piece(request.user, pk, to_write=True)
    actions.review_piece(piece=found, actor=request.user, now=timezone.now())
    messages.success(request, _("Good for another twelve months."))
    return redirect("nurture:piece", pk)


@require_GET
def gaps(request: SignedInRequest) -> HttpResponse:
    """Reasons people gave in a language they read, for which there is nothing; and the plan for it."""
    now = timezone.now()
    found, people = gaps_for(request.user, now=now), colleagues()
    behind = _behind(request, found)
    context = {
        "gaps": [(gap, finding(gap, (_people_link(gap),)), _wish_form(gap, request, people)) for gap in found],
        "plan": [(wish, reasons.current().label(wish.reason), languages.name(wish.language), _mine(request, wish))
                 for wish in open_wishes()],
        "behind": behind,
        "people": [(one, reads_of(one)) for one in people_of(
            request.user, behind.group.reason, behind.group.language, now=now)] if behind else [],
        "shown": SHOWN, "known_by": languages.KNOWN_BY, "today": local_day(now),
    }  # fmt: skip
    return render(request, "nurture/library/gaps.html", context)


def _behind(request: SignedInRequest, found: list[Gap]) -> Gap | None:
    """The gap whose people are asked for."""
    wanted = request.GET.get("reason", ""), request.GET.get("language", "")
    return next((gap for gap in found if (gap.group.reason, gap.group.language) == wanted), None)


def _people_link(gap: Gap) -> Link:
    asked = QueryDict(mutable=True)
    asked.update({"reason": gap.group.reason, "language": gap.group.language})
    return Link(_("Who they are"), f"?{asked.urlencode()}#people")


def _wish_form(gap: Gap, request: SignedInRequest, people: list[User]) -> WishForm | None:
    """Begins with the first idea; none where it is planned already."""
    if gap.wish:
        return None
    idea = next(iter(gap.ideas), None)
    first = {"title": str(idea.title) if idea else "", "kind": idea.kind if idea else "", "owner": request.user.pk}
    return WishForm(people=people, initial=first, auto_id=f"id-{gap.anchor}-%s")


def _mine(request: SignedInRequest, wish: Any) -> bool:
    return wish.owner_id is None or may_write(request.user, wish.owner_id)


@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest) -> HttpResponse:
    """A gap is put on the plan; the plan itself stands beside the gaps."""
    if request.method == "GET":
        return redirect(reverse("nurture:gaps") + "#plan")
    reason, language = clean(request.POST.get("reason", ""), 40), request.POST.get("language", "")
    if not reasons.current().is_active(reason) or len(language) > 5 or not language.isalpha():
        raise NotFound
    form = WishForm(request.POST, people=colleagues())
    if not form.is_valid():
        words = next(iter(form.errors.values()))[0]
        raise RebondError(_("Not planned yet: %(why)s Go back and try again.") % {"why": words}, code="plan_invalid")
    actions.add_wish(reason=reason, language=language, **form.said(), actor=request.user, now=timezone.now())
    messages.success(request, _("On the plan. It is done when a piece is made from it."))
    return redirect(reverse("nurture:gaps") + "#plan")


@require_POST
def plan_done(request: SignedInRequest, pk: int) -> HttpResponse:
    """A line of the plan is dropped; made it is by ``new_piece``."""
    actions.drop_wish(wish=get_wish(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("Off the plan."))
    return redirect(reverse("nurture:gaps") + "#plan")


@require_safe
def public_file(request: HttpRequest, token: str) -> HttpResponseBase:  # noqa: ARG001
    """The file of a piece, for whoever was sent its address. Nothing is counted, nothing is set, nothing runs."""
    found = files.piece_of(token)
    kind = files.type_of(found)
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise NotFound from error
    answer = FileResponse(
        content, as_attachment=not kind.inline, filename=found.file_name or f"file{kind.suffix}",
        content_type=kind.content_type,
    )  # fmt: skip
    answer["Content-Security-Policy"] = SEALED
    answer["Cache-Control"] = f"private, max-age={KEPT_FOR}"
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
