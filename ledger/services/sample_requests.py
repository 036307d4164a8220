"""Ask for money in the sample year: requests in every state, of both unions, all initiatives, several funds and both currencies.

Each is a list of what happened to it and when. None of it is real: no payee, board or resolution of that name exists.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

from ledger.domain.allocations import Content, NewLine, Pay
from ledger.domain.exchange import convert_at
from ledger.services import allocation_decisions as decisions
from ledger.services import allocation_payments as payments
from ledger.services import allocations, documents
from ledger.services.allocation_decisions import Resolve
from ledger.services.sample_payees import ACTUARY, HALL_CA, HALL_US, PRINTER_CA, PRINTER_US, SOUND_US
from ledger.services.sample_stage import BANKS, Stage, Step

# (day, what happens): days are counted from the first of the year, those below zero back from today.
Moment = tuple[int, Step]
# What, currency, minor units, payee.
Wanted = tuple[str, str, int, str]
CA_PRINTER, US_PRINTER, CA_HALL, US_HALL, SOUND, STUDY = (who[0] for who in (PRINTER_CA, PRINTER_US, HALL_CA, HALL_US, SOUND_US, ACTUARY))


def request_steps(first: date, today: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of every request; what falls on a weekend is done on the Friday before."""
    moments = [moment for request in _requests() for moment in request]
    return [(_friday(first + timedelta(days=day) if day >= 0 else today + timedelta(days=day)), 960 + place, step)
            for place, (day, step) in enumerate(moments)]  # fmt: skip


def _friday(day: date) -> date:
    return day - timedelta(days=max(day.weekday() - 4, 0))


def _requests() -> list[list[Moment]]:
    return [*_ended(), *_paying(), *_approved(), *_at_boards(), *_under_review(), *_stopped(), *_drafts()]


# --- what happens -------------------------------------------------------------------------------------------------------


def _ask(
    key: str, by: str, campaign: str, fund: str, purpose: str, *lines: Wanted, needed: int = 30, kind: str = "general", again: bool = False
) -> Step:
    """Submit a request, or (``again``) one that is there already; needed so many days later."""

    async def step(s: Stage) -> object:
        content = Content(
            campaign=s.numbers[f"campaign {campaign}"], fund=fund, purpose=purpose, needed_by=s.pool.today() + timedelta(days=needed), kind=kind,
            lines=tuple(NewLine(what=what, currency=currency, amount_minor=minor, payee=payee) for what, currency, minor, payee in lines),
        )  # fmt: skip
        if again:
            return await allocations.submit(s.pool, s.actors[by], s.key(), s.numbers[key], content)
        made = await allocations.ask(s.pool, s.actors[by], s.key(), content)
        s.numbers[key] = made.number
        return made

    return step


def _approve(key: str, by: str, remark: str = "") -> Step:
    async def step(s: Stage) -> object:
        return await decisions.approve(s.pool, s.actors[by], s.key(), s.numbers[key], await _revision(s, by, key), remark)

    return step


async def _revision(s: Stage, by: str, key: str) -> int:
    return (await allocations.show_request(s.pool, s.actors[by], s.numbers[key])).allocation.revision


Deciding = Callable[..., Awaitable[object]]


def _say(what: Deciding, key: str, by: str, *text: str) -> Step:
    """Take a step that needs no more than a reason, or nothing."""

    async def step(s: Stage) -> object:
        return await what(s.pool, s.actors[by], s.key(), s.numbers[key], *text)

    return step


def _resolve(key: str, by: str, number: str, lines: tuple[str, ...]) -> Step:
    """Record what a board resolved, with its document."""

    async def step(s: Stage) -> object:
        who, request = s.actors[by], s.numbers[key]
        kept = await documents.attach(s.pool, who, s.key(), "request", request, f"{number}.pdf", "application/pdf", pdf((number, *lines)))
        resolve = Resolve(number=number, decided_on=s.pool.today() - timedelta(days=1), document=str(kept.id))
        return await decisions.record_resolution(s.pool, who, s.key(), request, await _revision(s, by, key), resolve)

    return step


def _vote(key: str, by: str, choice: str, remark: str = "") -> Step:
    async def step(s: Stage) -> object:
        return await decisions.vote(s.pool, s.actors[by], s.key(), s.numbers[key], await _revision(s, by, key), choice, remark)

    return step


