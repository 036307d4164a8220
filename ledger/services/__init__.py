"""Do what people ask: one async function a use case: authorize, load, decide, store, answer."""
