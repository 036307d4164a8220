"""Answer JSON under /api/v1: one module an area, each with a ``ROUTES`` list of handlers or controllers."""
