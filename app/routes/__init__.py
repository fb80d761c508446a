"""What is asked: one noun a file, in the order the docs page shows them."""

from app.routes import (
    companies,
    events,
    facts,
    index,
    industries,
    initiatives,
    machinery,
    metrics,
    organizations,
    places,
    policies,
    sources,
)

ROUTERS = [
    index.router,
    facts.router,
    companies.router,
    organizations.router,
    industries.router,
    initiatives.router,
    metrics.router,
    events.router,
    policies.router,
    places.router,
    sources.router,
    machinery.router,
]
