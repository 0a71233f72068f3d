"""Every write of the records: ends (``closing``), one at a time (``typed``), stages, imports (``history``)."""

from rebond.deals.actions.closing import close_deal, reopen_deal
from rebond.deals.actions.history import save_deals, save_people, save_touches
from rebond.deals.actions.stages import add_stage, move_stage, order_stages, rename_stage
from rebond.deals.actions.typed import (
    create_company,
    create_deal,
    create_person,
    edit_company,
    edit_deal,
    edit_person,
    find_or_add_company,
    follow_owner,
    learn_competitor,
    log_touch,
    set_part,
    unlog_touch,
)

__all__ = [
    "add_stage",
    "close_deal",
    "create_company",
    "create_deal",
    "create_person",
    "edit_company",
    "edit_deal",
    "edit_person",
    "find_or_add_company",
    "follow_owner",
    "learn_competitor",
    "log_touch",
    "move_stage",
    "order_stages",
    "rename_stage",
    "reopen_deal",
    "save_deals",
    "save_people",
    "save_touches",
    "set_part",
    "unlog_touch",
]
