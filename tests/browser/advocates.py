"""An advocate with a link of their own in a running product. The link is made there, as it is stored nowhere.

``python -m tests.browser.advocates introducing LANGUAGE`` in the product's own environment prints its path.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.browser.product import Product

ROOT = Path(__file__).resolve().parents[2]


def introducing(product: Product, *, language: str = "fr") -> str:
    """The path of a new advocate's page: three introductions, one of which brought a reward that is due."""
    return _within(product, "introducing", language)


def kept(product: Product, path: str) -> str:
    """What is stored of them: employer, choice, whether we know where to, names with their states."""
    return _within(product, "kept", path)


def expire(product: Product, path: str) -> str:
    """Their link's year is over."""
    return _within(product, "expire", path)


def _within(product: Product, *words: str) -> str:
    env = product.env | {"DJANGO_SETTINGS_MODULE": "rebond.web.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.browser.advocates", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _introducing(language: str) -> str:
    from django.utils import timezone

    from rebond.accounts.models import Team, User
    from rebond.refer.actions.advocates import choose_reward, new_link, say_permission
    from rebond.refer.models import Advocate, Programme, Referral, State
    from tests.factories import make_person, make_stages, make_user
    from tests.refer import own_pages, rewarded

    now = timezone.now()
    if not User.objects.exists():
        make_stages()
        make_user("Camille Aubry", team=Team.objects.create(name="North"))
        own_pages.programme()
    camille, programme = User.objects.get(name="Camille Aubry"), Programme.objects.get()
    number = Advocate.objects.count()
    who = rewarded.make_advocate(
        owner=camille, typed=None, language=language,
        person=make_person("Hélène Marchetti", email=f"helene{number}@groupe-valmy.example"),
    )  # fmt: skip
    new_link(advocate=who, actor=camille, now=now)
    choose_reward(advocate=who, wants="voucher", actor=camille, now=now)
    say_permission(advocate=who, allows="yes", actor=camille, now=now)
    own_pages.names(who, "Karim Benali", email=f"karim{number}@atelier.example", company_name=f"Atelier {number}")
    lea = own_pages.names(who, "Léa Roux", email=f"lea{number}@roux.example", company_name=f"Roux {number}")
    Referral.objects.filter(pk=lea.pk).update(state=State.LOST)
    rule = programme.rules.get(kind="voucher")
    rewarded.accrued(rewarded.won(who, programme, now=now, rule=rule), now=now)
    return own_pages.link(who)


def _kept(path: str) -> str:
    from rebond.refer.access import get_linked_advocate

    who = get_linked_advocate(path.rsplit("/", 1)[1])
    names = [f"{one.name} {one.state}" for one in who.referrals.order_by("name")]
    return f"{who.allows} {who.wants} {bool(who.payee)} {who.language} [{', '.join(names)}]"


def _expire(path: str) -> str:
    from django.utils import timezone

    from rebond.refer.access import get_linked_advocate
    from rebond.refer.models import Advocate

    who = get_linked_advocate(path.rsplit("/", 1)[1])
    return str(Advocate.objects.filter(pk=who.pk).update(link_until=timezone.now()))


if __name__ == "__main__":
    import django

    django.setup()
    verb, *words = sys.argv[1:]
    sys.stdout.write({"introducing": _introducing, "kept": _kept, "expire": _expire}[verb](*words) + "\n")