def _pay(
    key: str, union: str, line: int, minor: int, invoice: str, *, final: bool = False, payee: str = "", spread: str = "", fee: int = 0
) -> Step:
    """Pay an invoice of the week before from a union's account; ``spread`` is how far the bank's rate is from the day's, where it converts."""

    async def step(s: Stage) -> object:
        rate = s.rate_on(s.pool.today()) + Decimal(spread) if spread else None
        pay = Pay(
            line=line, account=s.accounts[BANKS[union]], amount_minor=minor, paid_on=s.pool.today(), invoice=invoice, fee_minor=fee, rate=rate,
            invoiced_on=s.pool.today() - timedelta(days=6), final=final, payee=s.numbers.get(payee, ""),
            bank_minor=None if rate is None else convert_at(minor, "USD", "CAD", "USD", "CAD", rate),
        )  # fmt: skip
        return await payments.pay(s.pool, s.actors[f"{union} treasurer"], s.key(), s.numbers[key], pay)

    return step


def _take_back(key: str, union: str, ordinal: int, reason: str) -> Step:
    async def step(s: Stage) -> object:
        who = s.actors[f"{union} treasurer"]
        return await payments.reverse_payment(s.pool, who, s.key(), s.numbers[key], ordinal, s.pool.today(), reason)

    return step


def _draft(by: str, campaign: str, **typed: str) -> Step:
    async def step(s: Stage) -> object:
        values = {name.replace("_0_", "-0-"): value for name, value in typed.items()}
        return await allocations.start_draft(s.pool, s.actors[by], s.key(), {"campaign": s.numbers[f"campaign {campaign}"], **values})

    return step


async def _expire(s: Stage) -> object:
    return await payments.expire(s.pool)


# --- the requests -------------------------------------------------------------------------------------------------------

UE, UNIFOR, SECOND = "ue campaign_lead", "unifor campaign_lead", "unifor campaign_lead 2"
UE_OFFICER, UNIFOR_OFFICER = "ue officer", "unifor officer"
UE_SECRETARY, UNIFOR_SECRETARY = "ue secretary_treasurer", "unifor secretary_treasurer"


def _ended() -> list[list[Moment]]:
    """One closed with a little left over, one that expired half drawn, one paid in the other currency, strike support in two invoices."""
    return [
        [
            (116, _ask("school", UE, "school", "EDU", "Four days of school for 64 stewards of both unions",
                       ("Room and meals", "CAD", 3_900_00, CA_HALL), ("Course materials", "USD", 1_150_00, US_PRINTER))),
            (117, _say(allocations.comment, "school", UE_SECRETARY, "How many stewards come from each union?")),
            (117, _say(allocations.comment, "school", UE, "Thirty from UE, thirty-four from Unifor.")),
            (118, _approve("school", UE_SECRETARY)),
            (121, _approve("school", UNIFOR_SECRETARY, "D’accord, selon le nombre annoncé.")),
            (139, _pay("school", "ue", 2, 1_104_35, "LU-2207", final=True)),
            (153, _pay("school", "unifor", 1, 3_720_00, "E-0418", final=True, fee=4_50)),
            (167, _say(payments.close, "school", "unifor deputy", "The school was held; both invoices came in below the estimate.")),
        ],
        [
            (58, _ask("council", UE, "meridian ue", "BARG", "Live stream of the joint bargaining council for both shops",
                      ("Sound and video, two sessions", "USD", 2_600_00, SOUND), needed=20)),
            (60, _approve("council", UE_OFFICER)),
            (62, _approve("council", UNIFOR_OFFICER)),
            (88, _pay("council", "ue", 1, 900_00, "PSV-118")),
            (264, _expire),
        ],
        [
            (205, _ask("film", UNIFOR, "meridian unifor", "BARG", "A ten-minute film: one employer, two contracts",
                       ("Filming and editing", "USD", 2_400_00, SOUND))),
            (206, _approve("film", UNIFOR_OFFICER)),
            (210, _approve("film", UE_OFFICER)),
            (241, _pay("film", "unifor", 1, 2_400_00, "PSV-164", final=True, spread="0.0091", fee=15_00)),
        ],
        [
            (131, _ask("picket", SECOND, "harbour", "STRIKE", "Cuisine et abris au piquet de la section locale 8722",
                       ("Repas et salle, deux semaines", "CAD", 4_100_00, CA_HALL), ("Affiches et brassards", "CAD", 640_00, CA_PRINTER),
                       needed=6, kind="strike_support")),
            (131, _approve("picket", UNIFOR_OFFICER)),
            (132, _approve("picket", UE_OFFICER, "Stay warm.")),
            (138, _pay("picket", "unifor", 2, 640_00, "IQ-3071", final=True)),
            (146, _pay("picket", "unifor", 1, 2_050_00, "E-0399")),
            (153, _pay("picket", "unifor", 1, 1_985_60, "E-0402", final=True)),
        ],
    ]  # fmt: skip


