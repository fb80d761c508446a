"""What HTTP asks of every answer: problems, conditional requests, HEAD, raw URLs, request ids, docs."""
