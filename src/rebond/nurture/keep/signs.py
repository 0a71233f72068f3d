"""What stands beside a sign of readiness: all they wrote, the note they answer, the no it follows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.play import Evidence
from rebond.mail.models import Received
from rebond.mail.queries.inbox import may_read
from rebond.nurture.access import enrolments_for
from rebond.nurture.keep.words import bare, signal_evidence
from rebond.nurture.library.reasons import label
from rebond.nurture.models import Enrolment, Signal, SignalKind, Step

#: Longer mails are read on the person's page.
AT_MOST = 1200


def whole_words(user: User, signal: Signal) -> str:
    """Everything they wrote, where a mail is the sign and ``user`` may read it; the evidence itself where they said it
    elsewhere."""
    kind, _colon, pk = signal.ref.partition(":")
    if kind == "received" and pk.isdigit():
        received = Received.objects.select_related("mailbox").filter(pk=int(pk)).first()
        if received is not None and received.text and may_read(user, received):
            return received.text[:AT_MOST]
    told = signal.kind in (SignalKind.STAGE, SignalKind.SUCCESSOR)
    return "" if told else bare(signal.words)


def beside_of(user: User, signal: Signal) -> tuple[Evidence, ...]:
    """The sign itself where it is nobody's words, our last note and its piece, the no, who follows them."""
    one = enrolments_for(user).filter(person=signal.person).order_by("-pk").first()
    said = [] if whole_words(user, signal) else [signal_evidence(signal)]
    return (*said, *(_note(one) if one else ()), *(_no(one) if one else ()))


def _note(one: Enrolment) -> tuple[Evidence, ...]:
    last = Step.objects.filter(enrolment=one, piece__isnull=False, done_at__isnull=False).select_related("piece")
    found = last.order_by("-done_at").first()
    if found is None or found.piece is None or found.done_at is None:
        return ()
    return (Evidence(_("They have “%(piece)s” from you") % {"piece": found.piece.title}, show_day(found.done_at)),)


def _no(one: Enrolment) -> tuple[Evidence, ...]:
    event = one.close_event
    if event is None or event.closed_at is None or one.deal is None:
        return ()
    words = {"deal": one.deal.name, "reason": label(one.reason)}
    text = _("Said no to %(deal)s: %(reason)s") if one.reason else _("Said no to %(deal)s")
    return (Evidence(text % words, show_day(event.closed_at)),)
