"""The HTTP API: its routers, in the order in which they are matched."""

from app.api import audit, evidence, facts, health, index, releases, verify
from app.api.nouns import router_of
from app.nouns import FACTS, NOUNS

ROUTERS = [
    facts.router,
    router_of(noun for noun in NOUNS if noun is not FACTS),
    evidence.router,
    releases.router,
    audit.router,
    verify.router,
    index.router,
    health.router,
]
