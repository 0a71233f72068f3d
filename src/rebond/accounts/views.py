"""Screens about people: first start, own settings, the team, what happened."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts import actions
from rebond.accounts.access import get_person, get_team, require_admin
from rebond.accounts.forms import EditPersonForm, InviteForm, SettingsForm, StartForm, TeamForm
from rebond.accounts.invitations import password_url, send_invitation
from rebond.accounts.models import Team, Theme
from rebond.accounts.queries import audit_log, nobody_yet, people_for
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.paging import page_of
from rebond.base.web import back_to


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """First start: makes the first administrator and signs them in; afterwards only points at the sign-in."""
    if not nobody_yet():
        return redirect("account_login")
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.create_first_admin(
                **form.cleaned_data, language=translation.get_language() or "en", now=timezone.now()
            )
        except RebondError as error:
            form.add_error("password" if error.code == "weak_password" else None, str(error))
        else:
            answer: HttpResponse = perform_login(request, user, redirect_url="/today")
            return answer
    return render(request, "accounts/start.html", {"form": form})


@require_http_methods(["GET", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        request.user.refresh_from_db()
        actions.set_preferences(user=request.user, changes=form.cleaned_data, now=timezone.now())
        with translation.override(request.user.language):
            messages.success(request, _("Saved."))
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})


@require_GET
def more(request: SignedInRequest) -> HttpResponse:
    """Everything the five tabs of a phone have no room for."""
    return render(request, "accounts/more.html")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switches the language: of the person, or of the browser when nobody is signed in."""
    chosen = request.POST.get("language", "")
    response = redirect(back_to(request, "/today"))
    if request.user.is_authenticated:
        actions.set_preferences(user=request.user, changes={"language": chosen}, now=timezone.now())
    elif chosen in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax")
    return response


@require_POST
def theme(request: SignedInRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    if request.user.is_authenticated and chosen in Theme.values:
        actions.set_preferences(user=request.user, changes={"theme": chosen}, now=timezone.now())
    return redirect(back_to(request, "/today"))


@require_GET
def team(request: SignedInRequest) -> HttpResponse:
    """Who works here: an administrator sees all, others their team."""
    people = people_for(request.user).order_by("team__name", "name", "pk")
    context = {
        "page": page_of(people, request.GET.get("page")),
        "teams": Team.objects.all() if request.user.is_admin else (),
        "team_form": TeamForm(),
        "link": request.session.pop("password_link", None),
    }
    return render(request, "accounts/team.html", context)


@require_http_methods(["GET", "POST"])
def invite(request: SignedInRequest) -> HttpResponse:
    """A new person: they get a link by mail, and the administrator sees it once."""
    require_admin(request.user)
    form = InviteForm(request.POST or None, initial={"team": request.user.team, "language": request.user.language})
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add_person(**form.cleaned_data, actor=request.user, now=timezone.now())
        except RebondError as error:
            form.add_error(None, str(error))
        else:
            _hand_over(request, person.pk)
            return redirect("accounts:team")
    return render(request, "accounts/person_form.html", {"form": form})


def _hand_over(request: SignedInRequest, pk: int) -> None:
    person = get_person(request.user, pk, to_change=True)
    sent = send_invitation(person, inviter=request.user)
    request.session["password_link"] = {"name": person.name, "url": password_url(person), "sent": sent}


@require_POST
def password_link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another link for somebody who has an address."""
    person = get_person(request.user, pk, to_change=True)
    if not person.email:
        raise RebondError(_("This person has no address yet. Nothing was sent. Give them one first."), code="no_email")
    _hand_over(request, person.pk)
    return redirect("accounts:team")


@require_http_methods(["GET", "POST"])
def edit_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_person(request.user, pk, to_change=True)
    fields = ("name", "email", "role", "team", "is_active")
    form = EditPersonForm(request.POST or None, initial={field: getattr(person, field) for field in fields})
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_person(user=person, changes=form.cleaned_data, actor=request.user, now=timezone.now())
        except RebondError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:team")
    return render(request, "accounts/person_form.html", {"form": form, "person": person})


@require_POST
def add_team(request: SignedInRequest) -> HttpResponse:
    require_admin(request.user)
    actions.add_team(name=request.POST.get("name", ""), actor=request.user, now=timezone.now())
    return redirect("accounts:team")


@require_POST
def rename_team(request: SignedInRequest, pk: int) -> HttpResponse:
    require_admin(request.user)
    team_found = get_team(request.user, pk)
    actions.rename_team(team=team_found, name=request.POST.get("name", ""), actor=request.user, now=timezone.now())
    return redirect("accounts:team")


@require_GET
def audit(request: SignedInRequest) -> HttpResponse:
    """Who did what, newest first; administrators only."""
    require_admin(request.user)
    return render(request, "accounts/audit.html", {"page": page_of(audit_log(), request.GET.get("page"))})
