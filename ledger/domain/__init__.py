"""Decide what happened in the books: pure rules, no I/O, no clock, no randomness."""
