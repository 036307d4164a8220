"""Add the invented people and locals of the sample year. Their sign-ins work from the same machine only."""

from datetime import date

from ledger.domain.actors import Actor
from ledger.services import sign_in
from ledger.services.operation import next_value
from ledger.services.pool import Pool
from ledger.storage import people, reference

# (name, union, role, language, password). Invented people; their sign-ins work from the same machine only.
PEOPLE = (
    ("Odile Marchetti", "ue", "treasurer", "en", "sample-ue-treasurer"),
    ("Ravi Lindqvist", "ue", "deputy", "en", "sample-ue-deputy"),
    ("Wanda Achterberg", "ue", "officer", "en", "sample-ue-officer"),
    ("Bartholomew Quist-Adair", "ue", "secretary_treasurer", "en", "sample-ue-secretary"),
    ("Festus Okonjo-Hale", "ue", "board_member", "en", "sample-ue-board"),
    ("Marisol Petrakis", "ue", "campaign_lead", "en", "sample-ue-campaigns"),
    ("Leontyne Abara", "ue", "benefits_officer", "en", "sample-ue-benefits"),
    ("Casimir Duquesne", "ue", "trustee", "en", "sample-ue-trustee"),
    ("Ingrid Vasquez-Roy", "ue", "admin", "en", "sample-ue-admin"),
    ("Rosalie Tremblay-Nowak", "unifor", "treasurer", "fr", "sample-unifor-treasurer"),
    ("Anselme Beaudry-Singh", "unifor", "deputy", "fr", "sample-unifor-deputy"),
    ("Coralie Haddad-Morin", "unifor", "officer", "fr", "sample-unifor-officer"),
    ("Solange Thériault-Mbeki", "unifor", "secretary_treasurer", "fr", "sample-unifor-secretary"),
    ("Thaddeus Bellwether", "unifor", "board_member", "en", "sample-unifor-board"),
    ("Malaika Osei-Gagnon", "unifor", "campaign_lead", "en", "sample-unifor-campaigns"),
    ("Ghislain Ouellet-Farah", "unifor", "campaign_lead", "fr", "sample-unifor-campaigns-2"),
    ("Aurore Bilodeau-Khan", "unifor", "benefits_officer", "fr", "sample-unifor-benefits"),
    ("Philibert Castonguay", "unifor", "trustee", "fr", "sample-unifor-trustee"),
    ("Nadine Kowalczyk", "unifor", "admin", "en", "sample-unifor-admin"),
    # Who reconciles the joint accounts, and so never pays from them.
    ("Ottoline Ferreira", "ue", "deputy", "en", "sample-ue-reconciling"),
    ("Gaspard Nguyen-Leblanc", "unifor", "deputy", "fr", "sample-unifor-reconciling"),
)
LOCALS = (
    ("ue", "901", "Lakeshore Machine Works", "Erie"), ("ue", "934", "Prairie Rail Shops", "Galesburg"), ("ue", "977", "Graduate Workers", "Ithaca"),
    ("unifor", "8504", "Steel City Assembly", "Hamilton"), ("unifor", "8610", "Atelier de l’Outaouais", "Gatineau"),
    ("unifor", "8722", "Harbour Terminals", "Halifax"),
)  # fmt: skip


async def add_people(pool: Pool, first: date) -> dict[str, Actor]:
    """Add them all; who can act, by union and role, a second of a role as ``union role 2``."""
    actors = {}
    hashed = {password: await sign_in.hash_password(password) for *_, password in PEOPLE}
    async with pool.database.writing() as connection:
        await reference.set_setting(connection, "sample", True)
        for name, union, role, language, password in PEOPLE:
            person_id = await next_value(connection, "person")
            email = f"{password.removeprefix('sample-')}@example.org"
            await people.add(connection, person_id, name, email, union, language)
            await people.change(connection, person_id, password_hash=hashed[password], sample_password=password)
            await people.add_grant(connection, person_id, role, first, first.replace(year=first.year + 3, month=12, day=31), person_id)
            part = f"{union} {role}"
            actors[f"{part} 2" if part in actors else part] = Actor(person_id, name, union, frozenset({role}), "page")
        for union, number, name, city in LOCALS:
            local_id = await next_value(connection, "local")
            await connection.execute(
                "INSERT INTO locals (id, union_code, number, name, city) VALUES ($1, $2, $3, $4, $5)", local_id, union, number, name, city
            )
    return actors


async def bank_accounts(pool: Pool) -> dict[str, int]:
    """The ids of the joint bank accounts by their labels."""
    async with pool.database.reading() as connection:
        return {f"{account.book}/{account.path}": account.id for account in await reference.accounts(connection, "joint", "bank")}


async def mark_seen(pool: Pool) -> None:
    """Let everybody have seen all but the last few entries."""
    async with pool.database.writing() as connection:
        head = await connection.fetchval("SELECT number FROM head")
        for person, _ in await people.sample_people(connection, pool.today()):
            await people.change(connection, person.id, last_seen_entry=max(0, head - 6))
