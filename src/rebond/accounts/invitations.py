"""A link by which somebody sets their first password: allauth's own reset link, sent and shown once."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.models import User


def password_url(user: User) -> str:
    """The absolute address; good for three days and one use."""
    names = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.CONFIG.public_url.rstrip("/") + reverse("account_reset_password_from_key", kwargs=names)


def send_invitation(user: User, *, inviter: User) -> bool:
    """Mails the link in the invited person's language; ``False`` when no mail server is set or it refuses."""
    if not settings.CONFIG.mail_url and settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return False
    with translation.override(user.language):
        subject = _("%(inviter)s invites you to Rebond") % {"inviter": inviter.name}
        body = _(
            "Hello %(name)s,\n\nset your password here, then you are in:\n\n%(url)s\n\n"
            "The link works once, for three days.\n"
        )
        text = body % {"name": user.name, "url": password_url(user)}
    try:
        return bool(send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email or ""]))
    except OSError:
        return False
