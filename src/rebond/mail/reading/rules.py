"""Why a mail was understood the way it was: a sentence for each code. A code may carry more after a colon."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    "arf": _("A mailbox provider passed on a complaint (the standard form for it)."),
    "arf_other": _("A mailbox provider sent a report that is no complaint."),
    "dsn": _("A mail server reported in the standard form: code %(detail)s."),
    "dsn_delivered": _("A mail server reported that our mail arrived."),
    "bounce_text": _("A mail server wrote that it could not deliver: code %(detail)s."),
    "bounce_words": _("A mail server wrote that it could not deliver, without a code."),
    "receipt": _("A program says that the mail was displayed or deleted. That is no evidence of interest."),
    "calendar": _("A calendar answered an invitation."),
    "auto_submitted": _("The mail says of itself that a program sent it."),
    "auto_header": _("A header says that a program sent it: %(detail)s."),
    "null_sender": _("It came without a return address, as only programs send."),
    "list": _("It went to a mailing list or to many people at once."),
    "no_reply": _("It came from an address that takes no answers."),
    "challenge": _("A filter asks for a confirmation before it lets mail through."),
    "ticket": _("A help desk confirms that it received something."),
    "subject_words": _("The subject says that the person is away."),
    "body_words": _("The text says that the person is away, in the words of an automatic answer."),
    "body_date": _("A program sent it, and it names the day on which the person is back."),
    "left_words": _("The text says that the person no longer works there."),
    "stop_words": _("The person wrote that they want no more mail."),
    "stop_subject": _("The subject asks us to stop."),
    "person": _("Nothing points to a program: a person wrote it."),
    "nothing": _("It has no readable sender and no readable text."),
}


def sentence(rule: str) -> str:
    """The code of a reading in words, in the language in force; the code itself when nobody named it.

    >>> sentence("dsn:5.1.1")
    'A mail server reported in the standard form: code 5.1.1.'
    """
    code, _colon, detail = rule.partition(":")
    found = SENTENCES.get(code)
    return rule if found is None else str(found) % {"detail": detail}
