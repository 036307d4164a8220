"""Say what people call the columns of a roster and of a sheet of picket duty, and what they write in them, in both languages.

Capitals, accents, hyphens and points do not matter; the column's own name, and the word's own, count too.
"""

ROSTER_COLUMNS: dict[str, tuple[str, ...]] = {
    "reference": (
        "ref", "member", "member number", "member no", "member #", "member id", "id", "number", "employee number", "employee no", "employee id",
        "badge", "clock number", "membre", "numéro de membre", "no de membre", "n° de membre", "no membre", "numéro", "matricule",
        "numéro d’employé", "no d’employé", "référence", "réf", "member reference", "référence du membre",
    ),
    "name": (
        "full name", "member name", "last name", "surname", "last name, first name", "nom", "nom complet", "nom du membre", "nom de famille",
        "nom et prénom", "nom, prénom", "prénom et nom",
    ),
    "given_name": ("first name", "given names", "prénom", "prénoms"),
    "local": (
        "local number", "local union", "local no", "local #", "section", "section locale", "no de section", "numéro de section locale",
        "no de section locale", "sl",
    ),
    "standing": (
        "status", "membership", "membership status", "dues", "dues status", "good standing", "statut", "statut de membre", "en règle",
        "cotisations",
    ),
    "payroll": (
        "payroll status", "employment", "employment status", "work status", "paie", "liste de paie", "statut d’emploi", "emploi",
        "situation d’emploi",
    ),
    "registered_on": (
        "registered", "registration date", "date registered", "applied on", "start", "inscrit", "inscrit le", "inscrite le", "date d’inscription",
        "inscription",
    ),
    "other_income": ("other pay", "income", "benefit received", "autre revenu", "autres revenus", "revenu", "autre prestation"),
    "returned_on": (
        "returned", "returned to work", "return date", "retour", "retour au travail", "date de retour", "retourné le", "de retour le",
        "returned to work on", "retour au travail le",
    ),
    "crossed_on": (
        "crossed", "crossed the line", "crossed line on", "a franchi", "franchi le", "a franchi la ligne", "a franchi la ligne le",
        "franchissement", "crossed the line on",
    ),
    "on_hold": ("hold", "en attente", "retenu", "suspendu", "en suspens"),
    "dependants": (
        "dependents", "number of dependants", "number of dependents", "children", "personnes à charge", "nombre de personnes à charge", "enfants",
    ),
    "gross_weekly": (
        "weekly gross", "gross weekly pay", "weekly pay", "gross pay", "weekly wage", "salaire hebdomadaire", "salaire brut",
        "salaire hebdomadaire brut", "brut hebdomadaire", "weekly gross pay",
    ),
    "hourly_rate": (
        "hourly", "hourly wage", "rate of pay", "pay rate", "rate per hour", "taux horaire", "salaire horaire", "taux de salaire", "taux de paie",
    ),
    "pay_method": ("method", "payment method", "pay by", "paid by", "mode de paiement", "mode", "paiement", "payé par"),
    "pay_reference": (
        "payment reference", "payee id", "payroll id", "vendor number", "reference of the paying system", "référence de paiement",
        "référence de paie", "no de paie", "numéro de paie",
    ),
}  # fmt: skip

DUTY_COLUMNS: dict[str, tuple[str, ...]] = {
    "reference": (
        "ref", "member", "member number", "member no", "member #", "member id", "id", "number", "badge", "employee number", "membre",
        "numéro de membre", "no de membre", "n° de membre", "no membre", "matricule", "référence", "réf", "numéro",
    ),
    "day": ("date", "shift date", "duty date", "jour", "journée", "date du service", "date du quart"),
    "hours": ("hours worked", "duty hours", "heures", "nombre d’heures", "heures de piquetage", "heures de service"),
    "start": ("from", "time in", "begin", "began", "in", "start time", "de", "début", "arrivée", "heure de début"),
    "end": ("to", "time out", "out", "end time", "à", "fin", "départ", "heure de fin"),
}  # fmt: skip

ROSTER_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "standing": {
        "good": (
            "in good standing", "good standing", "active", "member", "yes", "y", "paid", "en règle", "membre en règle", "membre", "oui", "o",
            "à jour", "actif",
        ),
        "arrears": (
            "in arrears", "dues in arrears", "delinquent", "no", "n", "suspended", "arriérés", "en arriérés", "arrérages", "en retard", "non",
            "suspendu", "suspendue", "en arriéré de cotisations",
        ),
        "not_member": ("not a member", "non-member", "fee payer", "objector", "none", "non membre", "pas membre", "non-membre"),
    },
    "payroll": {
        "active": ("yes", "working", "employed", "on payroll", "actif", "oui", "au travail", "en emploi", "on active payroll", "en emploi actif"),
        "laid_off": ("layoff", "lay-off", "mis à pied", "mise à pied", "licencié", "licenciée", "en mise à pied"),
        "leave": ("on leave", "leave of absence", "loa", "congé", "en congé", "absence"),
    },
    "other_income": {
        "none": ("no", "0", "aucun", "aucune", "non", "no other income", "aucun autre revenu"),
        "vacation": ("vacation pay", "vacances", "paie de vacances", "congés annuels"),
        "sick": (
            "sickness", "s&a", "sick pay", "sickness and accident", "maladie", "assurance maladie", "congé de maladie", "sickness benefit",
            "prestations de maladie",
        ),
        "wc": (
            "wcb", "wsib", "workers compensation", "workers’ compensation", "workers comp", "cnesst", "csst", "accident du travail",
            "indemnisation", "indemnisation des accidents du travail",
        ),
        "ei": ("ui", "employment insurance", "unemployment", "unemployment insurance", "ae", "assurance-emploi", "chômage"),
        "ltd": ("long-term disability", "disability", "ild", "invalidité", "invalidité de longue durée"),
    },
    "pay_method": {
        "cheque": ("check", "cheques", "chèque", "chèques", "chq"),
        "deposit": ("direct deposit", "bank", "eft", "ach", "transfer", "dépôt", "dépôt direct", "virement", "banque"),
    },
}  # fmt: skip
