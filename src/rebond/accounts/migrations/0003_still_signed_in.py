"""Who is signed in stays so: sessions name the way one signed in, and that way has a new name (``accounts.backends``)."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.db import migrations

BEFORE = "allauth.account.auth_backends.AuthenticationBackend"
SINCE = "rebond.accounts.backends.SignIn"


def rename(apps, schema_editor, *, before=BEFORE, since=SINCE):
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for session in apps.get_model("sessions", "Session").objects.iterator():
        known = store.decode(session.session_data)
        if known.get(BACKEND_SESSION_KEY) == before:
            session.session_data = store.encode(known | {BACKEND_SESSION_KEY: since})
            session.save(update_fields=["session_data"])


def rename_back(apps, schema_editor):
    rename(apps, schema_editor, before=SINCE, since=BEFORE)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_weekly_sheet"), ("sessions", "0001_initial")]
    operations = [migrations.RunPython(rename, rename_back)]
