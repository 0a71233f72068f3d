"""Asking buyers: who, when and from whom (``rules``), the personal link (``tokens``), the mails (``letters``)."""
