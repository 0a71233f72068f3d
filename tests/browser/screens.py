"""Every screen of the product, as an administrator of the demo company reaches it."""

from __future__ import annotations

from tests.browser.conftest import Visit
from tests.browser.product import Product

#: What a manager sees otherwise than a seller or an administrator: other people's, and what stands above theirs.
OF_A_MANAGER = (
    "/today",
    "/keep",
    "/keep?show=paused",
    "/keep/noes",
    "/keep/rules/price",
    "/inbox",
    "/silence",
    "/interest",
    "/time",
    "/time/assumptions",
    "/long",
    "/advocates",
    "/advocates/programme",
    "/advocates/rewards",
    "/goals",
    "/cheatsheet",
    "/today/right",
    "/wins",
    "/wins/ring",
    "/calls",
    "/calls/lessons",
    "/calls/hall",
    "/wins/rewards",
    "/wins/rewards/give",
    "/channels",
    "/channels/new",
    "/praise",
    "/wins/praise",
    "/wins/mine",
    "/wins/walls",
    "/wins/walls?code=CDF347",
)
#: What of Value of time and of the long view comes by itself, and stands as a page of its own without a script.
BLOCKS = (
    *(f"/time/block/{name}" for name in ("ratio", "corrected", "tiles", "lede", "changes", "kinds", "next")),
    *(f"/time/block/{name}" for name in ("conversations", "move", "groups")),
    *(f"/long/block/{name}" for name in ("side-by-side", "goal", "chance", "real", "cycle", "touches", "marks")),
    "/advocates/funnel",
)
#: Prints the token of somebody who said no and hears from Camille.
_A_TOKEN = """
from rebond.mail.rights.tokens import token_for
from rebond.nurture.models import Enrolment
print("TOKEN", token_for(Enrolment.objects.exclude(person__email="").order_by("pk")[0].person.email))
"""
#: Prints the address of an advocate's page; of the first person, where nobody is one yet.
_A_PAGE = """
from django.utils import timezone
from rebond.deals.models import Person
from rebond.refer.actions.advocates import advocate_of, new_link
from rebond.refer.models import Advocate
now = timezone.now()
introducing = Advocate.objects.exclude(person=None).exclude(referrals=None).order_by("pk").first()
first = introducing or advocate_of(person=Person.objects.order_by("pk")[0], owner=None, actor=None, now=now)
print("LINK", new_link(advocate=first, actor=None, now=now))
"""
#: Prints the pages of an advocate of Camille's and of introductions, one per state; makes a first where there is none.
_INTRODUCTIONS = """
from django.utils import timezone
from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.refer.actions.advocates import advocate_of
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Referral
now, camille = timezone.now(), User.objects.get(email="camille@rebond.example")
mine = Referral.objects.filter(owner=camille).exclude(advocate__person=None)
if not mine.exists():
    person = Person.objects.exclude(email="").filter(deal_people__deal__owner=camille).order_by("pk")[0]
    who = advocate_of(person=person, owner=camille, actor=None, now=now)
    named = Named("Ilse Aerts", company_name="Aerts & Zonen", email="ilse@aerts.example")
    name_someone(advocate=who, named=named, actor=camille, now=now)
first = {one.state: one for one in mine.order_by("-pk")}
print("PATHS", *(f"/advocates/referrals/{one.pk}" for one in first.values()))
print("ADVOCATE", f"/advocates/people/{next(iter(first.values())).advocate_id}")
print("AGREED", *(f"/advocates/referrals/{one.pk}" for one in first.values() if one.state == "agreed"))
"""
#: Prints the pages of two chat channels of Nadia's, one with a message in each state; made where there are none.
_CHANNELS = """
from datetime import timedelta
from django.utils import timezone
from rebond.accounts.models import User
from rebond.channels.models import ChatChannel, Delivery, DeliveryStatus
now, nadia = timezone.now(), User.objects.get(email="nadia@rebond.example")
def channel(name, **more):
    known = {"kind": "slack", "secret": "", "is_on": False, "made_at": now, "made_by": nadia, **more}
    return ChatChannel.objects.get_or_create(name=name, team=nadia.team, defaults=known)[0]
told, ended = channel("#wins"), channel("#before", kind="discord", is_digest=True, ended_at=now)
for number, status in enumerate(DeliveryStatus.values):
    more = {"reason": "wish_changed"} if status == "skipped" else {}
    more |= {"answer": "404 no_service"} if status == "rejected" else {}
    Delivery.objects.get_or_create(key=f"browser:{status}", defaults={
        "channel": told, "purpose": "celebrate.bell", "subject": f"celebrate.win:{number + 1}", "status": status,
        "attempts": 2, "planned_at": now, "send_at": now + timedelta(days=9), "finished_at": now, **more})
print("CHANNELS", f"/channels/{told.pk}", f"/channels/{ended.pk}")
"""
#: Prints where Nadia writes about a win, one of each form of praise, and one that is said; made where there are none.
_PRAISE = """
from django.utils import timezone
from rebond.accounts.models import User
from rebond.celebrate.models import Praise, PraiseForm, Preference, Win
from rebond.deals.models import CloseEvent
now, nadia = timezone.now(), User.objects.get(email="nadia@rebond.example")
won = CloseEvent.objects.filter(outcome="won", deal__team=nadia.team, deal__wins=None).exclude(deal__owner=nadia)
users = User.objects.filter(team=nadia.team, role="seller").order_by("pk")
for form, user, event in zip(("public", "spoken", "private", "said"), users, won.order_by("pk")):
    if not Praise.objects.filter(because=f"browser:{form}").exists():
        win = Win.objects.create(deal=event.deal, close_event=event, owner=user, team=nadia.team, at=now, rung_at=now)
        said = {"status": "sent", "form": "private", "did": "asked why", "text": "You asked why.", "sent_at": now}
        Praise.objects.create(win=win, leader=nadia, due_on=now.date(), made_at=now, because=f"browser:{form}",
                              **(said if form == "said" else {}))
        if form in PraiseForm.values:
            Preference.objects.update_or_create(user=user, defaults={"form": form, "said_at": now})
made = Praise.objects.filter(because__startswith="browser:").order_by("pk")
print("PRAISE", *(f"/wins/{one.win_id}/praise" for one in made))
"""
#: Prints the pages of recorded calls: one that is ready, one that is half here; makes them where there are none.
_CALLS = """
import io, math, struct, wave
from django.utils import timezone
from rebond.accounts.models import User
from rebond.celebrate.actions.consents import give_consent, name_voice
from rebond.celebrate.actions.marks import add_mark
from rebond.celebrate.actions.recordings import receive_all, start_upload
from rebond.celebrate.models import Recording
from rebond.celebrate.work.sound import prepare
now, camille = timezone.now(), User.objects.get(email="camille@rebond.example")
mine = Recording.objects.filter(owner=camille, title="She asks for the price first").order_by("pk")
if not mine.exists():
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1); made.setsampwidth(2); made.setframerate(8000)
        made.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(n / 9))) for n in range(240000)))
    whole = file.getvalue()
    said = dict(title="She asks for the price first", file_name="call.wav", actor=camille, now=now)
    call = start_upload(size=len(whole), situation="price before value", **said)
    name_voice(recording=call, name="Paul Duret", actor=camille, now=now)
    for voice in call.voices.all():
        give_consent(voice=voice, purpose="coaching", proof="Mail", given_on=now.date(), actor=camille, now=now)
    receive_all(recording=call, pieces=[whole], actor=camille, now=now)
    prepare.func(call.pk)
    call.refresh_from_db()
    add_mark(recording=call, at_ms=5000, text="She answers herself", actor=camille, now=now)
    add_mark(recording=call, at_ms=9000, until_ms=15000, text="The turn", actor=camille, now=now)
    half = start_upload(size=len(whole) * 2, **said)
    receive_all(recording=half, pieces=[whole], actor=camille, now=now)
print("CALLS", *(f"/calls/{one.pk}" for one in mine))
"""
#: Addresses that need no record.
FIXED = (
    "/calls", "/calls/new",
    "/today", "/debriefs", "/actions", "/deals", "/deals?q=nothing-is-called-this", "/deals?outcome=lost", "/deals/new",
    "/people", "/people/new", "/companies", "/companies/new", "/search?q=valmy", "/search?q=zzzz", "/stages",
    "/imports", "/imports/new", "/team", "/team/invite", "/outbox", "/settings", "/more", "/audit", "/reasons/phrases",
    "/reveals", "/actions/new", "/tests", "/tests/new", "/patterns/digest", "/patterns/voices",
    "/patterns/deals?what=losses", "/reasons?code=timing", "/reasons?code=new", "/feedback", "/feedback/programme",
    "/feedback/answers",
    "/keep", "/keep?show=paused", "/keep?show=ended", "/keep/noes", "/keep/rules", "/keep/rules/price", "/keep/away",
    "/library", "/library/new", "/library/gaps", "/library/templates", "/library/templates/check_in/fr",
    "/mailboxes", "/mailboxes/mine", "/inbox", "/silence", "/interest",
    "/time", "/time?whose=all", "/time/assumptions", "/time/assumptions?team=all", "/time/deals?what=sales",
    "/wins/walls",
    "/today/right", "/today/right?show=1", "/long", "/long?what=rate", "/long?what=money", "/goals", "/cheatsheet",
    "/advocates", "/advocates?show=introductions", "/advocates?show=introductions&state=lapsed",
    "/advocates?show=advocates", "/advocates/programme", "/advocates/rewards",
    "/channels", "/channels/new", "/praise", "/wins/praise", "/wins/mine",
    "/wins", "/contest", "/contest/new",
    "/calls/lessons", "/calls/lessons?q=dear", "/calls/lessons?q=zzzz", "/calls/lessons/new?from=loss", "/calls/hall",
    "/wins/rewards", "/wins/rewards/treats", "/wins/rewards/budget", "/wins/rewards/give",
    "/account/password/change/", "/account/2fa/", "/deals/999999",
)  # fmt: skip


