"""Rebond makes each no count: self-hosted software for sales teams."""

__version__ = "0.1.0"
