"""The statistics: pure functions, no Django, no input or output. ``from rebond import numbers`` works in a notebook."""

from rebond.numbers.rates import Rate, next_yes, rate

__all__ = ["Rate", "next_yes", "rate"]