def of_one_record(visit: Visit) -> list[str]:
    """Addresses of one deal of each kind, a person, a company, a colleague, a question, an answer, a mail."""
    still_open = visit.first_link("/deals?outcome=open", "/deals")
    closed = visit.first_link("/deals?outcome=lost", "/deals")
    person = visit.first_link("/people", "/people")
    company = visit.first_link("/companies", "/companies")
    colleague = visit.first_link("/team", "/team/people")
    asked = visit.first_link("/feedback", "/feedback")
    answer = visit.first_link("/feedback/answers", "/feedback/answers")
    mail = visit.first_link("/outbox", "/outbox")
    came_in = visit.first_link("/inbox", "/inbox")
    piece = visit.first_link("/library", "/library")
    mailbox = visit.first_link("/mailboxes", "/mailboxes")
    lesson = visit.first_link("/calls/lessons?q=nothing", "/calls/lessons")
    visit.go("/wins/rewards/give")
    give = visit.page.get_attribute("main a[href^='?user=']", "href") or ""
    return [
        still_open, f"{still_open}/edit", closed, person, f"{person}/edit", company, f"{company}/edit", colleague,
        f"/deals/close?deal={still_open.rsplit('/', 1)[1]}", asked, answer, mail,
        came_in, piece, f"{piece}/edit", mailbox, f"{person}/privacy", lesson, f"/wins/rewards/give{give}",
    ]  # fmt: skip


