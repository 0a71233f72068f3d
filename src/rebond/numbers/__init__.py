"""The statistics: pure functions, no Django, no input or output. ``from rebond import numbers`` works in a notebook.

One module per question, and one function that asks it: ``numbers.outcomes(deals, as_of=day)`` takes Ibis tables (see
``numbers.tables``) and returns a result that prints itself. A module is loaded when its question is asked, since SciPy
takes a second and 90 MB that a page of the product does not need.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rebond.numbers.estimate import Estimate
from rebond.numbers.rates import next_yes, rate

if TYPE_CHECKING:
    from rebond.numbers.agreement import agreement
    from rebond.numbers.competitors import competitors
    from rebond.numbers.cycle import cycle
    from rebond.numbers.drivers import drivers
    from rebond.numbers.forecast import forecast
    from rebond.numbers.hours import hours
    from rebond.numbers.next_touch import next_touch
    from rebond.numbers.outcomes import outcomes
    from rebond.numbers.reasons import reasons
    from rebond.numbers.touches import touches
    from rebond.numbers.trends import trends

__all__ = [
    "Estimate", "agreement", "competitors", "cycle", "drivers", "forecast", "hours", "next_touch", "next_yes",
    "outcomes", "rate", "reasons", "touches", "trends",
]  # fmt: skip
#: Functions of the module that is called as they are.
QUESTIONS = frozenset(__all__) - {"Estimate", "next_yes", "rate"}


class _Numbers(ModuleType):
    """This module: ``numbers.outcomes`` is the question, also after the module of that name was loaded."""

    def __getattr__(self, name: str) -> Any:
        if name not in QUESTIONS:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{self.__name__}.{name}"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        # Python puts each module it has loaded here, under its own name.
        if name in QUESTIONS and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Numbers
