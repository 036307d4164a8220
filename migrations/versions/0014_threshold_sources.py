"""Say a threshold's source in French as well, and whether its first day is an assumption; the shipped ones of books from before get both.

A code that ships since, as ``form-1099-payee``, is entered at the next start (``ledger.services.setup``), as into new books.
"""

from datetime import date

import sqlalchemy as sa
from alembic import context, op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = [
    "ALTER TABLE thresholds ADD COLUMN source_fr text NOT NULL DEFAULT ''",
    "ALTER TABLE thresholds ADD COLUMN first_day_assumed boolean NOT NULL DEFAULT false",
]
# The rule of 2026: its first fiscal year was not read.
ASSUMED = """UPDATE thresholds SET first_day_assumed = true
    WHERE code IN ('lm-2', 'lm-2-long') AND valid_from = '2027-01-01' AND state = 'confirmed' AND decided_by IS NULL"""
# Its rule was read again: what one receives is added up as well. The French below says it.
BOTH_WAYS = """UPDATE thresholds SET source = replace(source, 'transfers of one sender that total', 'transfers of one sender, or to one receiver, that total')
    WHERE code = 'bank-eft-24h' AND valid_from = '2000-01-01' AND state = 'confirmed' AND decided_by IS NULL"""
SOURCE = "UPDATE thresholds SET source_fr = :source WHERE code = :code AND valid_from = :first AND state = 'confirmed' AND decided_by IS NULL"
# As they shipped: who decided on none of them changed none of them.
SOURCES = [
    ("strike-benefits-us", "2000-01-01", "freep.com (1099-MISC des TUA pour 2023); seuil d’avant le changement de 2026"),
    ("strike-benefits-us", "2026-01-01", "sovos.com; mondaq.com (Littler)\u00a0: 2\u00a0000\u00a0USD pour les paiements faits après le 31 décembre 2025, indexé à partir de 2027"),
    ("lm-payee", "2000-01-01", "Règle finale de l’OLMS du 9 octobre 2003 (68 FR 58374)\u00a0: décaissements à une même entité totalisant 5\u00a0000\u00a0USD ou plus dans l’année, dans des catégories précisées"),
    ("lm-receivable", "2000-01-01", "dol.gov, formulaire LM-2, annexe 1 (âge des comptes débiteurs)\u00a0: en souffrance depuis plus de 90 jours, 5\u00a0000\u00a0USD ou plus"),
    ("lm-2", "2000-01-01", "dol.gov/agencies/olms/reports/faqs\u00a0: recettes annuelles totales de 250\u00a0000\u00a0USD ou plus (avant la règle de 2026)"),
    ("lm-2", "2027-01-01", "Règle finale de l’OLMS du 1er juin 2026 (91 FR 32556; dol.gov, notice-lm-2-longform-rule). Elle vaut pour l’avenir; son premier exercice n’a pas été lu, et le jour à partir duquel elle s’applique ici est une hypothèse à confirmer"),
    ("lm-2-long", "2027-01-01", "Règle finale de l’OLMS du 1er juin 2026 (91 FR 32556; dol.gov, notice-lm-2-longform-rule). Elle vaut pour l’avenir; son premier exercice n’a pas été lu, et le jour à partir duquel elle s’applique ici est une hypothèse à confirmer"),
    ("lm-3", "2000-01-01", "dol.gov/agencies/olms/reports/faqs\u00a0: recettes annuelles totales de 10\u00a0000\u00a0USD ou plus. La règle de 2026 relève ce montant; le nouveau n’a pas été lu et n’est pas inscrit"),
    ("form-990-f-1", "2000-01-01", "irs.gov, instructions de l’annexe F (formulaire 990)\u00a0: plus de 10\u00a0000\u00a0USD de produits ou de charges d’activités hors des États-Unis"),
    ("form-990-f-2", "2000-01-01", "irs.gov, instructions de l’annexe F (formulaire 990)\u00a0: plus de 5\u00a0000\u00a0USD à une même organisation étrangère"),
    ("form-990-f-3", "2000-01-01", "irs.gov, instructions de l’annexe F (formulaire 990)\u00a0: plus de 5\u00a0000\u00a0USD en tout à des particuliers étrangers"),
    ("fbar", "2000-01-01", "morganlewis.com; ey.com; brccpa.com\u00a0: valeur totale dépassant 10\u00a0000\u00a0USD à un moment quelconque de l’année civile"),
    ("bank-eft", "2000-01-01", "fintrac-canafe.canada.ca, déclaration des télévirements\u00a0: télévirements internationaux de 10\u00a0000\u00a0CAD ou plus. Déclarer revient à la banque"),
    ("bank-eft-24h", "2000-01-01", "fintrac-canafe.canada.ca, déclaration des télévirements, règle de 24 heures\u00a0: télévirements d’un même expéditeur, ou à un même destinataire, totalisant 10\u00a0000\u00a0CAD ou plus. Déclarer revient à la banque"),
    ("statement-request", "2000-01-01", "Règle interne\u00a0: 14 jours. Le Code dit sans délai (laws-lois.justice.gc.ca, L-2, art. 110); votre conseillère ou votre conseiller sait ce que cela veut dire"),
]  # fmt: skip


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in (*COLUMNS, ASSUMED, BOTH_WAYS):
        op.execute(statement)
    for code, first, source in SOURCES:
        op.execute(sa.text(SOURCE).bindparams(source=source, code=code, first=date.fromisoformat(first)))


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
