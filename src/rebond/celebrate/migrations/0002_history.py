"""Triggers that keep every move of a contest; in each database’s own SQL (``celebrate/sql``)."""

import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
# A trigger's body holds semicolons: statements end where a line ends with one outside BEGIN ... END.
STATEMENT = {
    "sqlite": re.compile(r"CREATE TRIGGER.*?\nEND;", re.DOTALL),
    "postgresql": re.compile(r"CREATE TRIGGER[^;]*;", re.DOTALL),
}


def run(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    text = (SQL / f"history.{vendor}.sql").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for statement in STATEMENT[vendor].findall(code):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("celebrate", "0001_first"), ("deals", "0002_history_and_search")]
    operations = [migrations.RunPython(run, migrations.RunPython.noop)]
