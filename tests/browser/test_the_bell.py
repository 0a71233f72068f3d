"""The bell in real browsers: Camille wins a deal, Nadia's window and the television on the wall ring, once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, Window
from tests.browser.product import REBOND, Product, asked, begun, free_port, wait_for

pytestmark = pytest.mark.browser
CAMILLE, NADIA, PASSWORD = "camille@rebond.example", "nadia@rebond.example", "nine noes and a yes"
COMPANIES = ("Groupe Valmy", "Brasserie du Lac", "Nordvik", "Polmech")
CAST = f"""
from tests.factories import make_company, make_deal, make_stages, make_user
from rebond.accounts.models import Team
from rebond.celebrate.models import Preference
make_stages()
north = Team.objects.create(name='North')
nadia = make_user('Nadia Belkacem', team=north, role='manager')
camille = make_user('Camille Aubry', team=north)
for name in {COMPANIES!r}:
    make_deal('Maintenance', owner=camille, company=make_company(name))
for user in (nadia, camille):
    Preference.objects.create(user=user, sound=True, said_at=user.joined_at)
"""
HISTORY = """
from django.utils import timezone
from rebond.accounts.models import User
from rebond.deals.records import DealRecord
from rebond.loop.close import record_history
camille = User.objects.get(email='camille@rebond.example')
rows = [DealRecord(name='Old', external_id='1', owner_id=camille.pk, team_id=camille.team_id, outcome='won',
    opened_at=timezone.now(), closed_at=timezone.now())]
record_history(rows=rows, reasons={}, source='csv', actor=camille, now=timezone.now())
"""
#: What a page heard and struck, from its beginning.
LISTEN = """
window.heard = []; window.struck = 0; window.lines = 0;
document.addEventListener('rebond:live', (event) => window.heard.push([event.detail.id, event.detail.kind]));
document.addEventListener('rebond:struck', () => { window.struck += 1; });
document.addEventListener('rebond:line', (event) => { if (event.detail === 'open') window.lines += 1; });
"""


@dataclass(frozen=True)
class House(Product):
    """A running product that can be stopped and started again on the same address."""

    process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        port = self.url.rsplit(":", 1)[1]
        words = [str(REBOND), "serve", "--no-worker", "--port", port]
        self.process.append(subprocess.Popen(words, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
        wait_for(f"{self.url}/health", self.process[-1])

    def stop(self) -> None:
        self.process[-1].terminate()
        self.process[-1].wait(60)

    def say(self, script: str) -> str:
        done = self.rebond("manage", "shell", "-c", script)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ring(self) -> None:
        assert self.rebond("bell", "test", "--everybody").returncode == 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("bell")
    port = free_port()
    env = begun(data) | {"REBOND_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).resolve().parents[2]), env.get("PYTHONPATH", "")])
    house = House(f"http://127.0.0.1:{port}", data, env)
    house.say(CAST)
    house.start()
    yield house
    house.stop()


def opened(window: Window, house: House, email: str = "", **more: Any) -> Visit:
    """A window of its own, that notes what it hears; signed in, on a page that says little."""
    visit = window(house, **more)
    visit.page.context.add_init_script(LISTEN)
    if email:
        visit.sign_in(email, PASSWORD)
        listening(visit, "/wins")
    return visit


def listening(visit: Visit, path: str) -> None:
    """Opens a page and waits until its stream is open."""
    visit.go(path)
    until(visit.page, "window.lines > 0")


def until(page: Page, true: str) -> None:
    """Asked from outside: the page's own policy lets nothing evaluate text within it."""
    deadline = time.monotonic() + 30
    while not page.evaluate(true):
        assert time.monotonic() < deadline, true
        page.wait_for_timeout(50)


