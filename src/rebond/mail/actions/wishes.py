"""What a person chose on their own page. No sign-in stands behind these: ``holder`` came with a sealed link."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.mail.actions.basis import touch_basis
from rebond.mail.actions.suppression import lift_asked, silence
from rebond.mail.models import Rhythm, Scope, Suppression, Why, Wish
from rebond.mail.rights.tokens import Holder

SOURCE = "preferences"


@transaction.atomic
def stop(*, holder: Holder, source: str, now: datetime) -> Suppression:
    """The list of the link goes quiet for its holder; twice is once. Also the answer to a mail ``stop TOKEN``."""
    return silence(mark=holder.fingerprint, scope=holder.scope, why=Why.ASKED, source=source, actor=None, now=now)


@transaction.atomic
def choose(*, holder: Holder, wanted: set[str], rhythm: str, language: str, now: datetime) -> None:
    """Keeps the page as it was sent: which lists stay on, how often, in which language. The same again is no change.

    A list that somebody else silenced (a bounce, a complaint, one of us) is left as it is: it is no switch here.

    Args:
        wanted: scopes that stay on; ``all`` is no list.

    Raises:
        RebondError: ``unknown_choice``, before anything is stored.
    """
    if rhythm not in Rhythm.values or wanted - set(LISTS) or language not in dict(settings.LANGUAGES):
        raise RebondError(_unknown(), code="unknown_choice")
    _keep_wish(holder, rhythm, language, now)
    fixed = fixed_silences(holder.fingerprint)
    if Scope.ALL in fixed:
        return
    if wanted:
        lift_asked(mark=holder.fingerprint, scope=Scope.ALL, now=now)
        touch_basis(fingerprint=holder.fingerprint, at=now)  # choosing to go on is an own act; stopping is none
    for scope in LISTS:
        if scope in wanted:
            lift_asked(mark=holder.fingerprint, scope=scope, now=now)
        elif scope not in fixed:
            silence(mark=holder.fingerprint, scope=scope, why=Why.ASKED, source=SOURCE, actor=None, now=now)


#: What the page switches, as stored.
LISTS = (Scope.KEEP_IN_TOUCH, Scope.FEEDBACK, Scope.REFERRAL)


def fixed_silences(mark: str) -> set[str]:
    """Scopes that something else than the person's own word silenced."""
    standing = Suppression.objects.filter(fingerprint=mark, lifted_at=None).exclude(why=Why.ASKED)
    return set(standing.values_list("scope", flat=True))


def _keep_wish(holder: Holder, rhythm: str, language: str, now: datetime) -> None:
    wish = Wish.objects.filter(fingerprint=holder.fingerprint).first() or Wish(fingerprint=holder.fingerprint, at=now)
    if wish.pk and (wish.rhythm, wish.language) == (rhythm, language):
        return
    wish.rhythm, wish.language, wish.at = Rhythm(rhythm), language, now
    wish.save()
    record(verb="mail.wish", subject=wish, actor=None, at=now, rhythm=rhythm, language=language)


@transaction.atomic
def never_again(*, holder: Holder, now: datetime) -> Suppression:
    """Nothing of any kind any more, by the person's own word; twice is once."""
    return silence(mark=holder.fingerprint, scope=Scope.ALL, why=Why.ASKED, source=SOURCE, actor=None, now=now)


@transaction.atomic
def ask(*, holder: Holder, what: str, now: datetime) -> Wish:
    """A person asks for their copy (``copy``) or their erasure (``erasure``): an administrator sees it on /silence.

    Who asks to be erased gets nothing from this moment on. Asking again while it waits changes nothing.
    """
    if what not in ASKED:
        raise RebondError(_unknown(), code="unknown_choice")
    wish, _made = Wish.objects.get_or_create(fingerprint=holder.fingerprint, defaults={"at": now})
    if what == "erasure":
        silence(mark=holder.fingerprint, scope=Scope.ALL, why=Why.ASKED, source=SOURCE, actor=None, now=now)
    if getattr(wish, ASKED[what]) is None:
        setattr(wish, ASKED[what], now)
        wish.save(update_fields=[ASKED[what]])
        record(verb=f"mail.{what}_asked", subject=wish, actor=None, at=now)
    return wish


@transaction.atomic
def answer(*, mark: str, what: str, actor: User | None, now: datetime) -> bool:
    """What was asked for is done; ``False`` when nobody waited for it."""
    wish = Wish.objects.filter(fingerprint=mark).exclude(**{ASKED[what]: None}).first()
    if wish is None:
        return False
    setattr(wish, ASKED[what], None)
    wish.save(update_fields=[ASKED[what]])
    record(verb=f"mail.{what}_answered", subject=wish, actor=actor, at=now)
    return True


#: What a person may ask for, and where it stands.
ASKED = {"copy": "copy_asked_at", "erasure": "erasure_asked_at"}


def _unknown() -> str:
    return _("We do not know this choice. Nothing was changed. Choose one of the list.")
