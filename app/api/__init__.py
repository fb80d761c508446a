"""The HTTP API: its routers, in the order in which they are matched."""

from app.api import evidence, health, nouns, releases, verify

ROUTERS = [nouns.router, evidence.router, releases.router, verify.router, health.router]
