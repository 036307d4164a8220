"""Take weekly runs through their steps from a terminal, as the person whose token is set; totals and counts are told, never a member."""

from collections.abc import Awaitable, Callable
from datetime import date

import rich_click as click

from api.commands.run import DAY, KEY, OPERATOR, as_person, on_books
from api.commands.strikes import amount, strikes
from ledger.domain.actors import Actor
from ledger.domain.strike_runs import Run
from ledger.services import strike_run_computing, strike_run_views
from ledger.services import strike_runs as service
from ledger.services.pool import Pool
from ledger.services.strike_run_views import RunView
from ledger.services.strikes import written
from ledger.storage.strike_runs import RunFilter

ROWS_MAXIMUM = 1_000
REVISION = click.option("--revision", type=click.IntRange(0), required=True, help="The figures you read, as `run` tells them; newer ones are refused.")


@strikes.command("runs")
@click.argument("strike", required=False)
def runs_command(strike: str | None) -> None:
    """The weekly runs of both unions, or of one STRIKE, the newest week first: number, state, strike, week, paid of members, what they get.

    A dash stands where so few would be told of that one could be known.
    """

    async def work(pool: Pool) -> None:
        narrowed = RunFilter(strike=written(strike) if strike else None)
        for run in (await strike_run_views.list_runs(pool, OPERATOR, narrowed, limit=ROWS_MAXIMUM)).items:
            members, gross = f"{_count(run.eligible)} of {_count(run.members)}", amount(run.gross_minor, run.currency)
            click.echo(f"{run.number:12} {run.state:10} {run.strike:8} {run.week:4} {members:>15} {gross:>18}")

    on_books(work)


@strikes.command("run")
@click.argument("number")
def run_command(number: str) -> None:
    """One run, such as SR-2026-19: how it stands, its totals, and members by reason and local; no name and no reference."""
    on_books(lambda pool: _show(pool, number))


async def _show(pool: Pool, number: str) -> None:
    for line in _lines(await strike_run_views.show_run(pool, OPERATOR, number)):
        click.echo(line)


def _lines(view: RunView) -> list[str]:
    run, locals_ = view.run, {each.id: each.number for each in view.strike.locals}
    sums = ", ".join(f"{name} {amount(minor, run.currency)}" for name, minor in
                     (("gross", run.gross_minor), ("recovered", run.recovered_minor), ("to pay", run.pay_minor)))  # fmt: skip
    return [
        f"{run.number} {run.strike} {run.strike_name}, week {run.week} ({run.starts_on} to {run.ends_on}): {run.state} since {run.state_since:%Y-%m-%d}",
        f"Revision {run.revision} by {run.rule_set} version {run.rule_version}: {sums}",
        f"Members {_count(run.members)}, paid {_count(run.eligible)}, whole weeks {_count(run.full_weeks)}",
        *(
            f"{locals_.get(each.local_id, 'all'):>8} {each.reason:24} {_count(each.members):>6} "
            f"{'-' if each.gross_minor is None else amount(each.gross_minor, run.currency):>18}"
            for each in view.counts
        ),
        *(f"{event.recorded_at:%Y-%m-%d %H:%M} {event.what}{f' J-{event.entry}' if event.entry else ''}" for event in view.events),
    ]  # fmt: skip


def _count(members: int | None) -> str:
    return "-" if members is None else str(members)


# --- steps --------------------------------------------------------------------------------------------------------------


def _step(take: Callable[[Pool, Actor], Awaitable[Run]]) -> None:
    """Take a step as the person whose token is set, and say how the run stands after it."""
    run = as_person(take)
    click.echo(f"{run.number}: {run.state}, revision {run.revision}, {amount(run.pay_minor, run.currency)} to pay")


@strikes.command("start-run")
@click.argument("strike")
@click.argument("week", type=click.IntRange(1))
@KEY
def start_command(strike: str, week: int, key: str) -> None:
    """Begin the run of a benefit WEEK of a STRIKE of your union; needs SOLIDARITY_TOKEN."""
    _step(lambda pool, actor: service.start_run(pool, actor, key, strike, week))


@strikes.command("compute-run")
@click.argument("number")
@KEY
def compute_command(number: str, key: str) -> None:
    """Compute every member's line from the roster, the duty and the rules as they are now; needs SOLIDARITY_TOKEN."""
    _step(lambda pool, actor: strike_run_computing.compute_run(pool, actor, key, number))


@strikes.command("submit-run")
@click.argument("number")
@REVISION
@KEY
def submit_command(number: str, revision: int, key: str) -> None:
    """Hand a computed run to a second person; needs SOLIDARITY_TOKEN."""
    _step(lambda pool, actor: service.submit_run(pool, actor, key, number, revision))


@strikes.command("approve-run")
@click.argument("number")
@REVISION
@click.option("--on", "day", type=DAY, required=True, help="The day on which it becomes owed, ISO.")
@KEY
def approve_command(number: str, revision: int, day: date, key: str) -> None:
    """Approve what another person computed: it is owed to the members, and posted; needs SOLIDARITY_TOKEN."""
    _step(lambda pool, actor: service.approve_run(pool, actor, key, number, revision, day))


@strikes.command("pay-run")
@click.argument("number")
@click.option("--account", type=click.IntRange(1), required=True, help="Id of the joint bank account that pays, as its page shows it.")
@click.option("--on", "day", type=DAY, required=True, help="The day the money leaves, ISO.")
@click.option("--first-cheque", type=click.IntRange(1), help="Number of the first cheque, where anybody is paid by cheque.")
@KEY
def pay_command(number: str, account: int, day: date, first_cheque: int | None, key: str) -> None:
    """Pay an approved run, by another than who prepared or approved it; needs SOLIDARITY_TOKEN."""
    _step(lambda pool, actor: service.pay_run(pool, actor, key, number, account, day, first_cheque))