def hung_up(
    window: Window, house: House, by: Visit, *, language: str = "en", start: str = "silent", name: str = "Kitchen"
) -> Visit:
    """A television, paired by somebody with the code it shows, and started."""
    television = opened(window, house, language=language)
    television.page.set_viewport_size({"width": 1920, "height": 1080})
    television.go("/wall")
    until(television.page, "document.querySelector('[data-code]').textContent.length === 7")
    by.go("/wins/walls")
    by.page.fill("#code", television.page.inner_text("[data-code]"))
    by.page.fill("#name", name)
    by.page.select_option("#language", language)
    by.submit("main form .go")
    television.page.wait_for_selector("[data-start]", timeout=30_000)
    television.page.click(f"[data-begin={start}]")
    until(television.page, "window.lines > 0")
    return television


def wins(camille: Visit, company: str) -> None:
    camille.go("/wins/ring")
    camille.submit(f"main li:has-text('{company}') button")


def bells(visit: Visit) -> int:
    """How often it heard the bell."""
    return int(visit.page.evaluate("window.heard.filter(([id, kind]) => kind === 'bell').length"))


def test_a_deal_won_in_a_third_window_rings_once_for_a_colleague_and_on_the_wall(house: House, window: Window) -> None:
    nadia, camille = opened(window, house, NADIA), opened(window, house, CAMILLE)
    television = hung_up(window, house, nadia)
    expect(television.page.locator("[data-nothing]")).to_contain_text("The first one rings for everyone")
    listening(nadia, "/wins")
    wins(camille, "Groupe Valmy")
    expect(nadia.page.locator("[data-bell-words]")).to_contain_text("Signed! Camille, Groupe Valmy", timeout=10_000)
    expect(television.page.locator("[data-ring]")).to_contain_text("Signed! Camille, Groupe Valmy", timeout=10_000)
    for theme in ("light", "dark"):
        nadia.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert (theme, nadia.axe()) == (theme, [])
    assert nadia.page.locator("[data-bell]").is_visible()  # what was looked at just now
    expect(television.page.locator("[data-newest]")).to_contain_text("Groupe Valmy", timeout=20_000)
    expect(television.page.locator("[data-count]")).to_have_text("1")
    assert (bells(nadia), bells(television)) == (1, 1)
    deal = asked(house.env, "SELECT deal_id FROM celebrate_win")[0][0]
    camille.go(f"/deals/{deal}")
    camille.page.evaluate(
        """deal => fetch(`/deals/${deal}/reopen`, {method: 'POST', headers: {'X-CSRFToken':
        document.querySelector('[name=csrfmiddlewaretoken]').value}})""",
        deal,
    )
    expect(nadia.page.locator("[data-bell]")).to_be_hidden(timeout=10_000)
    expect(television.page.locator("[data-newest]")).to_be_hidden(timeout=10_000)
    assert (bells(nadia), bells(television)) == (1, 1)
    assert nadia.errors + television.errors + camille.errors == []
    assert nadia.foreign + television.foreign == []


def test_nothing_sounds_before_a_click_and_one_tab_of_a_browser_sounds_after_it(house: House, window: Window) -> None:
    nadia = opened(window, house, NADIA)
    nadia.page.goto("about:blank")  # a page nobody touched yet
    listening(nadia, "/wins")
    house.ring()
    expect(nadia.page.locator("[data-bell]")).to_be_visible(timeout=10_000)
    assert nadia.page.evaluate("[window.rebondBell.running(), window.struck]") == [False, 0]
    second = nadia.page.context.new_page()
    second.goto(f"{house.url}/wins")
    for page in (nadia.page, second):
        page.bring_to_front()
        page.mouse.click(700, 400)
        until(page, "window.rebondBell.running()")
    before = bells(nadia)
    house.ring()
    until(nadia.page, f"window.heard.filter(([id, kind]) => kind === 'bell').length > {before}")
    until(second, "window.heard.some(([id, kind]) => kind === 'bell')")
    nadia.page.wait_for_timeout(900)  # a tab that is not looked at waits a moment before it would strike
    assert nadia.page.evaluate("window.struck") + second.evaluate("window.struck") == 1


