"""Months, weekdays and parts of a year in four languages, folded."""

from __future__ import annotations

_MONTHS = (
    "january jan janvier janv januar janner jaenner enero ene",
    "february feb fevrier fevr fev februar febrero",
    "march mar mars marz maerz mrz marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juin juni junio",
    "july jul juillet juil juli julio",
    "august aug aout agosto ago",
    "september sept sep septembre septiembre setiembre",
    "october oct octobre oktober okt octubre",
    "november nov novembre noviembre",
    "december dec decembre dezember dez diciembre dic",
)
#: Month name to its number.
MONTHS: dict[str, int] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
#: Names that mean nothing else, long enough to stand alone.
WHOLE_MONTHS = {name: number for name, number in MONTHS.items() if len(name) >= 4 and name not in {"sept", "mars"}} | {
    "may": 5, "mai": 5, "mars": 3,
}  # fmt: skip

_WEEKDAYS = (
    "monday lundi montag lunes mon",
    "tuesday mardi dienstag martes tue tues",
    "wednesday mercredi mittwoch miercoles wed",
    "thursday jeudi donnerstag jueves thu thurs",
    "friday vendredi freitag viernes fri",
    "saturday samedi samstag sonnabend sabado sat",
    "sunday dimanche sonntag domingo sun",
)
#: Weekday name to its number, Monday 0.
WEEKDAYS: dict[str, int] = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

#: Where in a month: the day it stands for (0: its last).
PARTS: dict[str, int] = {
    "early": 1, "beginning of": 1, "the beginning of": 1, "start of": 1, "the start of": 1, "debut": 1, "le debut": 1,
    "anfang": 1, "principios de": 1, "primeros de": 1, "comienzos de": 1, "inicios de": 1, "mid": 15, "mid-": 15,
    "the middle of": 15, "middle of": 15, "mi-": 15, "mi": 15, "mitte": 15, "mediados de": 15, "late": 25,
    "end of": 0, "the end of": 0, "end": 0, "fin": 0, "la fin": 0, "ende": 0, "finales de": 0, "fines de": 0,
    "final de": 0,
}  # fmt: skip

#: Parts of the year to the month they begin with (northern half); what comes after them likewise.
SEASONS: dict[str, int] = {
    "after (?:the )?summer(?: break| holidays?)?": 9, "in (?:the )?autumn": 9, "in (?:the )?fall": 9,
    "(?:in|this|next) (?:the )?spring": 3, "over (?:the )?summer": 7, "this summer": 7,
    "apres (?:l'ete|les vacances(?: d'ete)?|les conges)": 9, "(?:a|pour|des|apres) la rentree": 9,
    "a l'automne": 9, "au printemps": 3, "nach (?:dem sommer|der sommerpause|den sommerferien)": 9,
    "nach den ferien": 9, "im herbst": 9, "im fruhjahr": 3, "im fruhling": 3,
    "(?:despues|pasado|tras|a la vuelta) (?:del|el|de) (?:verano|las vacaciones)": 9, "en (?:el )?otono": 9,
    "en (?:la )?primavera": 3, "a la vuelta del verano": 9, "a la vuelta de (?:las )?vacaciones": 9,
}  # fmt: skip
#: Quarters: the group holds the number.
QUARTERS = (
    r"\bq([1-4])\b", r"\b(first|second|third|fourth|last) quarter\b", r"\b([1-4])(?:er|e|eme|nd) trimestre\b",
    r"\bt([1-4])\b", r"\b(premier|deuxieme|troisieme|quatrieme|dernier) trimestre\b", r"\b([1-4])\. quartal\b",
    r"\b(ersten|zweiten|dritten|vierten|letzten) quartal\b",
    r"\b(primer|segundo|tercer|cuarto|ultimo) trimestre\b", r"\b([1-4])(?:er|º|o)? trimestre\b",
)  # fmt: skip
ORDINALS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        ("first premier ersten primer 1", "second deuxieme zweiten segundo 2", "third troisieme dritten tercer 3",
         "fourth quatrieme vierten cuarto last dernier letzten ultimo 4"), 1)
    for word in words.split()
}  # fmt: skip
