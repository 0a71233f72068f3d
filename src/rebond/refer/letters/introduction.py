"""The purpose ``refer.introduction``: the one first mail to a person we were referred to, naming who referred us.

It meets the strictest law there is for everybody, since a country is not always known:

- Canada, Electronic Commerce Protection Regulations, s. 4 (L22): one message without consent, as a result of a referral
  by somebody who has a relationship with both, with their full name and the words "as a result of the referral". No
  ground of the mail room fits, and none is asked for there: the referral itself is the proof.
- GDPR art. 14 and 21(4) (L23, L14): source, purpose, ground, rights and the right to object stand in this message,
  which is the first; elsewhere than in Canada it rests on a basis of ours (``Use.REFERRAL``), looked at in the claim.
- A reward is disclosed in the same message, in plain words (L24).

Exactly one ever leaves for one address, whoever refers, however often: no second, no reminder. What may still stop it
is looked at in the claim's own transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.accounts.audit import record
from rebond.base.dates import local_day, show_day
from rebond.deals.actions import log_touch, unlog_touch
from rebond.deals.models import Channel, Touch
from rebond.mail.actions import note_told
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Kind, Message, MessageStatus, Received, Scope, Use
from rebond.mail.purposes import Letter, Purpose, Verdict, register
from rebond.mail.queries import basis_for
from rebond.mail.queries.basis import countries_of
from rebond.mail.rights import footer
from rebond.mail.rights.countries import CANADA, code_of
from rebond.refer.duplicates import known_already
from rebond.refer.letters import common
from rebond.refer.models import Mode, Referral, State
from rebond.refer.queries.programme import rules_of, why_closed
from rebond.refer.terms import disclosure

PURPOSE = "refer.introduction"
#: Never left and never will: such a letter is as if it had not been written.
NEVER_LEFT = (MessageStatus.CANCELLED, MessageStatus.SKIPPED, MessageStatus.REJECTED)
#: Has left, or may have, or is on its way to it and was there first.
WAITS = (MessageStatus.PLANNED, MessageStatus.DEFERRED)
SOURCE = "refer"


def referral_of(message: Message) -> Referral | None:
    """The referral a letter belongs to, with both people."""
    beside = ("advocate__person__company", "person__company", "company", "programme", "owner")
    return Referral.objects.select_related(*beside).filter(message_key=message.key).order_by("pk").first()


# ---- what it says


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """The text a person has read, and below it everything the law wants said."""
    referral, seller = referral_of(message), message.sender.name if message.sender else ""
    parts = law(referral, message.language, message.text) if referral else []
    foot = common.foot(message.recipient, message.language, seller, parts)
    return Letter(
        subject=message.subject, text=f"{message.text.rstrip()}\n\n{foot}\n", kept=message.text, from_name=seller,
        reply_to=footer.answers_to(message), headers=common.headers(message.recipient),
    )  # fmt: skip


def law(referral: Referral, language: str, body: str = "") -> list[str]:
    """What has to be said below the text: whose referral, the reward, that it is the only one, and their rights.

    A screen shows it beside the draft, so that a seller knows what else the person reads.
    """
    said = disclosure(referral.programme, language, rules_of(referral.programme))
    with translation.override(language):
        parts = [source_of(referral), "" if _plain(said) in _plain(body) else said]
        parts.append(_("This is the only mail you get from us about it, unless you answer."))
        parts.append(_rights())
    return [part for part in parts if part]


def _plain(text: str) -> str:
    """Without line ends and without spaces that hold words together, which an editor may change."""
    return " ".join(text.split())


def source_of(referral: Referral) -> str:
    """Where we know them from, with the referrer's full name (L22, GDPR 14(2)(f)), in the language in force."""
    person = referral.advocate.person
    named = referral.registered_at or referral.created_at
    words = {
        "advocate": common.advocate_name(referral), "day": show_day(local_day(named)),
        "company": person.company.name if person and person.company else "",
    }  # fmt: skip
    if words["company"]:
        return _("We write to you as a result of the referral of %(advocate)s (%(company)s), who gave us your name and "
                 "how to reach you on %(day)s.") % words  # fmt: skip
    return _("We write to you as a result of the referral of %(advocate)s, who gave us your name and how to reach you "
             "on %(day)s.") % words  # fmt: skip


def _rights() -> str:
    """GDPR art. 14(1) and (2), in one paragraph a person can read."""
    ours = footer.who_we_are()[0] or _("Our company")
    return _(
        "Your data: %(ours)s keeps what we were told of you (your name, how to reach you, where you work and why we "
        "might be of use) to introduce ourselves once. The ground is our legitimate interest in following up a "
        "recommendation. Only our colleagues see it, and whoever runs our mail. We keep it while this "
        "introduction is open and in our records of it, and erase it when you ask. You may ask for a copy, a "
        "correction, a restriction or the erasure of it: an answer to this mail is enough. You may also complain to "
        "your data protection authority."
    ) % {"ours": ours}  # fmt: skip


# ---- what may still stop it


