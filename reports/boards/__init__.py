"""What the boards look at: all the funds on one page, and one fund on a page of its own, as of a date (domain.md 8.1)."""
