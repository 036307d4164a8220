"""Keep the schema's history: hand-written SQL, one statement per call, forward only."""
