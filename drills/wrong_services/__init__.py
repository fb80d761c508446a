"""The service with one fault each, as `python -m drills.wrong_services.NAME serve` runs it: negative controls."""
