"""Pictures as inline SVG, one function each: the grammar of the house.

Blue and filled is ours or better, orange is worse or a cost, grey is noise or the world's; every colour is doubled by
a shape, a fill or a word, so that a picture reads in black and white. Colours come from classes over the tokens;
widths are in percent, so that nothing is measured by a script and a picture fits any column.
"""

from rebond.findings.pictures.axis import Axis, money_axis, number_axis, share_axis
from rebond.findings.pictures.curve import Curve, Line, curve
from rebond.findings.pictures.dots import twenty_dots
from rebond.findings.pictures.interval import Mark, Row, interval, intervals
from rebond.findings.pictures.levels import Level, levels
from rebond.findings.pictures.pair import pair
from rebond.findings.pictures.process import Change, Point, Stamp, process, spark
from rebond.findings.pictures.waffle import Squares, waffle
from rebond.findings.pictures.way import Aimed, Stepped, way

__all__ = [
    "Aimed", "Axis", "Change", "Curve", "Level", "Line", "Mark", "Point", "Row", "Squares", "Stamp", "Stepped", "curve",
    "interval", "intervals", "levels", "money_axis", "number_axis", "pair", "process", "share_axis", "spark",
    "twenty_dots", "waffle", "way",
]  # fmt: skip
