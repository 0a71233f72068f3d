"""Screens of practice 1, a module per part."""
