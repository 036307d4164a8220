"""Read the books: select rows in one snapshot, shape them into a language-free document, render it in a language."""
