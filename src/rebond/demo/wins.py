"""Wins of the last weeks in the demo company: praise, preferences, cheers, lessons, small rewards, two contests.

What was won is written as rows, since imports never ring; what people said and gave went through the same actions as in
real life, at the moments it would have happened. One recording is a few seconds of tone, made here.
"""

from __future__ import annotations

import math
import random
import struct
import wave
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.periods import months_before
from rebond.celebrate.actions import contests, rewards
from rebond.celebrate.actions.consents import give_consent
from rebond.celebrate.actions.lessons import cheer_lesson, keep_lesson
from rebond.celebrate.actions.nominating import nominate, score
from rebond.celebrate.actions.preferences import say
from rebond.celebrate.actions.recordings import sound_removed
from rebond.celebrate.actions.voting import vote
from rebond.celebrate.contest.rules import RUBRIC
from rebond.celebrate.milestones import milestones_of
from rebond.celebrate.models import (
    Cheer,
    Contest,
    Incentive,
    Listening,
    Mark,
    Nomination,
    Praise,
    PraiseForm,
    PraiseStatus,
    Recording,
    RecordingStatus,
    Voter,
    Win,
)
from rebond.celebrate.sound import folder
from rebond.celebrate.sound.opening import hear
from rebond.deals.models import CloseEvent, Outcome

Staff = Mapping[str, User]
BACK, HERE_SINCE = timedelta(days=60), timedelta(days=3 * 365)
LEADS = {"North": "Nadia Belkacem", "South": "Paul Okafor"}
#: Visibility, amount shown, form of praise, what they would like, whether who leads may see that.
WISHES = {
    "Inès Ferrand": ("team", False, PraiseForm.PRIVATE, ("learning", "time_off"), True),
    "Olivier Petit": ("leader", False, PraiseForm.SPOKEN, ("none",), True),
    "Yanis Benkirane": ("everyone", True, PraiseForm.PUBLIC, ("team_activity", "gift"), True),
    "Aïcha Diallo": ("everyone", False, PraiseForm.GROUP, ("donation",), False),
}
CHEERS = ("Well deserved", "", "Bravo, quelle patience", "", "I learnt from this one", "")
DID = (
    "You named the price first and then said nothing for four seconds.",
    "Vous avez rappelé le jour où vous l’aviez dit, ni avant ni après.",
    "You asked who else would sign, in the first call.",
)
LESSONS = (
    ("Inès Ferrand", "they say it is too dear", "Compared with what?",
     "I stopped defending the price and asked what they compared it with. It was another scope. We took two "
     "visits out, and the price was no subject any more.", False),
    ("Camille Aubry", "no answer after the quote", "Ring when you said you would",
     "I had promised to ring on Thursday and wrote a mail instead. They had waited for the call, and signed with who "
     "rang. A date we name ourselves is the one we keep.", True),
    ("Thomas Girard", "celui qui décide n’était pas là", "Demander qui signe, dès le premier appel",
     "« Qui d’autre lira ce devis ? » Depuis que je le demande au début, je ne recommence plus ma démonstration.",
     True),
)  # fmt: skip
TREATS = (
    ("time_off", "A free Friday afternoon", 0), ("learning", "A book of their choice", 2_500),
    ("gift", "Lunch for two", 4_000), ("donation", "To an association they name", 3_000),
    ("team_activity", "An evening out with the team", 12_000),
)  # fmt: skip
BUDGET = 30_000
#: Whose call, its title, what can be learnt, where it helps, the marks of its two reviewers.
LAST_MONTH = (
    ("Inès Ferrand", "A no that ended with two names", "She thanked him for the no, and only then asked whom he knew.",
     "after a no, to part well", (5, 4)),
    ("Camille Aubry", "Four seconds of silence", "After the price nobody speaks. He filled the silence himself.",
     "they say it is too dear", (4, 4)),
    ("Aïcha Diallo", "Their words, not ours", "She wrote the buyer’s own sentence on the first page of the quote.",
     "they did not see the use of it", (4, 3)),
)  # fmt: skip
#: Who approved of which of them.
BALLOTS = {"Nadia Belkacem": (0, 2), "Yanis Benkirane": (0,), "Alix Renaud": (0, 1), "Camille Aubry": (2,)}
TONE_MS, RATE = 6_000, 8_000


