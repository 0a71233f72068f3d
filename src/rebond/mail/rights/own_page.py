"""What a person's own page says: lists and whether they are on, why we have the address, what they asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rebond.mail.models import Basis, Message, Rhythm, Scope, Suppression, Why
from rebond.mail.queries.basis import bases_of, scopes_of_page, silences_of, wish_of
from rebond.mail.rights import footer
from rebond.mail.rights.tokens import Holder

#: What is said after a button was pressed.
SAID: dict[str, str | Promise] = {
    "saved": gettext_lazy("Saved. It takes effect at once."),
    "never": gettext_lazy("Understood. We will not write to you any more, about anything."),
    "copy": gettext_lazy("We have noted it. You get a copy of everything we keep about you within a month."),
    "erasure": gettext_lazy(
        "We have noted it. Within a month we erase what we keep about you; until then, and after it, we do not write."
    ),
}


@dataclass(frozen=True)
class Switch:
    """One list: what it is, why it is sent, whether it is on, and why it cannot be switched here if it cannot."""

    scope: str
    title: str
    about: str
    on: bool
    fixed: str = ""


def _about(scope: str) -> tuple[str, str]:
    return {
        Scope.KEEP_IN_TOUCH: (
            _("Helpful notes, now and then"),
            _("A personal note from somebody you talked with, a few times a year at most. It ends after three that "
              "stay without an answer."),
        ),
        Scope.FEEDBACK: (
            _("Questions about a decision"),
            _("After you decided for or against an offer of ours: one question and one reminder, to learn from it."),
        ),
        Scope.REFERRAL: (
            _("Introductions"),
            _("Whether you know somebody whom our work would help, or somebody names you to us: one message."),
        ),
    }[Scope(scope)]  # fmt: skip


#: Why a silence is not the person's own, as their page says it.
FIXED: dict[str, str | Promise] = {
    Why.BOUNCED: gettext_lazy("Mail to this address came back, so nothing goes to it."),
    Why.COMPLAINED: gettext_lazy("Your mail program called our mail unwanted, so nothing goes to you."),
    Why.OPERATOR: gettext_lazy("One of us entered that nothing goes to this address."),
    Why.ERASED: gettext_lazy("You asked to be erased, so nothing goes to this address."),
}


#: Where something was said, by the first part of its code; other codes are shown as they are.
SAID_WHERE: dict[str, str | Promise] = {
    "preferences": gettext_lazy("their own page"),
    "one-click": gettext_lazy("one click in their mail program"),
    "mail": gettext_lazy("a mail to our address for that"),
    "reply": gettext_lazy("an answer of theirs"),
    "learn.invitation": gettext_lazy("the page of a question"),
    "screen": gettext_lazy("this page"),
    "command": gettext_lazy("the command line"),
    "erasure": gettext_lazy("their erasure"),
    "bounce": gettext_lazy("a mail that came back"),
    "smtp": gettext_lazy("a mail server that refused ours"),
    "provider": gettext_lazy("our mail provider"),
}


def said_where(source: str) -> str:
    """A source in words."""
    return str(SAID_WHERE.get(source.partition(":")[0], source))


def frame(language: str, path: str) -> dict[str, Any]:
    """What every such page has: who we are, and the way to the other language."""
    company, postal = footer.who_we_are()
    others = [(code, _own_name(code), f"{path}?lang={code}") for code, _name in settings.LANGUAGES if code != language]
    return {"language": language, "company": company, "postal": postal, "others": others}


def context(holder: Holder, language: str, path: str) -> dict[str, Any]:
    """Everything the page shows about one address; four queries."""
    standing, wish = silences_of(holder.fingerprint), wish_of(holder.fingerprint)
    everything = next((one for one in standing if one.scope == Scope.ALL), None)
    bases = [basis for basis in bases_of(holder.fingerprint) if basis.withdrawn_at is None]
    return {
        "page": frame(language, path),
        "switches": [_switch(scope, standing) for scope in scopes_of_page()],
        "list_title": _about(holder.scope)[0] if holder.scope != Scope.ALL else _("Everything we send"),
        "quiet": everything is not None or any(one.scope == holder.scope for one in standing),
        "silent": everything is not None,
        "fixed": FIXED.get(everything.why, "") if everything else "",
        "rhythms": Rhythm.choices,
        "rhythm": wish.rhythm if wish else Rhythm.USUAL,
        "languages": [(code, _own_name(code)) for code, _name in settings.LANGUAGES],
        "language": language,
        "bases": bases,
        "sources": [(basis, _ground(basis)) for basis in bases],
        "written": bool(bases) or Message.objects.filter(fingerprint=holder.fingerprint).exists(),
        "copy_asked": wish.copy_asked_at if wish else None,
        "erasure_asked": wish.erasure_asked_at if wish else None,
    }


def _switch(scope: str, standing: list[Suppression]) -> Switch:
    over = [one for one in standing if one.scope in (scope, Scope.ALL)]
    fixed = next((str(FIXED[one.why]) for one in over if one.why in FIXED), "")
    return Switch(str(scope), *_about(scope), on=not over, fixed=fixed)


def _ground(basis: Basis) -> str:
    return _("%(use)s: %(ground)s") % {
        "use": _capital(basis.get_use_display()), "ground": basis.get_ground_display()
    }  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def language_of(holder: Holder) -> str:
    """The language chosen here before, else that of the last mail, else the installation's."""
    wish = wish_of(holder.fingerprint)
    last = (
        Message.objects.filter(fingerprint=holder.fingerprint)
        .order_by("-planned_at")
        .values_list("language", flat=True)
    )
    known = (wish.language if wish else "") or last.first() or ""
    return known if known in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _own_name(code: str) -> str:
    return _capital(Locale.parse(code).get_display_name(code) or code)
