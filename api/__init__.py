"""Open every door to the books: JSON, pages and commands, all leading to the same services."""
