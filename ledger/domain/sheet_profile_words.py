"""Say what banks and ledgers call the columns of their sheets, and the words they write in them, in both languages.

Capitals, accents, hyphens, points and what stands in brackets at the end do not matter; the column's own name counts too.
"""

CALLED: dict[str, tuple[str, ...]] = {
    "date": (
        "transaction date", "posted date", "posting date", "post date", "date posted", "booking date", "booked", "entry date", "effective date",
        "trans date", "trans. date", "process date", "date de transaction", "date de la transaction", "date de l’opération", "date opération",
        "date d’opération", "date comptable", "date d’inscription", "date de comptabilisation", "jour", "gl date", "journal date",
        "accounting date", "date de l’écriture", "date d’écriture", "date du journal", "date gl",
    ),
    "value_date": ("value", "valeur", "date de valeur", "date valeur", "settlement date", "interest date", "date de règlement"),
    "amount": (
        "amt", "transaction amount", "net amount", "cad$", "usd$", "amount cad", "amount usd", "montant", "montant de la transaction",
        "montant cad", "montant usd", "montant net", "montant de l’opération", "net", "net change",
    ),
    "money_in": (
        "credit", "credits", "credit amount", "deposit", "deposits", "deposit amount", "money in", "paid in", "received", "receipts", "funds in",
        "crédit", "crédits", "montant au crédit", "montant crédit", "dépôt", "dépôts", "entrée", "entrées", "encaissement", "encaissements",
        "rentrées", "reçu", "money received",
    ),
    "money_out": (
        "debit", "debits", "debit amount", "withdrawal", "withdrawals", "withdrawal amount", "money out", "paid out", "payment", "payments", "paid",
        "funds out", "débit", "débits", "montant au débit", "montant débit", "retrait", "retraits", "sortie", "sorties", "décaissement",
        "décaissements", "paiement", "paiements", "money paid",
    ),
    "direction": (
        "dr/cr", "cr/dr", "dr cr", "cr dr", "d/c", "c/d", "debit/credit", "credit/debit", "credit debit", "debit credit", "credit debit indicator",
        "debit/credit indicator", "debit or credit", "cd indicator", "sign", "side", "sens", "débit/crédit", "crédit/débit", "débit crédit",
        "dt/ct", "ct/dt",
    ),
    "text": (
        "description", "details", "detail", "description 1", "transaction description", "narrative", "memo", "particulars", "transaction",
        "transaction details", "bank description", "remarks", "remittance information", "libellé", "libellés", "libellé de l’opération", "détail",
        "détails", "désignation", "opération", "line description", "journal description", "comment", "comments", "commentaire", "text", "texte",
        "motif", "explanation",
    ),
    "more_text": (
        "memo", "details", "détails", "description 2", "additional details", "extended text", "extended details", "more details", "autres détails",
        "description complémentaire",
    ),
    "reference": (
        "ref", "ref #", "ref no", "ref number", "reference number", "reference no", "customer reference", "customer ref",
        "customer reference number", "end to end id", "endtoendid", "end-to-end reference", "payment reference", "référence", "réf",
        "numéro de référence", "no de référence", "n° de référence", "no de réf", "référence client", "référence du client",
        "référence de paiement",
    ),
    "bank_id": (
        "transaction id", "transaction number", "transaction no", "bank reference", "bank ref", "bank reference number", "fitid", "unique id",
        "trace number", "trace no", "numéro de transaction", "no de transaction", "n° de transaction", "identifiant", "référence bancaire",
        "référence de la banque", "référence banque", "séquence", "numéro de séquence", "no de séquence",
    ),
    "cheque": (
        "check", "cheque number", "check number", "cheque no", "check no", "cheque #", "check #", "check or slip #", "chèque", "numéro de chèque",
        "no de chèque", "n° de chèque", "no chèque", "chq", "no chq", "serial number",
    ),
    "counterparty": (
        "payee", "payer", "name", "counterparty name", "beneficiary", "merchant", "vendor", "customer", "party", "nom", "bénéficiaire", "payeur",
        "contrepartie", "tiers", "fournisseur", "client", "donneur d’ordre", "payee name", "counterparty account name",
    ),
    "balance": (
        "running balance", "running bal", "running bal.", "account balance", "ledger balance", "balance after", "bal", "solde", "solde courant",
        "solde du compte", "solde après", "solde après opération", "solde comptable", "solde progressif",
    ),
    "currency": ("ccy", "curr", "cur", "currency code", "account currency", "devise", "monnaie", "code devise", "code de devise", "devise du compte"),
    "account": (
        "account number", "account no", "account #", "acct", "acct no", "account id", "iban", "gl account", "g/l account", "gl code",
        "account code", "folio", "compte", "numéro de compte", "no de compte", "n° de compte", "compte gl", "compte de grand livre",
        "code de compte",
    ),
    "code": (
        "type", "transaction type", "trans type", "bai code", "bai type code", "type code", "transaction code", "tran code", "source code",
        "code d’opération", "type d’opération", "type de transaction", "type d’écriture", "code de transaction", "nature",
    ),
    "document": (
        "document number", "document no", "doc", "doc no", "doc number", "voucher", "voucher no", "voucher number", "invoice", "invoice number",
        "invoice no", "journal", "journal no", "journal number", "journal entry", "je number", "entry number", "entry no", "batch",
        "numéro de document", "no de document", "n° de document", "pièce", "numéro de pièce", "no de pièce", "n° de pièce", "facture",
        "numéro de facture", "no de facture", "n° de facture", "écriture", "numéro d’écriture", "no d’écriture", "n° d’écriture", "no de journal",
        "numéro de journal",
    ),
}  # fmt: skip

# In a union's own ledger debit and credit are the other way round than at its bank.
BOOK_CALLED: dict[str, tuple[str, ...]] = {
    "money_in": (
        "debit", "debits", "debit amount", "dr", "débit", "débits", "montant au débit", "montant débit", "dt", "receipts", "money in",
        "encaissements",
    ),
    "money_out": (
        "credit", "credits", "credit amount", "cr", "crédit", "crédits", "montant au crédit", "montant crédit", "ct", "payments", "money out",
        "décaissements",
    ),
}  # fmt: skip

DEBIT_WORDS = ("debit", "dr", "d", "dt", "dbit", "db", "débit", "withdrawal", "out", "retrait", "sortie", "-")
CREDIT_WORDS = ("credit", "cr", "c", "ct", "crdt", "crédit", "deposit", "in", "dépôt", "entrée", "+")

MONTHS: dict[int, tuple[str, ...]] = {
    1: ("jan", "january", "janv", "janvier"), 2: ("feb", "february", "fév", "févr", "février"), 3: ("mar", "march", "mars"),
    4: ("apr", "april", "avr", "avril"), 5: ("may", "mai"), 6: ("jun", "june", "juin"), 7: ("jul", "july", "juil", "juillet"),
    8: ("aug", "august", "août"), 9: ("sep", "sept", "september", "septembre"), 10: ("oct", "october", "octobre"),
    11: ("nov", "november", "novembre"), 12: ("dec", "december", "déc", "décembre"),
}  # fmt: skip
