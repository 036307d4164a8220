"""The books: what happened, decided in Python and kept by PostgreSQL.

    union ──holds──▶ bank account                 person ──has──▶ role (term of office)
                         │                           │
    book ◀──in── account ─┤ (book, path, currency)   └─ acts ─▶ entry ──reverses/corrects──▶ entry
                          │                                      │  number, dates, kind, actor,
    fund ◀──in── posting ─┘ (account, fund, amount)  ◀── 2..n ───┘  canonical bytes, hash ◀── hash before
                          │
          sums to zero per (entry, book, fund, currency)

    contribution, pledge, transfer, rate, revaluation ── each points at the entries it made.
"""

# What an audit pack says it was made with; pyproject.toml says the same.
VERSION = "0.1.0"
