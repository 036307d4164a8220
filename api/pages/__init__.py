"""Answer with pages: one module an area, each with a ``PAGES`` list of handlers."""
