"""Reading mailboxes: over the wire (``imap``), what is worth taking (``matching``), what follows (``following``)."""
