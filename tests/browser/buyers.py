"""A buyer with a personal link in a running product. The link is made there, as it is stored nowhere.

``python -m tests.browser.buyers OUTCOME LANGUAGE`` in the product's own environment prints its path.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.browser.product import Product

ROOT = Path(__file__).resolve().parents[2]


def invited(product: Product, *, outcome: str = "lost", language: str = "fr") -> str:
    """The path of a new buyer's survey."""
    return _within(product, "invite", outcome, language)


def stored(product: Product, path: str) -> str:
    """What is stored of that survey: status, what happened, main reason, texts, mode."""
    return _within(product, "stored", path)


def _within(product: Product, *words: str) -> str:
    env = product.env | {"DJANGO_SETTINGS_MODULE": "rebond.web.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.browser.buyers", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _invite(outcome: str, language: str) -> str:
    from rebond.accounts.models import Role, Team, User
    from rebond.deals.models import CloseEvent
    from tests.factories import make_deal, make_stages, make_user
    from tests.learn import surveys

    if not User.objects.exists():
        make_stages()
        team = Team.objects.create(name="North")
        camille = make_user("Camille Aubry", team=team)
        make_user("Nadia Belkacem", team=team, role=Role.MANAGER)
        make_user("Alix Admin", team=None, role=Role.ADMIN)
        surveys.programme()
        for _close in range(3):
            deal = make_deal(owner=camille, outcome="lost", closed_at=surveys.CLOSED)
            values = {"closed_at": surveys.CLOSED, "recorded_at": surveys.CLOSED, "competitor": "Nordvik"}
            CloseEvent.objects.create(deal=deal, outcome="lost", source="import", **values)
    camille, nadia, alix = (User.objects.get(name=name) for name in ("Camille Aubry", "Nadia Belkacem", "Alix Admin"))
    from rebond.learn.models import FeedbackProgramme

    rules = FeedbackProgramme.objects.get()
    asked = surveys.asked(camille, outcome=outcome, sender=nadia, reader=alix, programme=rules, language=language)
    return surveys.link(asked)


def _stored(path: str) -> str:
    from rebond.learn.access import get_linked_invitation
    from rebond.learn.models import Response

    invitation = get_linked_invitation(path.rsplit("/", 1)[1])
    [answer] = Response.objects.filter(invitation=invitation)
    codes = ",".join(answer.reasons.order_by("place").values_list("code", flat=True))
    texts = ",".join(answer.verbatims.order_by("asked").values_list("text", flat=True))
    return f"{invitation.status} {answer.mode} {answer.happened} {answer.helped} [{codes}] [{texts}]"


if __name__ == "__main__":
    import django

    django.setup()
    verb, *words = sys.argv[1:]
    sys.stdout.write({"invite": _invite, "stored": _stored}[verb](*words) + "\n")
