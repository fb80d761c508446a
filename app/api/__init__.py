"""The HTTP API: its routers, in the order in which they are matched."""

from app.api import evidence, health, nouns, releases, search, verify

ROUTERS = [nouns.router, search.router, evidence.router, releases.router, verify.router, health.router]