def let_wins_be_heard(*, staff: Staff, now: datetime) -> None:
    """Less than a second: sixty days of wins, and what colleagues made of them."""
    rng = random.Random(now.date().toordinal())  # noqa: S311 (invented data)
    User.objects.filter(pk__in=[user.pk for user in staff.values()]).update(joined_at=now - HERE_SINCE)
    _wishes(staff, now)
    wins = _wins(now)
    _cheers(rng, wins, staff)
    _praise(wins, staff, now)
    call = _recorded(rng, staff["Camille Aubry"], now)
    _lessons(call, staff, now)
    _rewards(wins, staff, now)
    _last_month(rng, staff, now)
    _this_month(rng, call, staff, now)


def _wishes(staff: Staff, now: datetime) -> None:
    for name, (visibility, amount, form, incentives, seen) in WISHES.items():
        say(
            user=staff[name], visibility=visibility, show_name=True, show_amount=amount, show_customer=True, form=form,
            incentives=incentives, leader_may_see=seen, actor=staff[name], now=now - BACK,
        )  # fmt: skip


def _wins(now: datetime) -> list[Win]:
    """One for each deal that was won lately and stands, as if it had rung then."""
    lately = CloseEvent.objects.filter(outcome=Outcome.WON, reopening=None, win=None, closed_at__gt=now - BACK)
    owned = lately.exclude(deal__owner=None).select_related("deal__owner").order_by("closed_at", "pk")
    made = [
        Win(deal=event.deal, close_event=event, owner=event.deal.owner, team_id=event.deal.team_id,
            milestones=milestones_of(event), at=event.closed_at or now, rung_at=event.closed_at)
        for event in owned
    ]  # fmt: skip
    return Win.objects.bulk_create(made)


def _cheers(rng: random.Random, wins: Sequence[Win], staff: Staff) -> None:
    said = []
    for win in wins:
        team = [user for user in staff.values() if user.team_id == win.team_id and user.pk != win.owner_id]
        for user in rng.sample(team, rng.choice((0, 1, 1, 2))):
            said.append(Cheer(win=win, by=user, words=rng.choice(CHEERS), at=win.at + timedelta(hours=2)))
    Cheer.objects.bulk_create(said)


def _praise(wins: Sequence[Win], staff: Staff, now: datetime) -> None:
    """Said for most, in the form each wants; the newest of each team still waits, and one was left unsaid."""
    wishes = {staff[name].pk: wish[2] for name, wish in WISHES.items()}
    leads = {staff[name].team_id: staff[name] for name in LEADS.values()}
    newest = {win.team_id: win.pk for win in wins}
    rows = []
    for number, win in enumerate(wins):
        at, did = win.at + timedelta(hours=20), DID[number % len(DID)]
        row = Praise(win=win, leader=leads[win.team_id], due_on=local_day(at), made_at=win.at)
        if win.pk == newest[win.team_id]:
            row.due_on = local_day(now)
        elif number % 5 == 3:
            row.status, row.because = PraiseStatus.LEFT, "Already said over lunch"
        else:
            row.status, row.did, row.sent_at = PraiseStatus.SENT, did, min(at, now)
            row.form, row.text = wishes.get(win.owner_id or 0, PraiseForm.PRIVATE), did
        rows.append(row)
    Praise.objects.bulk_create(rows)


def tone(ms: int = TONE_MS) -> bytes:
    """A few seconds of sound in the rhythm of two people who talk by turns; WAV, mono."""
    frames = bytearray()
    for at in range(ms * RATE // 1000):
        second = at / RATE
        turn, syllable = int(second / 1.5) % 2, max(math.sin(2 * math.pi * 3.1 * second), 0.0)
        pitch = 190.0 if turn else 130.0
        loud = 0.55 * syllable * (0.6 if int(second * 2) % 5 == 4 else 1.0)
        frames += struct.pack("<h", int(32_000 * loud * math.sin(2 * math.pi * pitch * second)))
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(frames))
    return made.getvalue()


