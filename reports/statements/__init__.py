"""The financial statements of the joint funds: what came and went in a period, and what there is at a day, in each of the three presentations."""
