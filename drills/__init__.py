"""Faults made on purpose, and what must hold afterwards: python -m drills NAME; see README.md."""
