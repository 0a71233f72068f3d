"""What sales people write into the reason field, in three languages, with what a person said it means.

Made for these tests, in the manner of such fields: short, unfinished, misspelt, mixed.
"""

from __future__ import annotations

SAID: dict[str, tuple[str, ...]] = {
    "price_vs_alternative": (
        "Price", "Prix", "trop cher", "Too expensive for them", "zu teuer", "Preis zu hoch", "price too high",
        "tarif trop élevé", "concurrent moins disant", "nos prix sont au-dessus du marché",
        "Preisunterschied zum Wettbewerb", "Mitbewerber war günstiger", "pricing not competitive",
        "outpriced by 15%", "écart de prix", "Angebot zu teuer", "cost issue", "lost on price to Acme",
        "prix trop élevé vs concurrence", "billiger bei der Konkurrenz",
    ),
    "no_budget": (
        "no money this year", "Kein Budget", "Budget gestrichen", "plus de sous", "budget 2026 déjà engagé",
        "they ran out of money", "finance said no to spending", "Budget nicht freigegeben",
        "enveloppe déjà dépensée", "spending freeze", "Investitionsstopp", "gel des investissements",
        "pas les moyens cette année", "CFO blocked the spend", "kein Geld dieses Jahr", "budget refusé par le DAF",
        "capex freeze until Q3",
    ),
    "timing": (
        "maybe next year", "Projekt verschoben", "Zeitpunkt passt nicht", "revenir en septembre", "call back in Q3",
        "à recontacter l'an prochain", "moved to next year", "Verschoben auf 2027", "ils verront après l'été",
        "later this year", "decision pushed to January", "auf nächstes Jahr verschoben", "pas avant 2027",
        "other projects first", "projet décalé", "not before summer", "Thema erst nächstes Jahr wieder aktuell",
    ),
    "not_in_touch": (
        "no news since March", "meldet sich nicht", "Kunde reagiert nicht mehr", "silence radio", "radio silence",
        "never called back", "sans retour depuis 3 mois", "aucun retour", "keine Rückmeldung", "kein Feedback mehr",
        "left 5 voicemails", "relancé 4 fois sans succès", "no feedback from customer", "nicht mehr erreichbar",
        "does not return calls", "ne rappelle jamais", "Kontakt eingeschlafen",
    ),
    "incumbent_kept": (
        "renewed with their vendor", "bleibt beim alten Lieferanten", "Bestandslieferant verlängert",
        "renouvelé avec leur prestataire", "happy with current tool", "content de leur outil",
        "zufrieden mit aktueller Lösung", "stays with SAP", "reconduction du contrat en cours",
        "hat mit bisherigem Anbieter verlängert", "they signed again with the old one",
        "satisfait de la solution en place", "sticking with what they have", "bleiben bei ihrem Dienstleister",
    ),
    "missing_capability": (
        "we can't do multi site", "Funktion fehlt", "il manque le module paie", "no offline mode",
        "kein Offline-Modus", "pas de version mobile", "product lacks reporting", "Schnittstelle zu DATEV fehlt",
        "functionality missing", "on ne couvre pas leur besoin export", "module stock absent",
        "needed Arabic version", "fehlende Funktionen", "pas de gestion multi-devises",
        "our tool cannot handle lots",
    ),
    "no_consensus": (
        "board split", "les associés ne sont pas d'accord entre eux", "Geschäftsführung uneinig",
        "IT and sales disagreed", "internal fight about it", "intern keine Einigung", "la DSI bloque",
        "could not get everyone on board", "Betriebsrat dagegen", "le comité n'a pas tranché",
        "management could not decide", "keine Entscheidung getroffen",
    ),
    "value_unclear": (
        "no business case", "nicht überzeugt", "Nutzen nicht erkannt", "ne voit pas l'intérêt", "gain pas démontré",
        "did not believe the savings", "Mehrwert unklar", "savings not proven", "pas convaincus par le gain",
        "could not justify it", "Wirtschaftlichkeit nicht nachgewiesen", "ils ne voient pas le bénéfice",
    ),
    "need_not_felt": (
        "just curious", "kein Bedarf", "nice to have", "aktuell kein Bedarf", "simple curiosité",
        "ce n'est pas un sujet chez eux", "was only looking around", "kein Interesse", "problem is small for them",
        "pas de vrai projet", "nur informiert",
    ),
    "terms": (
        "AGB nicht akzeptiert", "wanted 90 days to pay", "engagement 3 ans trop long",
        "legal would not sign our contract", "Vertragslaufzeit zu lang", "refuse nos CGV", "clause de résiliation",
        "Zahlungsziel", "wanted monthly contract",
    ),
}  # fmt: skip
PAIRS: tuple[tuple[str, str], ...] = tuple((text, code) for code, texts in SAID.items() for text in texts)
