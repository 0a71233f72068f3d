"""From which sum a year payees are declared in the United States and in France, with where that is from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import migrations

_US = "Internal Revenue Code § 6041; https://legalclarity.org/who-receives-a-1099-nec-thresholds-and-exceptions"
_FR = (
    "Code général des impôts, art. 240; incl. VAT; "
    "https://legifiscal.fr/actualites-fiscales/4034-honoraires-das-2-relevement-seuil-declaration-2400.html"
)
#: country, form, first day of payments, minor units, currency, declared from the sum on (else above it), source.
ROWS = (
    ("US", "1099-NEC", date(2020, 1, 1), 600_00, "USD", True, _US),
    ("US", "1099-NEC", date(2026, 1, 1), 2_000_00, "USD", True, f"{_US}; indexed from 2027"),
    ("FR", "DAS2", date(2020, 1, 1), 1_200_00, "EUR", False, _FR),
    ("FR", "DAS2", date(2024, 1, 1), 2_400_00, "EUR", False, _FR),
)


def write(apps: Any, _schema_editor: Any) -> None:
    table = apps.get_model("refer", "TaxThreshold")
    for country, form, from_on, minor, currency, at_least, source in ROWS:
        table.objects.get_or_create(
            country=country, form=form, from_on=from_on,
            defaults={"amount_minor": minor, "currency": currency, "at_least": at_least, "source": source},
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("refer", "0002_history")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