def of_a_seller(visit: Visit) -> list[str]:
    """What only the seller whose debrief it is sees: each of its pages, a finished one, its perspective."""
    visit.go("/debriefs")
    links = visit.page.eval_on_selector_all("main a", "links => links.map(link => link.getAttribute('href'))")
    due, *_others, done = [link for link in links if link.startswith("/debriefs/")]
    visit.go(done)
    perspective = visit.page.get_attribute("a[href^='/perspective/']", "href") or ""
    shared = visit.first_link("/reveals", "/reveals")
    kept = visit.first_link("/keep", "/keep")
    won = visit.first_link("/wins", "/wins")
    visit.go("/keep")
    note = visit.page.get_attribute("main a[href$='/note']", "href") or ""
    paused, ended = (visit.first_link(f"/keep?show={how}", "/keep") for how in ("paused", "ended"))
    came_in = visit.first_link("/inbox", "/inbox")
    visit.go("/today")
    rows = ("a.row.ready", "a.row[href*='nurture.keep']")
    ready, to_send = (visit.page.locator(row).first.get_attribute("href") or "" for row in rows)
    goodbye = _a_goodbye(visit)
    visit.go("/goals")
    change = visit.page.get_attribute("main a[href^='/goals/'][href$='/change']", "href") or ""
    return [
        "/time", "/time/assumptions", "/time/deals?what=sales", goodbye, "/long", *BLOCKS, "/goals", change,
        "/cheatsheet", "/today/right", "/today/right?show=1", "/advocates", "/advocates/programme",
        "/advocates?show=advocates&who=team",
        kept, note, paused, ended, ready, to_send, "/keep", "/keep/noes", "/keep/rules",
        "/inbox", came_in, "/mailboxes/mine", "/praise", "/wins/mine", "/wins/rewards",
        "/wins", won, "/wins/ring", "/calls/new",
        f"{due}/1", f"{due}/4", f"{due}/reasons", f"{due}/lessons", done, perspective, "/today", "/debriefs", shared,
        f"/today?item=learn.reveal:{shared.rsplit('/', 1)[1]}",
    ]  # fmt: skip


