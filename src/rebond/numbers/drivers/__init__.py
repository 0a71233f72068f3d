"""What goes with winning, each adjusted for the others: ``drivers(deals, as_of=...)``."""

from rebond.numbers.drivers.ask import drivers
from rebond.numbers.drivers.result import Anything, Drivers, Effect, Factor, Leak, LeftOut

__all__ = ["Anything", "Drivers", "Effect", "Factor", "Leak", "LeftOut", "drivers"]
