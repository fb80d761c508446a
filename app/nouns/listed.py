"""All that is listed, in the order of the docs page."""

from app.nouns import NOUNS
from app.nouns.companies import COMPANIES
from app.nouns.comparisons import COMPARISONS, CONFLICTS
from app.nouns.facts import FACTS
from app.nouns.noun import ListedNoun
from app.nouns.series import SERIES_COLLECTION

COLLECTIONS: tuple[ListedNoun, ...] = (
    FACTS,
    SERIES_COLLECTION,
    COMPARISONS,
    CONFLICTS,
    COMPANIES,
    *(noun.collection for noun in NOUNS.values() if noun.collection),
)
