"""Contests of the demo company where the demo itself has none: looked at, voted on, counted, called off."""

from __future__ import annotations

from tests.browser.product import Product

#: Prints the pages of the month for Nadia, who organises and scores, and for Camille, who is on the roll.
_MONTHS = """
from datetime import date, timedelta
from django.utils import timezone
from rebond.accounts.models import User
from rebond.celebrate.actions import contests, nominating, voting
from rebond.celebrate.models import Consent, Contest, Nomination, Recording, Voice
from rebond.celebrate.queries.contests import shortlist
now = timezone.now()
people = {one.name: one for one in User.objects.filter(is_active=True)}
nadia, paul, camille = people["Nadia Belkacem"], people["Paul Okafor"], people["Camille Aubry"]
sellers = [one for one in User.objects.filter(team=nadia.team, role="seller").order_by("pk")]

def call(owner, number):
    made = Recording.objects.create(
        title=f"A call, {number}", owner=owner, team=owner.team, status="ready", stored="0" * 32, kind="wav",
        duration_ms=180_000, made_at=now, ready_at=now,
    )
    for voice in (Voice(recording=made, user=owner), Voice(recording=made, name="A buyer")):
        voice.save()
        Consent.objects.create(voice=voice, purpose="contest", proof="by word", given_on=now.date(), at=now)
    return made

def month(number, calls, until):
    first = date(2020, number, 1)
    found = Contest.objects.filter(month=first, team=nadia.team).first()
    if found is not None:
        return found
    one = contests.new_contest(month=first, team=nadia.team, reviewers=[nadia, paul], actor=nadia, now=now)
    if until == "draft":
        return one
    one = contests.open_nominations(contest=one, closes_at=now + timedelta(days=9), actor=nadia, now=now)
    for place in range(calls):
        owner = sellers[place % len(sellers)]
        nominating.nominate(contest=one, recording=call(owner, place + 1), title=f"The quiet question, {place + 1}",
                            lesson="Ask, then wait.", situation="they say it is too dear", actor=owner, now=now)
    one = contests.close_nominations(contest=one, actor=nadia, now=now)
    if until == "review":
        return one
    for named in one.nominations.order_by("pk"):
        for reviewer in (nadia, paul):
            marks = {line["code"]: 4 for line in one.rubric}
            nominating.score(nomination=named, marks=marks, actor=reviewer, now=now)
    one = contests.make_shortlist(contest=one, wanted=calls, actor=nadia, now=now)
    one = contests.open_voting(contest=one, actor=nadia, now=now)
    if until == "voting":
        return one
    for voter in one.voters.select_related("user"):
        others = [named for named in shortlist(one) if named.nominee_id != voter.user_id]
        for named in others:
            voting.hear(nomination=named, stretches=[(0, 180_000)], actor=voter.user, now=now)
        voting.vote(contest=one, choices=[named.pk for named in others], actor=voter.user, now=now)
    one = contests.close_voting(contest=one, actor=nadia, now=now)
    return one if until == "closed" else contests.announce(contest=one, actor=nadia, now=now)

draft, review = month(1, 0, "draft"), month(2, 3, "review")
ticks, ranks = month(3, 3, "voting"), month(4, 4, "voting")
closed, told = month(5, 3, "closed"), month(6, 4, "announced")
named, scored = review.nominations.order_by("pk").first(), told.nominations.order_by("pk").first()
lead = [f"/contest/{one.pk}" for one in (draft, review, ranks, closed, told)]
lead += [f"/contest/{closed.pk}/audit", f"/contest/{told.pk}/audit", f"/contest/nominations/{named.pk}/review"]
lead += [f"/contest/nominations/{named.pk}/score", f"/contest/nominations/{scored.pk}/score", "/contest/new"]
print("LEAD", *lead)
going = Contest.objects.filter(state="nominations").order_by("pk").first()
own = [f"/contest/{one.pk}" for one in (review, ticks, told)] + [f"/contest/{one.pk}/vote" for one in (ticks, ranks)]
print("OWN", "/contest", *own, *([f"/contest/{going.pk}/nominate"] if going else []))
"""


def _paths(product: Product, whose: str) -> list[str]:
    done = product.rebond("manage", "shell", "-c", _MONTHS)
    assert done.returncode == 0, done.stderr
    return next(line.split()[1:] for line in done.stdout.splitlines() if line.startswith(f"{whose} "))


def of_an_organiser(product: Product) -> list[str]:
    """A month in each state as who looks after it sees it, and the pages of its calls."""
    return _paths(product, "LEAD")


def of_a_voter(product: Product) -> list[str]:
    """The same as somebody on the roll sees it: ticks, places, the result."""
    return _paths(product, "OWN")
