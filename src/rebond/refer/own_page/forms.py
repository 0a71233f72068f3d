"""What an advocate types, as it is shown again when it cannot be stored: nothing of it is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rebond.refer.actions.registering import Named

#: The fields of the form, in its order.
FIELDS = ("name", "company_name", "email", "phone", "why")
#: How much of an over-long field is shown again, so that it can be shortened; more no field holds.
SHOWN_AGAIN = 20_000


@dataclass(frozen=True)
class Typed:
    """One introduction as it was typed, untouched."""

    name: str = ""
    company_name: str = ""
    email: str = ""
    phone: str = ""
    why: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Typed:
        """What was sent; a field that is missing is empty."""
        return cls(**{field: str(form.get(field, "")) for field in FIELDS})

    @property
    def shown(self) -> Typed:
        """The same for being shown again: nobody shortens a book in a field."""
        return Typed(**{field: getattr(self, field)[:SHOWN_AGAIN] for field in FIELDS})

    @property
    def named(self) -> Named:
        """For ``name_someone``, which refuses what is too long rather than cut it."""
        return Named(
            self.name.strip(), self.email.strip(), self.phone.strip(), self.company_name.strip(), self.why.strip()
        )