def _call(rng: random.Random, owner: User, title: str, situation: str, at: datetime) -> Recording:
    """A recording in which its seller and a buyer are heard, who agreed to everything."""
    call = Recording.objects.create(
        title=title, situation=situation, owner=owner, team=owner.team, status=RecordingStatus.READY, kind="wav",
        file_name="call.wav", stored=f"{rng.getrandbits(128):032x}", duration_ms=TONE_MS, called_on=local_day(at),
        made_at=at, ready_at=at, keep_until=local_day(at + timedelta(days=180)),
    )  # fmt: skip
    for voice in (call.voices.create(user=owner), call.voices.create(name="Claire Dubois")):
        for purpose in ("coaching", "contest", "library"):
            give_consent(
                voice=voice, purpose=purpose, proof="Agreed by mail before the call", given_on=local_day(at),
                actor=owner, now=at,
            )  # fmt: skip
    return call


def _recorded(rng: random.Random, owner: User, now: datetime) -> Recording:
    """The one whose sound is here."""
    call = _call(rng, owner, "Second call, after the quote", "they say it is too dear", now - timedelta(days=4))
    content = tone()
    folder.drop(call.stored)
    folder.append(call.stored, 0, content)
    heard = hear(folder.path_of(call.stored))
    call.size = call.received = len(content)
    call.sha256, call.duration_ms, call.peaks = heard.sha256, heard.duration_ms, heard.peaks
    call.save()
    return call


def _lessons(call: Recording, staff: Staff, now: datetime) -> None:
    made = []
    for number, (name, situation, title, text, lost) in enumerate(LESSONS):
        at, author = now - timedelta(days=40 - 9 * number), staff[name]
        made.append(keep_lesson(title=title, text=text, situation=situation, author=author, from_loss=lost,
                                actor=author, now=at))  # fmt: skip
    clip = Mark.objects.create(recording=call, by=call.owner, at_ms=1_500, until_ms=4_500, made_at=call.made_at)
    keep_lesson(
        title="Say the price, then nothing", situation="they say it is too dear", recording=call, clip=clip,
        text="Three seconds feel like an hour. He used them to explain to himself why it was worth it.",
        author=call.owner, from_loss=False, for_everybody=True, actor=call.owner, now=now - timedelta(days=3),
    )  # fmt: skip
    for lesson, name, words in ((made[0], "Camille Aubry", "It worked on Monday"), (made[1], "Nadia Belkacem", ""),
                                (made[1], "Thomas Girard", "Merci, je le ferai")):  # fmt: skip
        cheer_lesson(lesson=lesson, words=words, actor=staff[name], now=now - timedelta(days=2))


def _rewards(wins: Sequence[Win], staff: Staff, now: datetime) -> None:
    """A catalogue, a budget for each team, and two small things given, each for a win and as they like it."""
    alix, nadia, ines = staff["Alix Renaud"], staff["Nadia Belkacem"], staff["Inès Ferrand"]
    treats = {
        kind: rewards.add_treat(kind=kind, label=label, amount_minor=minor, currency="EUR", actor=alix, now=now - BACK)
        for kind, label, minor in TREATS
    }
    for name in LEADS.values():
        rewards.set_budget(
            team=staff[name].team, quarter=local_day(now), amount_minor=BUDGET, currency="EUR", actor=alix, now=now
        )
    won = next((win for win in wins if win.owner_id == ines.pk), None)
    given = rewards.give(
        treat=treats[Incentive.LEARNING], user=ines, win=won, why="Held the line on scope, kindly", actor=nadia, now=now
    )
    rewards.hand(given=given, actor=nadia, now=now)
    rewards.give(
        treat=treats[Incentive.TIME_OFF], user=staff["Camille Aubry"], why="Took over Thomas’s calls while he was ill",
        actor=nadia, now=now,
    )  # fmt: skip


