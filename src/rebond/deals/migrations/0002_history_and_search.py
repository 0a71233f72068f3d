"""Triggers that keep history, and the full-text index; in each database's own SQL (``deals/sql``)."""

import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
# A trigger's body holds semicolons: statements end where a line ends with one outside BEGIN ... END.
STATEMENT = re.compile(r"CREATE TRIGGER.*?\nEND;|CREATE FUNCTION.*?END \$\$;|CREATE .*?;", re.DOTALL)
POSTGRESQL_TRIGGER = re.compile(r"CREATE TRIGGER[^;]*EXECUTE FUNCTION[^;]*;|CREATE FUNCTION.*?END \$\$;|CREATE [^;]*;", re.DOTALL)


def run(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    pattern = POSTGRESQL_TRIGGER if vendor == "postgresql" else STATEMENT
    for name in ("append_only", "search"):
        text = (SQL / f"{name}.{vendor}.sql").read_text()
        code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        for statement in pattern.findall(code):
            # No parameters at all: a "%" in a trigger's sentence is not a placeholder.
            schema_editor.execute(statement.rstrip(";") if vendor == "postgresql" else statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("deals", "0001_initial")]
    operations = [migrations.RunPython(run, migrations.RunPython.noop)]
