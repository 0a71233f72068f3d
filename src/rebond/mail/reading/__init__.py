"""Reads an incoming mail: what it is, what it answers, and what it says. Pure: no database, no network, no clock."""

from __future__ import annotations

from rebond.mail.reading.reader import read
from rebond.mail.reading.result import Failed, Reading

__all__ = ["Failed", "Reading", "read"]
