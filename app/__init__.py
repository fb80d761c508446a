"""Facts about a city's industry, each with the evidence that says so.

The path of a fact, from its line in seed/ to its answer:

1. seeding/seeds.py reads the line into a record (seeding/records.py), keeping file, line and column.
2. seeding/checks.py holds it against everything else; seeding/evidence.py against its quote.
3. seeding/rendering.py makes its row, its tags and the very JSON it is answered with (answers/facts.py).
4. seeding/loading.py writes all rows in one transaction (tables/facts.py).
5. routes/facts.py says what can be asked; lists.py finds the rows and forwards the JSON.
"""
