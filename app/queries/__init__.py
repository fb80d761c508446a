"""Queries: the parameters of a list, the rows that match, and the page made of them."""
