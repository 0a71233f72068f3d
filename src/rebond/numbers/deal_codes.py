"""The codes of the chances and minutes of an open deal in a price list (``pricing.Prices.rates``)."""

from __future__ import annotations

#: Outgoing contacts made, and how many of the last stayed unanswered; more counts as the last.
MOST_MADE, MOST_SILENT = 12, 8


def ever_code(made: int, silent: int) -> str:
    """The chance that a deal is won in the end if one goes on.

    >>> ever_code(3, 2), ever_code(40, 40)
    ('deal.ever.3.2', 'deal.ever.12.8')
    """
    return f"deal.ever.{_state(made, silent)}"


def follows_code(made: int, silent: int) -> str:
    """The minutes of work that usually follow, the next contact among them.

    >>> follows_code(0, 0)
    'deal.follows.0.0'
    """
    return f"deal.follows.{_state(made, silent)}"


def _state(made: int, silent: int) -> str:
    made = min(max(made, 0), MOST_MADE)
    return f"{made}.{min(max(silent, 0), made, MOST_SILENT)}"