def _paying() -> list[list[Moment]]:
    """Two partly paid: one with a payment that came back and was made again, one after a resolution of both boards."""
    return [
        [
            (292, _ask("cards", UE, "graduates", "ORG", "Cards, leaflets and a hall for the second unit",
                       ("Cards and leaflets", "USD", 1_900_00, US_PRINTER), ("Two organizers, travel", "USD", 2_800_00, ""), needed=45)),
            (294, _approve("cards", UE_SECRETARY)),
            (297, _approve("cards", UNIFOR_SECRETARY)),
            (312, _pay("cards", "ue", 1, 640_00, "LU-2291")),
            (322, _pay("cards", "ue", 1, 1_080_00, "LU-2304")),
            (325, _take_back("cards", "ue", 2, "The bank sent it back; the amount is right.")),
            (327, _pay("cards", "ue", 1, 1_080_00, "LU-2304")),
        ],
        [
            (252, _ask("organizers", UE, "graduates", "ORG", "Two organizers on three campuses until the vote",
                       ("Two organizers, wages and travel", "USD", 19_500_00, ""), ("Sound for the rallies", "USD", 1_900_00, SOUND), needed=90)),
            (253, _say(decisions.take_up, "organizers", UE_OFFICER)),
            (254, _say(allocations.comment, "organizers", UNIFOR_OFFICER, "Pourquoi deux personnes et non une seule?")),
            (255, _say(allocations.comment, "organizers", UE, "Three campuses, an hour apart; one person would spend the week driving.")),
            (257, _approve("organizers", UE_OFFICER)),
            (261, _approve("organizers", UNIFOR_OFFICER)),
            (274, _resolve("organizers", UE_SECRETARY, "GEB-17", ("General Executive Board (sample)", "Resolved: USD 21,400.00 for organizing."))),
            (281, _resolve("organizers", UNIFOR_SECRETARY, "NEB-22", ("Conseil (exemple)", "Il est résolu d’accorder 21 400,00 USD."))),
            (305, _pay("organizers", "ue", 2, 1_840_00, "PSV-190", final=True)),
        ],
    ]  # fmt: skip


def _approved() -> list[list[Moment]]:
    """Two set aside and not drawn yet."""
    return [
        [
            (-27, _ask("house calls", SECOND, "harbour", "ORG", "Visites à domicile, équipe de nuit",
                       ("Salle, huit soirées", "CAD", 3_200_00, CA_HALL), ("Tracts en trois langues", "CAD", 1_450_00, CA_PRINTER))),
            (-26, _approve("house calls", UNIFOR_OFFICER)),
            (-20, _approve("house calls", UE_OFFICER)),
        ],
        [
            (-41, _ask("postage", UNIFOR, "bulletin", "COM", "Postage of the autumn number to members in the United States",
                       ("Labels and postage", "USD", 1_320_00, US_PRINTER), needed=50)),
            (-40, _approve("postage", UE_OFFICER)),
            (-37, _approve("postage", UNIFOR_OFFICER)),
        ],
    ]  # fmt: skip


def _at_boards() -> list[list[Moment]]:
    """Two with votes in progress: a political fund that one nation decides about, and a study group that both boards must agree to."""
    return [
        [
            (-19, _ask("brief", SECOND, "procurement", "POL-CA", "Mémoire sur les achats publics, comparution en commission",
                       ("Impression du mémoire", "CAD", 780_00, CA_PRINTER), ("Recherche juridique", "CAD", 1_400_00, ""), needed=60)),
            (-17, _approve("brief", UNIFOR_OFFICER)),
            (-9, _vote("brief", "unifor board_member", "for", "We promised this at convention.")),
        ],
        [
            (-24, _ask("study", UNIFOR, "bulletin", "COM", "Joint study group: machine translation in the bulletin, and the jobs it concerns",
                       ("Study by translators of both unions", "CAD", 2_900_00, ""), needed=75, kind="study_group")),
            (-22, _approve("study", UE_OFFICER)),
            (-20, _approve("study", UNIFOR_OFFICER, "Le sujet est pressant.")),
            (-6, _vote("study", "ue board_member", "for")),
        ],
    ]  # fmt: skip


