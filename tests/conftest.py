"""The cast: Camille (seller), Nadia (her manager), Yanis (another team's seller), Hélène (a buyer)."""

from __future__ import annotations

import os
import unittest
from collections.abc import Iterator
from datetime import UTC, date, datetime

import hypothesis
import pytest
from django.conf import settings
from django.test import Client

from rebond.accounts.models import Role, Team, User
from rebond.base.dates import read_on
from rebond.deals.models import Deal, Person
from tests.factories import make_company, make_deal, make_person, make_stages, make_user
from tests.flushing import let_tests_flush
from tests.mail.server import SmtpServer, serving

# Playwright's sync API runs a loop in the test's thread; the ORM is still used by one thread only.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
# As the command line does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
let_tests_flush()


# A busy machine takes its time; how long one example may take says nothing about what it is held to.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def _read_in_the_year_of_the_cast() -> Iterator[None]:
    """What happens on ``now`` is also read in that year, whenever the tests are run."""
    with read_on(date(2026, 6, 9)):
        yield


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning in Paris."""
    return datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


@pytest.fixture
def north(db: None) -> Team:
    make_stages()
    return Team.objects.create(name="North")


@pytest.fixture
def south(db: None) -> Team:
    return Team.objects.create(name="South")


@pytest.fixture
def camille(north: Team) -> User:
    return make_user("Camille Aubry", team=north)


@pytest.fixture
def nadia(north: Team) -> User:
    return make_user("Nadia Belkacem", team=north, role=Role.MANAGER)


@pytest.fixture
def yanis(south: Team) -> User:
    return make_user("Yanis Benkirane", team=south)


@pytest.fixture
def thomas(north: Team) -> User:
    """Another seller of Camille's team."""
    return make_user("Thomas Girard", team=north)


@pytest.fixture
def admin_user(db: None) -> User:
    return make_user("Alix Admin", team=None, role=Role.ADMIN)


@pytest.fixture
def helene(db: None) -> Person:
    return make_person("Hélène Marchetti", company=make_company("Groupe Valmy"), email="helene@valmy.example")


@pytest.fixture
def deal(camille: User, helene: Person) -> Deal:
    """An open deal of Camille's, with Hélène deciding."""
    return make_deal("Maintenance, 3 sites", owner=camille, company=helene.company, people={helene: "decision_maker"})


@pytest.fixture(autouse=True)
def _settings_of_a_command_end_with_it() -> Iterator[None]:
    """A command called in this process may set what a process of its own would take with it."""
    before = {name for name in os.environ if name.startswith("REBOND_")}
    yield
    for name in [name for name in os.environ if name.startswith("REBOND_") and name not in before]:
        del os.environ[name]


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_camille(camille: User) -> Client:
    return _client(camille)


@pytest.fixture
def as_nadia(nadia: User) -> Client:
    return _client(nadia)


@pytest.fixture
def as_yanis(yanis: User) -> Client:
    return _client(yanis)


@pytest.fixture
def as_thomas(thomas: User) -> Client:
    return _client(thomas)


@pytest.fixture
def as_admin(admin_user: User) -> Client:
    return _client(admin_user)


@pytest.fixture
def smtp_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    """A real mail server on loopback, which ours sends through; see ``tests.mail.server`` for what it can be told."""
    with serving() as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url)
        monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="also run the tests that take minutes")
    parser.addoption("--engines", action="store_true", help="also ask Spark and ClickHouse (installs both)")


#: Files of few tests that take long; they begin first, or one process would wait for the other at the end.
LONG = (
    "browser", "test_processes", "test_workers_that_die", "test_patterns_worker", "test_company", "test_command",
    "test_what_an_answer_says", "any_order", "test_running", "test_pools", "test_engine_killed",
    "test_payout_run_killed", "live/test_faults",
)  # fmt: skip


#: Rooms that know no database, although some start a process or look as if they did: once is enough.
WITHOUT_DATABASE = (
    "tests/numbers", "tests/findings", "tests/files", "tests/documents", "src/rebond/numbers", "src/rebond/findings",
    "src/rebond/files", "src/rebond/mail/reading", "src/rebond/nurture/drafts", "tests/mail/test_reading",
    "tests/mail/test_guards_windows", "tests/mail/test_doctor_domain", "tests/nurture/test_cadence",
)  # fmt: skip


def _takes_long(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    return next((place for place, name in enumerate(LONG) if name in file), len(LONG))


def _knows_no_database(item: pytest.Item) -> bool:
    """It asks for none (pytest-django would refuse it one), and its file starts no process that has one of its own."""
    asks = {"db", "transactional_db", "engine"} & {*getattr(item, "fixturenames", ())}
    in_a_class = issubclass(getattr(item, "cls", None) or object, unittest.TestCase)
    if asks or in_a_class or item.get_closest_marker("django_db"):
        return False
    names = vars(item.module) if hasattr(item, "module") else {}
    homes = {str(getattr(value, "__module__", "")) for value in names.values()}
    return not {"subprocess", "psycopg"} & {*names} and not any(home.startswith("tests.browser") for home in homes)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_takes_long)
    if os.environ.get("REBOND_DATABASE_URL"):
        for item in items:
            if "look" in item.keywords or item.nodeid.startswith(WITHOUT_DATABASE) or _knows_no_database(item):
                item.add_marker(pytest.mark.skip(reason="the same whatever the database: run on SQLite"))
    if config.getoption("--soak"):
        return
    skip = pytest.mark.skip(reason="takes minutes: run with --soak")
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(skip)
