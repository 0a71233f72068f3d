"""Ending kindly, where practices meet: ``actions`` (said, taken back, kept on), ``draft``, ``mail``, ``shown``."""
