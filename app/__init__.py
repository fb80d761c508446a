"""Facts about a city's industry, each with its evidence.

The path of a fact, from its line in seed/ to a response:

1. seeding/fact_table.py reads the line into a row of the table of all facts, with its file, line and column.
2. seeding/column_checks.py and checks.py check it: the ids it names, its quote, its printed number.
3. seeding/fact_rows.py gives it its id and its series, series.py says whether that prefers it, and fact_answers.py
   renders the JSON that will be sent.
4. seeding/loading.py writes all rows into a new release, checks it, and moves the pointer to it.
5. queries/lists.py selects the rows that match a query, and sends that JSON as it is.

The path of a request, from its bytes to its response:

1. http/middleware.py gives it an id, and answers with 304 or from the cache where it can.
2. http/routing.py selects the release and the thread, and validates the query (queries/parameters.py).
3. api/nouns.py passes the query to the list of its noun.
4. queries/lists.py selects the rows; store/ reads them from the release.
5. http/caching.py builds the response with its ETag, and caches it.
"""
