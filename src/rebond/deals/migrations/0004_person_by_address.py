"""People are found by their address, whatever its case: who wrote to us?"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    """See ``rebond.mail.inbox.matching.people_at``."""

    dependencies: ClassVar = [("deals", "0003_what_was_changed")]

    operations: ClassVar = [
        migrations.AddIndex("person", models.Index(Lower("email"), name="person_by_address")),
    ]
