"""Give the sample year two members' requests for a financial statement: one answered within a week, one that is open."""

from datetime import date, timedelta

from ledger.domain.statement_requests import AnswerStatementRequest, RecordStatementRequest
from ledger.services import statement_requests as service
from ledger.services.sample_stage import Planned, Stage, Step

ANSWERED, OPEN = 40, 20


def statement_request_steps(today: date) -> list[Planned]:
    """Both are asked of Unifor, by references that name nobody."""
    asked, late = today - timedelta(days=ANSWERED), today - timedelta(days=OPEN)
    return [
        Planned(asked, 8, _asked("R-14", asked)), Planned(asked + timedelta(days=6), 8, _answered(asked + timedelta(days=6))),
        Planned(late, 8, _asked("R-15", late)),
    ]  # fmt: skip


def _asked(reference: str, day: date) -> Step:
    wanted = RecordStatementRequest(reference=reference, statement=f"États financiers de {day.year - 1}", asked_on=day)

    async def step(s: Stage) -> object:
        made = await service.record(s.pool, s.actors["unifor treasurer"], s.key(), wanted)
        s.numbers[f"statement {reference}"] = made.number
        return made

    return step


def _answered(day: date) -> Step:
    async def step(s: Stage) -> object:
        wanted = AnswerStatementRequest(number=s.numbers["statement R-14"], answered_on=day, answer="Envoyés par la poste; copie au dossier R-14")
        return await service.answer(s.pool, s.actors["unifor treasurer"], s.key(), wanted)

    return step
