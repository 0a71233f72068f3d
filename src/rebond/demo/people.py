"""The cast and the words of the demo company; all invented."""

from __future__ import annotations

from typing import NamedTuple


class Seller(NamedTuple):
    """A seller: how often their deals are won, how many they open a month, how much they touch them."""

    name: str
    team: str
    language: str
    win_rate: float
    monthly: float
    effort: float


SELLERS = (
    Seller("Camille Aubry", "North", "en", 0.25, 4.2, 1.1),
    Seller("Thomas Girard", "North", "fr", 0.19, 3.8, 0.8),
    Seller("Inès Ferrand", "North", "fr", 0.31, 3.0, 1.3),
    Seller("Olivier Petit", "North", "en", 0.22, 4.0, 1.0),
    Seller("Yanis Benkirane", "South", "fr", 0.24, 3.9, 1.0),
    Seller("Sofia Lindqvist", "South", "en", 0.27, 3.1, 1.2),
    Seller("Marc Delvaux", "South", "fr", 0.16, 4.4, 0.7),
    Seller("Aïcha Diallo", "South", "en", 0.29, 2.6, 1.4),
)
MANAGERS = (("Nadia Belkacem", "North", "en"), ("Paul Okafor", "South", "en"))
ADMIN = ("Alix Renaud", "fr")

COMPANY_STARTS = (
    "Atelier", "Groupe", "Maison", "Brasserie", "Logistique", "Clinique", "Imprimerie", "Fonderie", "Nordvik", "Polmech",
    "Brightwater", "Harbour", "Lumen", "Kéops", "Optima", "Sanovia", "Rives", "Métalor", "Verrerie", "Castel",
)  # fmt: skip
COMPANY_ENDS = (
    "du Lac", "Roussel", "Valmy", "& Sons", "Habitat", "Industries", "Conseil", "Services", "Frères", "Partners", "AB",
    "Group", "de l'Ouest", "Energy", "Santé", "Transports", "Foods", "du Midi", "Systems", "Bois",
)  # fmt: skip
#: The company of the one deal that every document walks through (``demo.recent``); no other deal is invented there, or on
#: some days its buyer would have been asked already and would be left in peace.
KNOWN_COMPANY, BESIDE_IT = "Groupe Valmy", "Maison Valmy"
SECTORS = ("Industry", "Health", "Logistics", "Housing", "Food", "Services")
FIRST_NAMES = (
    "Hélène", "Jean", "Claire", "Tomasz", "Ingrid", "Mehdi", "Sarah", "Louis", "Elena", "David", "Amélie", "Piotr",
    "Fatou", "George", "Lucie", "Erik", "Noémie", "Samuel", "Zoé", "Ahmed",
)  # fmt: skip
LAST_NAMES = (
    "Marchetti", "Lefèvre", "Dubois", "Zieliński", "Andersson", "Haddad", "Cohen", "Moreau", "Rossi", "Miller", "Garnier",
    "Nowak", "Sow", "Clarke", "Faure", "Berg", "Simon", "Weber", "Roux", "Mansour",
)  # fmt: skip
TITLES = (
    "Head of operations",
    "Directrice technique",
    "Site manager",
    "Acheteur",
    "CFO",
    "Directeur général",
    "Facility manager",
)
OFFERS = (
    ("Maintenance, 3 sites", "Contrat de maintenance"),
    ("Boiler service plan", "Entretien chaufferies"),
    ("Lift monitoring", "Suivi des ascenseurs"),
    ("Energy audit", "Audit énergétique"),
    ("Emergency call-out", "Astreinte 24 h"),
    ("Spare parts agreement", "Accord pièces détachées"),
)
SEGMENTS = ("1 site", "2 to 5 sites", "over 5 sites")
SOURCES = ("Trade fair", "Referral", "Website", "Cold call", "Partner")
COMPETITORS = ("Maintéa", "Polaris Facility", "TechniServ", "Bluefield")
NOTES = (
    "Wants one contact for all three sites.",
    "Le budget se décide en juin, avec la direction.",
    "Had a bad winter with the current supplier.",
    "Demande des références dans le même secteur.",
    "Prefers a monthly price, no call-out fees.",
    "",
    "",
)
NEXT_STEPS = (
    "Send the revised quote",
    "Rappeler après le comité",
    "Visit the second site",
    "Envoyer une référence",
    "",
)
#: code (or free text) and how often, for noes; free text is what people really write.
LOSS_REASONS = (
    ("price_vs_alternative", 16), ("no_budget", 13), ("timing", 13), ("incumbent_kept", 11), ("not_in_touch", 9),
    ("need_not_felt", 8), ("value_unclear", 7), ("wrong_people", 5), ("no_consensus", 4), ("slow_response", 3),
    ("proposal_mismatch", 3), ("Prix", 4), ("Too expensive for what it is", 2), ("Comité reporté à l'an prochain", 2),
    ("Chose Maintéa", 2), ("", 6),
)  # fmt: skip
RESULTS = {
    "call": ("reached", "no_answer", "no_answer", "voicemail"),
    "email": ("", "", "replied"),
    "meeting": ("held",),
}
LESSONS = (
    ("Brought the site manager in at the first call.", "Agree a date for the next step before hanging up."),
    ("The one-page cost comparison was read.", "Demander qui signe dès le premier appel."),
    ("Visite du site avant le devis.", "Send a reference from the same sector with the quote."),
)