def _last_month(rng: random.Random, staff: Staff, now: datetime) -> None:
    """Announced; its sound is gone since, and the lessons stay."""
    month = months_before(local_day(now), 1)
    began = now - (local_day(now) - month)
    alix, scorers = staff["Alix Renaud"], [staff[name] for name in LEADS.values()]

    def day(number: int) -> datetime:
        return began + timedelta(days=number)

    contest = contests.new_contest(month=month, team=None, reviewers=scorers, actor=alix, now=day(0))
    contest = contests.open_nominations(contest=contest, closes_at=day(14), actor=alix, now=day(1))
    calls = [_named(rng, contest, *said[:4], staff=staff, at=day(5)) for said in LAST_MONTH]
    contest = contests.close_nominations(contest=contest, actor=alix, now=day(14))
    for call, said in zip(calls, LAST_MONTH, strict=True):
        for scorer, mark in zip(scorers, said[4], strict=True):
            score(nomination=call, marks={one["code"]: mark for one in RUBRIC}, actor=scorer, now=day(16))
    contest = contests.make_shortlist(contest=contest, wanted=3, actor=alix, now=day(17))
    contest = contests.open_voting(contest=contest, closes_at=day(24), actor=alix, now=day(17))
    _vote(contest, calls, staff, day(20))
    contest = contests.close_voting(contest=contest, actor=alix, now=day(24))
    contests.announce(contest=contest, actor=alix, now=day(25))
    for call in calls:
        sound_removed(recording=call.recording, because="asked", actor=alix, now=day(26))


def _named(
    rng: random.Random, contest: Contest, name: str, title: str, lesson: str, situation: str, *, staff: Staff,
    at: datetime,
) -> Nomination:  # fmt: skip
    call = _call(rng, staff[name], title, situation, at)
    return nominate(
        contest=contest, recording=call, title=title, lesson=lesson, situation=situation, actor=staff[name], now=at
    )


def _vote(contest: Contest, calls: Sequence[Nomination], staff: Staff, at: datetime) -> None:
    """Each heard all of them, and voted."""
    whole = [[0, TONE_MS]]
    Listening.objects.bulk_create(
        Listening(voter=voter, nomination=call, spans=whole, heard_ms=TONE_MS, at=at)
        for voter in Voter.objects.filter(contest=contest).order_by("pk") for call in calls
    )  # fmt: skip
    for name, chosen in BALLOTS.items():
        vote(contest=contest, choices=[calls[place].pk for place in chosen], actor=staff[name], now=at)


def _this_month(rng: random.Random, call: Recording, staff: Staff, now: datetime) -> None:
    """Calls are being named: Camille's own, and Thomas's by Nadia, which waits for his word."""
    nadia, scorers = staff["Nadia Belkacem"], [staff[name] for name in LEADS.values()]
    began = now - timedelta(days=3)
    contest = contests.new_contest(
        month=local_day(now), team=None, reviewers=scorers, actor=staff["Alix Renaud"], now=began
    )
    contest = contests.open_nominations(contest=contest, closes_at=now + timedelta(days=11), actor=nadia, now=began)
    nominate(
        contest=contest, recording=call, title="Say the price, then nothing", situation=call.situation,
        lesson="Three seconds feel like an hour, and do the work.", stretch=(1_500, 4_500), actor=call.owner,
        now=now - timedelta(days=2),
    )  # fmt: skip
    thomas, heard_on = staff["Thomas Girard"], now - timedelta(days=6)
    other = _call(rng, thomas, "Un refus, et une porte ouverte", "after a no, to part well", heard_on)
    nominate(
        contest=contest, recording=other, title=other.title, situation=other.situation,
        lesson="Il remercie, demande quand rappeler, et raccroche.", actor=nadia, now=now - timedelta(days=1),
    )  # fmt: skip
