"""The purpose ``refer.notice``: one short mail to an advocate when something moved that means something to them.

At most one for each move (its key is the move's), an hour after it, so that a slip that is put right at once is never
told, and of several moves in a row only the last is. Where somebody wrote a thank-you for the move, that is the mail.

It says what became of their introduction in words of its state, and nothing of the deal: no sum, no reason, no name
but the one they gave us. Like the advocate's page it is part of what they agreed to take part in, so it asks for no
basis of its own (GDPR 6(1)(b) and (f); CASL s. 6(6)(d), information about an ongoing relationship); it can be objected
to all the same, and whoever wants no mail about introductions gets none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import ModuleType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.base.blocks import first_name
from rebond.base.dates import local_day, show_day
from rebond.mail.actions import plan_message
from rebond.mail.addresses import fingerprint, usable
from rebond.mail.models import Message, Scope
from rebond.mail.purposes import Letter, Purpose, Verdict, register
from rebond.mail.rights import footer
from rebond.refer import duplicates
from rebond.refer.letters import common
from rebond.refer.models import Mode, Move, Referral, Reward, State, Thanks
from rebond.refer.own_page.links import is_open, link_of

PURPOSE = "refer.notice"
#: From a move to its notice.
PAUSE = timedelta(hours=1)
#: A deal that was opened again comes from one of these.
ENDED = (State.WON, State.LOST, State.REWARD_DUE)
#: What an advocate is told; everything else means nothing to them.
TOLD = (
    State.INTRODUCED, State.QUALIFIED, State.DISQUALIFIED, State.DUPLICATE, State.WON, State.LOST, State.REWARD_DUE,
    State.PAID, State.FORFEITED, State.CLAWED_BACK,
)  # fmt: skip


def after(move: Move, now: datetime) -> Message | None:
    """Plans the one notice of a move, inside the caller's transaction; ``None`` where it says nothing to them."""
    referral = _referral(move.referral_id)
    if move.to_state not in TOLD or not _is_news(move, referral):
        return None
    return _plan(f"{PURPOSE}:{move.pk}", referral, now + PAUSE, now)


def warn(now: datetime) -> int:
    """Tells each advocate once whose reward runs out within two months because they never said where it should go; how
    many are told or were told before. Run twice, it does nothing more."""
    due = Reward.objects.select_related("advocate", "programme").order_by("at", "pk")
    soon = unclaimed().soon(due, now)
    return sum(before_forfeit(reward=reward, now=now) is not None for reward in soon)


def before_forfeit(*, reward: Reward, now: datetime) -> Message | None:
    """Tells an advocate once that a reward waits for them and will be forfeited; the day is in the letter."""
    return _plan(f"{PURPOSE}:soon.{reward.pk}", _referral(reward.referral_id), now, now)


def unclaimed() -> ModuleType:
    """``queries.unclaimed``, loaded where a reward is looked at: it brings bank numbers along."""
    from rebond.refer.queries import unclaimed

    return unclaimed


def _referral(pk: int) -> Referral:
    return Referral.objects.select_related("advocate__person", "company", "owner", "programme").get(pk=pk)


def _is_news(move: Move, referral: Referral) -> bool:
    """Who introduced us themselves knows that they did, and who wants no reward, that they said so."""
    if move.to_state == State.INTRODUCED:
        return referral.mode == Mode.FIRST_CONTACT
    return not (move.to_state == State.FORFEITED and move.reason == "unwanted")


def _plan(key: str, referral: Referral, send_at: datetime, now: datetime) -> Message | None:
    person = referral.advocate.person
    if person is None or not usable(person.email):
        return None
    return plan_message(
        key=key, purpose=PURPOSE, recipient=person.email, recipient_name=person.name, sender=referral.owner,
        language=common.advocate_language(referral.advocate, referral.owner), send_at=send_at, actor=None, now=now,
    )  # fmt: skip


# ---- whose it is


def move_of(message: Message) -> Move | None:
    """The move a notice tells of."""
    number = message.key.rpartition(":")[2]
    return Move.objects.filter(pk=int(number)).first() if number.isdecimal() else None


def reward_of(message: Message) -> Reward | None:
    """The reward that is forfeited soon, for a notice of that."""
    kind, _dot, number = message.key.rpartition(":")[2].partition(".")
    beside = Reward.objects.select_related("programme")
    return beside.filter(pk=int(number)).first() if kind == "soon" and number.isdecimal() else None


def _referral_of(message: Message) -> Referral | None:
    told = move_of(message) or reward_of(message)
    return _referral(told.referral_id) if told is not None else None


# ---- what it says


def write(message: Message, now: datetime) -> Letter:
    """What became of it, the way to their page, and how to hear no more."""
    referral = _referral_of(message)
    if referral is None:
        raise LookupError(f"nothing to tell in {message.key}")
    said = _said(message, referral, now)
    link = link_of(referral.advocate) if is_open(referral.advocate, now) else ""
    ours = footer.who_we_are()[0]
    foot = common.foot(message.recipient, message.language, "", [_because()])
    return Letter(
        subject=said[0], text=f"{_body(said[1], link, message)}\n\n{foot}\n", kept=_body(said[1], "", message),
        from_name=ours, reply_to=footer.answers_to(message), headers=common.headers(message.recipient),
    )  # fmt: skip


def _body(said: str, link: str, message: Message) -> str:
    """Greeting, what happened, their page, who signs."""
    hello = _("Hello %(name)s,") % {"name": first_name(message.recipient_name) or message.recipient_name}
    page = _("Your page shows every introduction of yours, and the terms:") + f"\n{link}" if link else ""
    seller = message.sender.name if message.sender else footer.who_we_are()[0]
    return "\n\n".join(part for part in (hello, said, page, seller) if part)


