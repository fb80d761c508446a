"""The nouns: one line for each, in the order of the docs page."""

from app import tables
from app.nouns.events import EVENTS
from app.nouns.identities import IDENTITIES
from app.nouns.industries import INDUSTRIES
from app.nouns.initiatives import INITIATIVES
from app.nouns.metrics import METRICS
from app.nouns.noun import Noun
from app.nouns.organizations import ORGANIZATIONS
from app.nouns.places import PLACES
from app.nouns.policies import POLICIES
from app.nouns.relations import RELATIONS
from app.nouns.scopes import SCOPES
from app.nouns.sources import SOURCES
from app.nouns.units import UNITS

__all__ = ["NOUNS", "PARENTS_FIRST", "SUBJECTS", "TYPES", "Noun"]

NOUNS: dict[str, Noun] = {
    noun.plural: noun
    for noun in (
        ORGANIZATIONS,
        INDUSTRIES,
        SCOPES,
        INITIATIVES,
        METRICS,
        EVENTS,
        POLICIES,
        PLACES,
        SOURCES,
        UNITS,
        RELATIONS,
        IDENTITIES,
    )
}
PARENTS_FIRST = [table.name for table in tables.METADATA.sorted_tables if table.name in NOUNS]
TYPES = {plural: noun.singular for plural, noun in NOUNS.items()}
SUBJECTS = tuple(noun.singular for noun in NOUNS.values() if noun.response)  # what facts and comparisons are about
