"""The nouns, in the order in which the docs page shows them."""

from app.nouns.companies import COMPANIES
from app.nouns.comparisons import COMPARISONS, CONFLICTS
from app.nouns.events import EVENTS
from app.nouns.facts import FACTS
from app.nouns.industries import INDUSTRIES
from app.nouns.initiatives import INITIATIVES
from app.nouns.metrics import METRICS
from app.nouns.noun import Noun
from app.nouns.organizations import ORGANIZATIONS
from app.nouns.places import PLACES
from app.nouns.policies import POLICIES
from app.nouns.sources import SOURCES

__all__ = ["FACTS", "NOUNS", "Noun"]

NOUNS: tuple[Noun, ...] = (
    FACTS,
    COMPARISONS,
    CONFLICTS,
    COMPANIES,
    ORGANIZATIONS,
    INDUSTRIES,
    INITIATIVES,
    METRICS,
    EVENTS,
    POLICIES,
    PLACES,
    SOURCES,
)