def _because() -> str:
    return _("You get this note because you introduced somebody to us. There is at most one each time something moves.")


def _said(message: Message, referral: Referral, now: datetime) -> tuple[str, str]:
    """Subject and text, in the language in force."""
    name = common.referred_name(referral) or _("the person you introduced")
    if (reward := reward_of(message)) is not None:
        return _soon({"name": name, "day": show_day(unclaimed().runs_out_on(reward))})
    move = move_of(message)
    state = State(move.to_state) if move else State.INTRODUCED
    words = {"name": name, "day": show_day(local_day(move.at if move else now))}
    if move is not None and state == State.QUALIFIED and move.from_state in ENDED:
        return (
            _("In conversation again with %(name)s") % words,
            _("The conversation with %(name)s goes on again. We tell you when something comes of it.") % words,
        )
    if state == State.DUPLICATE:
        words["because"] = duplicates.words(referral.duplicate_because, for_them=True)
    subject, text = TEXTS[state]
    return str(subject) % words, str(text) % words


def _soon(words: dict[str, str]) -> tuple[str, str]:
    return (
        _("Your reward waits until %(day)s") % words,
        _("Your reward for introducing %(name)s waits for you until %(day)s. After that it is forfeited. Your page "
          "says what we still need of you; it takes a minute.") % words,
    )  # fmt: skip


TEXTS = {
    State.INTRODUCED: (
        gettext_lazy("We wrote to %(name)s"),
        gettext_lazy("We wrote to %(name)s on %(day)s and said that it is you who referred us. It is our only mail to "
                     "them unless they answer. Thank you for the introduction."),
    ),
    State.QUALIFIED: (
        gettext_lazy("In conversation with %(name)s"),
        gettext_lazy("Thanks to you we are in conversation with %(name)s. We tell you when something comes of it."),
    ),
    State.DISQUALIFIED: (
        gettext_lazy("About %(name)s"),
        gettext_lazy("We looked at it closely: we cannot be of use to %(name)s at present, so nothing follows from "
                     "this introduction. It was welcome all the same, and we thank you for thinking of us."),
    ),
    State.DUPLICATE: (
        gettext_lazy("About %(name)s"),
        gettext_lazy("You told us of %(name)s. %(because)s So no reward follows from this introduction. It was "
                     "welcome all the same, and we thank you for thinking of us."),
    ),
    State.WON: (
        gettext_lazy("%(name)s became a customer"),
        gettext_lazy("%(name)s became a customer of ours, thanks to your introduction. Thank you."),
    ),
    State.LOST: (
        gettext_lazy("About %(name)s"),
        gettext_lazy("%(name)s decided otherwise this time. Your introduction was worth a great deal to us all the "
                     "same, and we thank you for it."),
    ),
    State.REWARD_DUE: (
        gettext_lazy("Your reward is due"),
        gettext_lazy("Your reward for introducing %(name)s is due. Your page says whether we still need something of "
                     "you before we can give it."),
    ),
    State.PAID: (
        gettext_lazy("Your reward was given"),
        gettext_lazy("Your reward for introducing %(name)s was given. Thank you once more."),
    ),
    State.FORFEITED: (
        gettext_lazy("About your reward"),
        gettext_lazy("The reward for introducing %(name)s is not given any more, by the terms you agreed to. If you "
                     "think that we are wrong, answer this mail and a person looks at it."),
    ),
    State.CLAWED_BACK: (
        gettext_lazy("About your reward"),
        gettext_lazy("What came of introducing %(name)s did not last, so the reward is taken back, by the terms you "
                     "agreed to. You need not do anything: it is set against your next one."),
    ),
}  # fmt: skip


# ---- what may still stop it


def guard(message: Message, now: datetime) -> Verdict:  # noqa: ARG001
    """Looked at inside the claim: "" to go, a reason never to."""
    referral, move = _referral_of(message), move_of(message)
    if referral is None or referral.state == State.VOID:
        return "void"
    person = referral.advocate.person
    if person is None:
        return "advocate_gone"
    if fingerprint(person.email) != message.fingerprint:
        return "address_changed"
    if move is None:
        return _still_waits(reward_of(message), referral)
    later = Move.objects.filter(referral=referral, number__gt=move.number)
    if later.filter(to_state__in=TOLD).exists():
        return "moved_on"
    return "thanked" if Thanks.objects.filter(move=move).exclude(message_key="").exists() else ""


def _still_waits(reward: Reward | None, referral: Referral) -> str:
    """A warning is needless once the reward is given, or its advocate has said where it should go."""
    if reward is None or referral.state != State.REWARD_DUE:
        return "moved_on"
    return "" if unclaimed().is_unclaimed(referral.advocate, reward.kind) else "claimed"


#: What the guard answers, as screens say it.
REASONS = {
    "claimed": gettext_lazy("they have said since where their reward should go"),
    "void": gettext_lazy("the introduction is void"),
    "advocate_gone": gettext_lazy("nothing is kept any more of the person who introduced"),
    "address_changed": gettext_lazy("their address was changed since it was written"),
    "moved_on": gettext_lazy("something else has happened since, and they are told of that"),
    "thanked": gettext_lazy("somebody thanked them by mail for the same"),
}
NOTICE = Purpose(
    name=PURPOSE, scope=Scope.REFERRAL, write=write, guard=guard, reasons=REASONS,
    title=pgettext_lazy("mail", "What became of an introduction"),
)  # fmt: skip


def register_notice() -> None:
    """Makes notices known to the outbox."""
    register(NOTICE)
