"""Reading the claims in a text: its numbers, each with unit, bound, period and sentence."""
