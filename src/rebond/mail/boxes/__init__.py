"""Mailboxes of ours: their servers, secrets and self-check."""