def _under_review() -> list[list[Moment]]:
    """New, taken up, half approved, changed after an approval, one that nobody has looked at for too long, one sent back."""
    return [
        [(-1, _ask("translation", UNIFOR, "meridian unifor", "BARG", "Traduction de la convention de la section locale 934",
                   ("Traduction, 84 pages", "CAD", 2_150_00, "")))],
        [(-12, _ask("leaflets", SECOND, "harbour", "ORG", "Deuxième tirage des tracts, quart de nuit",
                    ("Tracts, 2 000 exemplaires", "CAD", 1_380_00, CA_PRINTER), needed=9))],
        [
            (-6, _ask("winter number", UNIFOR, "bulletin", "COM", "Impression du numéro d’hiver",
                      ("Impression, 6 000 exemplaires", "CAD", 2_450_00, CA_PRINTER))),
            (-5, _say(decisions.take_up, "winter number", UNIFOR_OFFICER)),
            (-5, _say(allocations.comment, "winter number", UNIFOR_OFFICER, "J’attends le prix du transport.")),
        ],
        [
            (-10, _ask("comparison", UE, "meridian ue", "BARG", "Compare both agreements clause by clause",
                       ("Pension comparison", "CAD", 4_300_00, STUDY), ("Print, both languages", "USD", 1_700_00, US_PRINTER), needed=40)),
            (-3, _approve("comparison", UE_SECRETARY)),
        ],
        [
            (-23, _ask("rally", UE, "graduates", "GEN", "Rally on the day of the filing", ("Sound", "USD", 950_00, SOUND))),
            (-21, _approve("rally", UE_OFFICER)),
            (-16, _ask("rally", UE, "graduates", "GEN", "Rally on the day of the filing, and a live stream",
                       ("Sound", "USD", 950_00, SOUND), ("Live stream", "USD", 1_100_00, SOUND), again=True)),
            (-15, _say(allocations.comment, "rally", UE, "The other campuses want to watch; hence the stream.")),
            (-4, _approve("rally", UE_OFFICER, "With the stream.")),
        ],
        [
            (-15, _ask("hall", UE, "graduates", "ORG", "A hall for the department meetings", ("Hall, some evenings", "USD", 1_250_00, US_HALL))),
            (-13, _say(decisions.send_back, "hall", UE_OFFICER, "Which evenings? Please attach the hall’s offer.")),
            (-12, _say(allocations.comment, "hall", UE, "I have asked Northfield Hall for one.")),
        ],
    ]  # fmt: skip


def _stopped() -> list[list[Moment]]:
    """Declined, withdrawn, and one whose money is set aside while the payee's bank details are looked into."""
    return [
        [
            (-80, _ask("banners", UE, "meridian ue", "BARG", "Banners for both plants", ("Forty banners", "USD", 3_100_00, US_PRINTER))),
            (-78, _approve("banners", UE_OFFICER)),
            (-76, _say(decisions.reject, "banners", UNIFOR_OFFICER, "Les deux ateliers ont encore les bannières de l’an dernier.")),
        ],
        [
            (-70, _ask("hearing", UE, "right to organize", "POL-US", "Travel of five members to the hearing",
                       ("Bus and two nights", "USD", 1_900_00, ""))),
            (-66, _say(allocations.withdraw, "hearing", UE, "The hearing was called off.")),
        ],
        [
            (-35, _ask("actuary", UE, "meridian ue", "BARG", "What the same pension would cost on both sides",
                       ("Actuary, first report", "CAD", 3_400_00, STUDY), needed=60)),
            (-33, _approve("actuary", UNIFOR_OFFICER)),
            (-31, _approve("actuary", UE_OFFICER)),
            (-8, _say(decisions.suspend, "actuary", UE_OFFICER, "The payee gave new bank details by e-mail; nothing is paid until a call back.")),
        ],
    ]  # fmt: skip


def _drafts() -> list[list[Moment]]:
    return [
        [(-2, _draft(UE, "graduates", fund="ORG", purpose="Phones for the last week", line_0_what="Call centre, five evenings", line_0_currency="USD"))],
        [(-4, _draft(SECOND, "harbour", fund="ORG", purpose="Assemblée de fondation", line_0_what="Salle", line_0_currency="CAD"))],
    ]  # fmt: skip


# --- a document ---------------------------------------------------------------------------------------------------------


def pdf(lines: tuple[str, ...]) -> bytes:
    """A one-page PDF of a few lines of text, made of nothing else."""
    shown = b" ".join(b"(%s) Tj T*" % line.encode("cp1252").replace(b"(", b"").replace(b")", b"") for line in lines)
    text = b"BT /F 14 Tf 20 TL 72 720 Td %s ET" % shown
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))
