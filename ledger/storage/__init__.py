"""Keep the books in PostgreSQL: the only room, with the reports, that speaks SQL."""