def _a_goodbye(visit: Visit) -> str:
    """Who may be said goodbye to; listed once the worker has made the list of prices."""
    for _try in range(60):
        visit.go("/time/block/conversations")
        links = visit.page.locator("main a[href^='/time/goodbye/']")
        if links.count():
            return links.first.get_attribute("href") or ""
        visit.page.wait_for_timeout(1000)
    raise AssertionError("nobody to say goodbye to within a minute")


def of_a_recipient(product: Product, language: str) -> list[str]:
    """What somebody sees who follows the link under one of our notes, without an account."""
    done = product.rebond("manage", "shell", "-c", _A_TOKEN)
    assert done.returncode == 0, done.stderr
    token = done.stdout.split("TOKEN ")[1].split()[0]
    return [f"/m/{token}?lang={language}", f"/m/{token}/stop?lang={language}", f"/m/nothing?lang={language}"]


def of_introductions(product: Product) -> list[str]:
    """One advocate, and an introduction in each state there is, with all three ways of making one."""
    done = product.rebond("manage", "shell", "-c", _INTRODUCTIONS)
    assert done.returncode == 0, done.stderr
    said = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.strip()}
    ways = [f"{path}?mode={mode}" for path in said["AGREED"] for mode in ("forward", "first_contact")]
    return [*said["ADVOCATE"], f"{said['ADVOCATE'][0]}?payee=cash", *said["PATHS"], *ways]


def of_calls(product: Product) -> list[str]:
    """Recorded calls of Camille's: one to be played, one whose file is half here."""
    done = product.rebond("manage", "shell", "-c", _CALLS)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("CALLS ")[1].split()


def of_channels(product: Product) -> list[str]:
    """Chat channels: one that was told much, one that has ended."""
    done = product.rebond("manage", "shell", "-c", _CHANNELS)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("CHANNELS ")[1].split()


def of_praise(product: Product) -> list[str]:
    """Where who leads writes about a win, in each form, and about one that has its word."""
    done = product.rebond("manage", "shell", "-c", _PRAISE)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("PRAISE ")[1].split()


def of_an_advocate(product: Product, language: str) -> list[str]:
    """What somebody sees who introduces us, without an account."""
    done = product.rebond("manage", "shell", "-c", _A_PAGE)
    assert done.returncode == 0, done.stderr
    page = "/i/" + done.stdout.split("LINK ")[1].split()[0].rsplit("/", 1)[1]
    pages = ("", "/introduce", "/reward", "/payee", "/statement", "/stop")
    return [*(f"{page}{below}?lang={language}" for below in pages), f"/i/nothing?lang={language}"]
