"""What a text claims: its numbers, each with unit, bound, period and sentence."""