def guard(message: Message, now: datetime) -> Verdict:
    """Looked at inside the claim: "" to go, a reason never to."""
    referral = referral_of(message)
    if referral is None:
        return "not_planned"
    if referral.state != State.AGREED:
        return "not_agreed"
    if fingerprint(common.address_of(referral)) != message.fingerprint:
        return "address_changed"
    if not common.advocate_name(referral):
        return "advocate_gone"
    if written_before(message.fingerprint, message):
        return "written_before"
    return _not_now(referral, message, now)


def _not_now(referral: Referral, message: Message, now: datetime) -> str:
    if known_already(referral, now) is not None:
        return "known_already"
    if programme_closed(referral, now):
        return "programme_closed"
    return "" if founded(referral, message.recipient, now) else "no_basis"


def written_before(mark: str, message: Message | None = None) -> bool:
    """Whether such a letter went to this address, or may have; of two that wait, the one planned first goes."""
    others = Message.objects.filter(purpose=PURPOSE, fingerprint=mark).exclude(status__in=NEVER_LEFT)
    if message is not None:
        others = others.exclude(pk=message.pk).filter(~Q(status__in=WAITS) | Q(pk__lt=message.pk))
    return others.exists()


def programme_closed(referral: Referral, now: datetime) -> bool:
    """A reward stands behind it, and the programme takes nobody new: nothing goes out in its name."""
    return referral.programme is not None and bool(why_closed(local_day(now)))


def founded(referral: Referral, address: str, now: datetime) -> bool:
    """Whether law lets us write: Canada's one message needs no basis, elsewhere one must be in force."""
    return country_of(referral) == CANADA or bool(basis_for([address], Use.REFERRAL, now))


def country_of(referral: Referral) -> str:
    """The referred person's country, by their company or by a record with their address; empty when nobody knows."""
    company = referral.person.company if referral.person and referral.person.company else referral.company
    known = code_of(company.country) if company else ""
    address = common.address_of(referral)
    return known or (countries_of([address]).get(address, "") if address else "")


# ---- what follows


@transaction.atomic
def left(message: Message, now: datetime) -> None:
    """The mail server took it: a contact is logged, and the referral is introduced, with the mail as its evidence."""
    from rebond.refer.actions.moving import move  # which tells letters of its moves

    referral = referral_of(message)
    if referral is None:
        return
    _log(referral, message, "", now)
    note_told(fingerprint=message.fingerprint, use=Use.REFERRAL, now=now)
    if referral.state == State.AGREED:
        move(
            referral=referral, to=State.INTRODUCED, reason=Mode.FIRST_CONTACT.value,
            evidence=f"mail.message:{message.pk}", mode=Mode.FIRST_CONTACT.value, actor=message.sender, now=now,
        )  # fmt: skip
    record(verb="refer.introduction_left", subject=referral, actor=None, at=now, message=message.pk)


def _log(referral: Referral, message: Message, result: str, now: datetime) -> None:
    if referral.person is not None and not _logged(message).exists():
        log_touch(
            deal=None, person=referral.person, channel=Channel.EMAIL, at=min(message.finished_at or now, now),
            result=result, note=message.subject, source=SOURCE, external_id=f"introduction:{message.pk}",
            actor=message.sender, now=now,
        )  # fmt: skip


def _logged(message: Message) -> QuerySet[Touch]:
    return Touch.objects.filter(source=SOURCE, external_id=f"introduction:{message.pk}")


@transaction.atomic
def stopped(message: Message, now: datetime) -> None:
    """It will never be sent: the referral stays agreed, its page says why, and the advocate may introduce instead."""
    if (referral := referral_of(message)) is not None:
        record(verb="refer.introduction_stopped", subject=referral, actor=None, at=now, reason=message.reason[:40])


@transaction.atomic
def answered(message: Message, received: Received, now: datetime) -> None:
    """It came back, or somebody answered: the contact says so, whichever it is meant to be now."""
    referral = referral_of(message)
    if referral is None:
        return
    came_back = received.meant in (Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT, Kind.BOUNCE_POLICY)
    for touch in _logged(message):
        if came_back != (touch.result == "bounced"):
            unlog_touch(touch=touch, actor=None, now=now)
            _log(referral, message, "bounced" if came_back else "", now)
    record(verb="refer.introduction_answered", subject=referral, actor=None, at=now, kind=received.meant)


#: What the guard answers, as screens say it.
REASONS = {
    "not_planned": gettext_lazy("the introduction was taken back"),
    "not_agreed": gettext_lazy("the introduction does not wait for a mail any more"),
    "introduced": gettext_lazy("they were introduced in another way"),
    "address_changed": gettext_lazy("their address was changed since it was written"),
    "advocate_gone": gettext_lazy("nothing is kept any more of the person who introduced"),
    "written_before": gettext_lazy("this address has had its one first mail already"),
    "known_already": gettext_lazy("they are known to us already"),
    "programme_closed": gettext_lazy("the referral programme is closed"),
}
INTRODUCTION = Purpose(
    name=PURPOSE, scope=Scope.REFERRAL, write=write, guard=guard, accepted=left, stopped=stopped, answered=answered,
    title=pgettext_lazy("mail", "First mail to somebody who was introduced"), reasons=REASONS,
)  # fmt: skip


def register_introduction() -> None:
    """Makes first mails known to the outbox."""
    register(INTRODUCTION)