def test_a_wall_that_was_started_with_sound_says_so_where_the_browser_holds_it_back(
    house: House, window: Window
) -> None:
    television = hung_up(window, house, opened(window, house, NADIA), start="sound")
    sound = television.page.locator("[data-sound]")
    expect(sound).to_have_attribute("data-state", "on")
    assert television.page.evaluate("window.struck") == 1  # so that one hears that one hears
    television.page.goto("about:blank")
    listening(television, "/wall")  # as after a night: nobody pressed anything yet
    expect(television.page.locator("[data-board]")).to_be_visible()
    expect(sound).to_have_attribute("data-state", "held")
    expect(sound).to_contain_text("Press any key for sound")
    television.page.keyboard.press("Space")
    expect(sound).to_have_attribute("data-state", "on")
    house.ring()
    expect(television.page.locator("[data-ring]")).to_contain_text("The bell, tried", timeout=10_000)
    until(television.page, "window.struck === 1")


def test_an_old_bell_is_not_shown_again_and_one_between_two_pages_is_not_lost(house: House, window: Window) -> None:
    nadia = opened(window, house, NADIA)
    house.ring()
    expect(nadia.page.locator("[data-bell]")).to_be_visible(timeout=10_000)
    listening(nadia, "/wins")
    nadia.page.wait_for_timeout(700)
    assert (bells(nadia), nadia.page.locator("[data-bell]").is_visible()) == (0, False)
    nadia.page.goto(f"{house.url}/health")  # no page of ours listens
    house.ring()
    nadia.go("/wins")
    expect(nadia.page.locator("[data-bell]")).to_be_visible(timeout=10_000)
    assert bells(nadia) == 1


def test_an_import_of_history_rings_nobody(house: House, window: Window) -> None:
    nadia = opened(window, house, NADIA)
    house.say(HISTORY)
    house.ring()
    expect(nadia.page.locator("[data-bell]")).to_contain_text("The bell, tried", timeout=10_000)
    assert bells(nadia) == 1  # the one that was tried, and nothing before it


def test_a_bell_while_the_server_restarts_or_the_network_is_gone_is_heard_after(house: House, window: Window) -> None:
    nadia = opened(window, house, NADIA)
    television = hung_up(window, house, opened(window, house, NADIA))
    house.stop()
    house.ring()
    house.start()
    for visit in (nadia, television):
        until(visit.page, "window.heard.length === 1")
    for visit in (nadia, television):
        visit.page.context.set_offline(True)
    house.stop()  # what was open before goes on without a network, in this browser
    house.start()
    expect(television.page.locator("[data-stale]")).to_contain_text("No network. Last known:", timeout=30_000)
    house.ring()
    nadia.page.wait_for_timeout(500)
    assert (bells(nadia), bells(television)) == (1, 1)
    for visit in (nadia, television):
        visit.page.context.set_offline(False)
    for visit in (nadia, television):
        until(visit.page, "window.heard.length === 2")
    expect(television.page.locator("[data-stale]")).to_be_hidden(timeout=30_000)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_wall_is_clean_and_shows_its_code_again_when_it_is_taken_down(
    house: House, window: Window, language: str
) -> None:
    nadia = opened(window, house, NADIA)
    television = hung_up(window, house, nadia, language=language, name=f"Corridor {language}")
    assert television.page.get_attribute("html", "lang") == language
    assert television.axe() == []
    house.ring()
    expect(television.page.locator("[data-ring]")).to_be_visible(timeout=10_000)
    assert television.axe() == []
    kept: Callable[[], Any] = lambda: television.page.evaluate("localStorage.getItem('rebond-wall-data')")  # noqa: E731
    assert json.loads(kept())["month"]["words"]
    nadia.go("/wins/walls")
    nadia.submit(f"main li[data-row]:has-text('Corridor {language}') form button")
    television.page.evaluate("document.dispatchEvent(new CustomEvent('rebond:line', {detail: 'refused'}))")
    television.page.wait_for_selector("[data-code]", timeout=30_000)
    assert kept() is None
    assert television.axe() == []
