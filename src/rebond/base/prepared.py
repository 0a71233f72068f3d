"""Queries that every page asks, put together once.

Django puts the SQL of a query together each time it is asked: for one row by its key that takes four times as long as
the database does, and a form that logs a contact asks for three such rows before it begins. What stands here is built
as ever, by the models' own managers, but with a ``Slot`` where a value comes; its SQL is kept, and the values are
handed in.

Only what is asked at nearly every request is worth it: measured, a row by its key takes 40 to 70 µs instead of 250 to
420 (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import UpdateQuery

from rebond.base.rows import adapted, into_columns

Record = TypeVar("Record", bound=Model)
Value = int | str | date
#: Both databases keep whole numbers in eight bytes; what is larger is nobody's key.
LARGEST = 2**63


class Slot(Expression):
    """Where the value called ``name`` comes; to the database a placeholder like any other."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002 - Django's signature
        return "%s", [self]


class _Statement(NamedTuple):
    """SQL, and what comes at each of its placeholders: a value of the query itself, or a slot."""

    sql: str
    places: Sequence[Any]

    def with_values(self, values: dict[str, Value]) -> list[Any]:
        return [_plain(values[one.name]) if isinstance(one, Slot) else one for one in self.places]


def _plain(value: Value) -> Any:
    return adapted(value) if isinstance(value, date) else value


class OneRecord(Generic[Record]):
    """One record by what is known of it.

    Args:
        build: makes the query of one table's whole rows, with slots; called once, when it is first asked. One that
            follows relations is a ``TypeError`` then.
    """

    def __init__(self, build: Callable[[], QuerySet[Record]]) -> None:
        self.build = build

    def get(self, **values: Value) -> Record | None:
        """The record as ``QuerySet.first`` would give it; ``None`` where none fits."""
        if any(isinstance(one, int) and not -LARGEST <= one < LARGEST for one in values.values()):
            return None
        made = self._made
        with connection.cursor() as cursor:
            cursor.execute(made.statement.sql, made.statement.with_values(values))
            row = cursor.fetchone()
        return None if row is None else made.model.from_db(connection.alias, made.names, made.converted(row))

    @cached_property
    def _made(self) -> _Made[Record]:
        query = self.build().order_by()
        compiler = query.query.get_compiler(connection=connection)
        statement = _Statement(*compiler.as_sql())
        columns = [column for column, _sql, _alias in compiler.select]
        names = [one.target.attname for one in columns]
        if names != [field.attname for field in query.model._meta.concrete_fields]:
            raise TypeError("whole rows of one table only")
        return _Made(query.model, statement, names, compiler.get_converters(columns))


class _Made(NamedTuple, Generic[Record]):
    model: type[Record]
    statement: _Statement
    names: list[str]
    #: Place in the row to how the database's answer becomes Python's, as Django itself does it.
    converters: dict[int, tuple[list[Callable[..., Any]], Expression]]

    def converted(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self.converters:
            return row
        values = list(row)
        for place, (ways, column) in self.converters.items():
            for way in ways:
                values[place] = way(values[place], column, connection)
        return values


class OneChange:
    """One change of some rows' columns.

    Args:
        build: makes the query of the rows, with slots; called once, when it is first needed.
        columns: what is set.
    """

    def __init__(self, build: Callable[[], QuerySet[Any]], **columns: Slot) -> None:
        self.build, self.columns = build, columns

    def make(self, **values: Value) -> None:
        """As ``QuerySet.update`` does it, without a count."""
        with connection.cursor() as cursor:
            cursor.execute(self._made.sql, self._made.with_values(values))

    @cached_property
    def _made(self) -> _Statement:
        query: Any = self.build().order_by().query.chain(UpdateQuery)
        query.add_update_values(self.columns)
        return _Statement(*query.get_compiler(connection=connection).as_sql())


class OneMore:
    """One more row of a table, whose key nobody asks for; no signals are sent.

    Args:
        model: its columns are set by their names (a foreign key's by its ``_id``), all of them but the key.
    """

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def make(self, **values: Any) -> None:
        """Adds it. ``KeyError`` where a column is missing."""
        sql, fields = self._made
        with connection.cursor() as cursor:
            cursor.execute(sql, [field.get_db_prep_save(values[field.attname], connection) for field in fields])

    @cached_property
    def _made(self) -> tuple[str, list[Field[Any, Any]]]:
        fields = [field for field in self.model._meta.concrete_fields if not field.primary_key]
        return f"{into_columns(self.model, fields)} VALUES ({', '.join(['%s'] * len(fields))})", fields
