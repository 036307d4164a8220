"""Working papers for whoever fills in a form: the figures that the books have of it, with everything behind them, and what they do not know."""
