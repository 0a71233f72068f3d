"""Why this person, why now: an ask in words. What a buyer shared with one seller is told to nobody else."""

from __future__ import annotations

from textwrap import shorten

from babel.lists import format_list
from django.utils.translation import gettext as _

from rebond.base.dates import show_day
from rebond.base.play import Evidence
from rebond.findings import words
from rebond.refer.known import About
from rebond.refer.models import AskExclusion, AskMoment, AskStatus, ReferralAsk

#: From such a rating of 5 on it is a reason to ask.
RATED_WELL = 4.0


def verb() -> str:
    """What to do."""
    return _("Ask for an introduction")


def why(ask: ReferralAsk, about: About) -> str:
    """Why now, in one half-sentence: the strongest there is."""
    if about.rating is not None and about.rating >= RATED_WELL:
        return _("they rated us %(rating)s of 5") % {"rating": words.decimal(about.rating)}
    if about.named:
        return _("they mentioned %(names)s") % {"names": names(about)}
    if about.poor_fit:
        return _("we did not fit them; whom they know may fit better")
    if about.outside:
        return _("the reason was outside our control")
    return {
        AskMoment.TALK.value: _("while you are talking about the no"),
        AskMoment.WRITTEN.value: _("the debrief has settled, and a no is no reason not to ask"),
    }.get(ask.moment, _("whenever it fits"))


def names(about: About) -> str:
    """ "Rives Logement and Habitat 74"."""
    return str(format_list(list(about.named), locale=words.locale()))


def evidence(ask: ReferralAsk, about: About) -> list[Evidence]:
    """What speaks for asking this person, each with where it comes from; strongest first."""
    found = []
    if about.rating is not None and about.rating >= RATED_WELL:
        found.append(Evidence(_rated(about), _("buyer feedback, %(day)s") % {"day": show_day(about.rated_on)}))
    if about.outside:
        found.append(Evidence(_("The reason was outside our control; nothing to win back yet"), _debrief(about)))
    if about.poor_fit:
        found.append(Evidence(_("We did not fit them; whom they know may fit better"), _debrief(about)))
    if about.named:
        found.append(Evidence(_("Mentioned %(names)s") % {"names": names(about)}, _("their answer, or your notes")))
    if ask.deal is not None:
        found.append(Evidence(ask.deal.name, _("what it was about")))
    return found


def _rated(about: About) -> str:
    rating = words.decimal(about.rating or 0)
    if about.quote:
        said = shorten(about.quote, 140, placeholder="…")
        return _("Rated us %(rating)s of 5: “%(said)s”") % {"rating": rating, "said": said}
    return _("Rated us %(rating)s of 5") % {"rating": rating}


def _debrief(about: About) -> str:
    if about.debriefed_on is None:
        return _("the reason given")
    return _("your debrief, %(day)s") % {"day": show_day(about.debriefed_on)}


def said_no(ask: ReferralAsk) -> str:
    """What they are, and when they said no."""
    title = ask.person.title if ask.person else ""
    event = ask.close_event
    if event is None:
        return title
    said = {"title": title, "day": show_day(event.closed_at or event.recorded_at)}
    return _("%(title)s · said no on %(day)s") % said if title else _("Said no on %(day)s") % said


#: Why somebody is not asked, where it says nothing of what the seller alone knows: their own hesitation, what they
#: wrote in a debrief, what a buyer shared with them.
FOR_ALL = frozenset({
    AskExclusion.NOBODY, AskExclusion.SUPPRESSED, AskExclusion.NOT_MET, AskExclusion.ASKED_LATELY,
    AskExclusion.TWICE_A_YEAR, AskExclusion.DECLINED, AskExclusion.REOPENED, AskExclusion.NO_THANKS_YET,
    AskExclusion.IN_A_PLEA, AskExclusion.ASKED_BY_TALK,
})  # fmt: skip


def because(ask: ReferralAsk, *, own: bool) -> str:
    """Why they were not asked, as its seller reads it (``own``) or everybody else; empty where it is not theirs."""
    return str(AskExclusion(ask.because).label) if ask.because and (own or ask.because in FOR_ALL) else ""


def standing(ask: ReferralAsk, *, own: bool) -> str:
    """Where the ask stands, in one sentence. That a seller passed, and why, is theirs alone (``own``)."""
    who = ask.asked_by.name if ask.asked_by else ""
    if ask.status == AskStatus.ASKED:
        said = {"who": who, "day": show_day(ask.asked_at), "how": _channel(ask.channel)}
        return _("%(who)s asked on %(day)s, %(how)s.") % said if who else _("Asked on %(day)s, %(how)s.") % said
    if ask.status == AskStatus.PASSED and own:
        return _("Not this time: %(why)s.") % {"why": because(ask, own=True)} if ask.because else _("Not this time.")
    if ask.status in (AskStatus.PASSED, AskStatus.EXCLUDED, AskStatus.CANCELLED):
        why = because(ask, own=own)
        return _("Not asked: %(why)s.") % {"why": why} if why else _("Not asked.")
    if ask.message_key:
        return _("The letter is on its way.")
    if ask.due_on and ask.until_on:
        said = {"first": show_day(ask.due_on), "last": show_day(ask.until_on)}
        return _("Planned between %(first)s and %(last)s.") % said
    return ""


def _channel(channel: str) -> str:
    return {
        "call": _("in a call"), "meeting": _("in a meeting"), "email": _("by letter"), "message": _("in a message"),
    }.get(channel, _("in passing"))  # fmt: skip
