"""Facts about a city's industry, each with the evidence that says so.

The path of a fact, from its line in seed/ to its answer, is four files:

1. seeding/seeds.py reads the line into a record and keeps its file, line and column.
2. seeding/checks.py holds it against everything else: what it names, its quote, its printed number.
3. seeding/fact_rows.py makes its row, with the very JSON it is answered with.
4. queries/lists.py finds the rows that a question asks for, and forwards that JSON.

Between 3 and 4, seeding/writing.py puts it into its slices; http/express.py meets a question first.
"""
