"""Was the list right? What it promised beside what came.

``looked`` (whose promises), ``rows`` (those that count), ``followed`` (what came), ``answer``, ``words``.
"""
