"""Say how long strike support lasts, the rule that says so, and draw it week by week; pages, the API's documents and reports share this."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.domain.runway import BurnWeek, Combined, Point, Runway
from ledger.services.runway import FundRunway
from reports import formats
from reports.document import Amount, Chart, Column, Series, Table, Words, row, words, words_n
from reports.i18n import translate, translate_n


def weeks_text(language: str, found: Runway | Combined) -> str:
    """``10.4 weeks``, or that there is no current strike; never infinity."""
    if found.weeks_left is None or found.tenths is None:
        return translate(language, "no current strike")
    # One, and in French all below two, is singular.
    number = 1 if found.tenths == 10 or (language == "fr" and found.tenths < 20) else 2
    return translate_n(language, "%(weeks)s week", "%(weeks)s weeks", number, weeks=formats.decimal(language, found.weeks_left, 1))


def rule(found: Runway) -> Words:
    """The rule with its two figures, as it stands beneath the weeks."""
    available, average = Amount(found.available_minor, found.currency), Amount(found.average_minor, found.currency)
    if not found.average:
        return words("Nothing was paid in the last four weeks, so no number of weeks is told. Available: %(available)s.", available=available)
    if found.weeks_counted == len(found.weeks):
        return words(
            "%(available)s available, divided by %(average)s, the average of the last four weeks; cut down to one decimal, never rounded up.",
            available=available, average=average,
        )  # fmt: skip
    return words_n(
        "%(available)s available, divided by %(average)s, what was paid in the one week since payments began; cut down to one decimal, "
        "never rounded up.",
        "%(available)s available, divided by %(average)s, the average of the %(count)s weeks since payments began; cut down to one decimal, "
        "never rounded up.",
        found.weeks_counted, available=available, average=average,
    )  # fmt: skip


def weeks_table(name: str, found: Runway) -> Table:
    """What each of the four weeks took, by what it was."""
    columns = (
        Column("week", words("Week")),
        *(Column(kind, heading, "money", found.currency) for kind, heading in (
            ("runs", words("Benefits")), ("advances", words("Advances to locals")), ("grants", words("Medical and hardship")),
            ("together", words("Together")),
        )),
    )  # fmt: skip
    rows = [
        row(_days(week), week.runs_minor, week.advances_minor, week.grants_minor, week.burn_minor) for week in found.weeks
    ]  # fmt: skip
    sums = (sum(getattr(week, name) for week in found.weeks) for name in ("runs_minor", "advances_minor", "grants_minor", "burn_minor"))
    caption = words("The last four weeks, %(currency)s", currency=found.currency)
    return Table(name, caption, columns, (*rows, row(words("Total"), *sums, kind="total")), (rule(found),))


def _days(week: BurnWeek) -> str:
    """``2026-10-27 – 2026-11-02``."""
    return f"{formats.date_iso(week.first)} – {formats.date_iso(week.last)}"


def projection(name: str, found: Runway, now: Sequence[Point], then: Sequence[Point] = ()) -> tuple[Chart, Table]:
    """What is left week by week as a chart and its table; ``then`` is the scenario's line."""
    currency, lines = found.currency, {(point.week, point.on): [point.left_minor, None] for point in now}
    for point in then:
        lines.setdefault((point.week, point.on), [None, None])[1] = point.left_minor
    columns = [Column("week", words("Weeks from now"), "decimal"), Column("on", words("On"), "date")]
    columns += [Column("left", words("At today’s burn"), "money", currency)] if now else []
    columns += [Column("supposed", words("In the scenario"), "money", currency)] if then else []
    shown = [index for index, points in enumerate((now, then)) if points]
    rows = tuple(row(week, on, *(figures[index] for index in shown)) for (week, on), figures in sorted(lines.items()))
    table = Table(name, words("What is left, week by week, %(currency)s", currency=currency), tuple(columns), rows)
    series = tuple(Series(column.name, *(("accent", True) if column.name == "supposed" else ("ink", False))) for column in columns[2:])
    caption = words("What is left, %(currency)s", currency=currency)
    return Chart(f"{name}-chart", name, "line", "on", series, caption, _described(now, then)), table


def _described(now: Sequence[Point], then: Sequence[Point]) -> Words:
    """What the drawing shows, in a sentence."""
    if now and then:
        return words("Two lines: at today’s burn, %(now)s; in the scenario, %(then)s. The table says the same.", now=_line(now), then=_line(then))
    return words("A line: %(now)s. The table says the same.", now=_line(now or then))


def _line(points: Sequence[Point]) -> Words:
    last = points[-1]
    if last.left_minor:
        return words("money is left on %(day)s", day=last.on)
    return words("nothing is left on %(day)s", day=last.on)


def until_text(language: str, found: Runway) -> str:
    """The day to which the money lasts; "" where there is none to tell."""
    if found.state != "lasts" or found.ends_on is None or found.ends_on.year > date.max.year - 1:
        return ""
    return translate(language, "until about %(day)s", day=formats.date_long(language, found.ends_on))


def runway_tile(language: str, found: FundRunway) -> dict[str, Any]:
    """A fund's runway in a few words, for its tile and its own page: (currency, weeks, until when) of each currency."""
    return {
        "fund": found.fund, "href": f"/strikes/runway?fund={found.fund.code}", "burning": found.burning,
        "lines": [(one.currency, weeks_text(language, one), until_text(language, one)) for one in found.runways],
    }  # fmt: skip
