"""A day that is shown or compared is one of the books: a recorded time is put into their zone before its day is taken."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
# A column that keeps a moment is named so; its day in UTC is tomorrow's from eight in the evening on.
IN_UTC = re.compile(r"\b\w+_(?:at|since)\b\)?\.date\(\)")


def test_no_day_is_taken_of_a_time_in_utc() -> None:
    files = [path for folder in ("api", "ledger", "reports") for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".html")]
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in files for match in IN_UTC.finditer(path.read_text(encoding="utf-8"))]
    assert len(files) > 500 and found == []
