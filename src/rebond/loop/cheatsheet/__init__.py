"""The cheat sheet (M28): six lines with one person's own numbers, and one next step each.

``sheet`` composes it; the screen, ``rebond cheatsheet``, the weekly mail (``mailing``, ``planning``) and the page of
paper (``paper``) show the same six lines.
"""
