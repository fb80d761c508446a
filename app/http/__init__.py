"""What every response gets: problems, conditional requests, caching, limits, request ids, logs, metrics, docs."""
