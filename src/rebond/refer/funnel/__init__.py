"""From a no to a sale through an introduction: five steps, each with k of n and its range.

``steps`` is pure counting, ``answers`` asks the estimators of ``numbers``, ``findings`` words it. Rows come from
``queries.funnel``.
"""
