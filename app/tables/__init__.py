"""Database tables: one file per noun, parents before children."""

from app.tables.base import Base
from app.tables.comparisons import Comparison
from app.tables.entities import Entity, EntityTag, Mention
from app.tables.events import Event, Participant
from app.tables.facts import CommonWord, Fact, FactAnswer, FactText, SearchWord
from app.tables.identities import Identity
from app.tables.industries import Industry
from app.tables.initiatives import Initiative
from app.tables.metrics import Metric
from app.tables.organizations import Organization
from app.tables.places import Place
from app.tables.policies import Policy
from app.tables.relations import Relation
from app.tables.releases import Release, ReleaseChange
from app.tables.retractions import Retraction
from app.tables.revisions import Revision
from app.tables.slices import FactTag, Slice, SliceFact
from app.tables.sources import Source, SourceText
from app.tables.units import Unit

__all__ = [
    "Base",
    "CommonWord",
    "Comparison",
    "Entity",
    "EntityTag",
    "Event",
    "Fact",
    "FactAnswer",
    "FactTag",
    "FactText",
    "Identity",
    "Industry",
    "Initiative",
    "Mention",
    "Metric",
    "Organization",
    "Participant",
    "Place",
    "Policy",
    "Relation",
    "Release",
    "ReleaseChange",
    "Retraction",
    "Revision",
    "SearchWord",
    "Slice",
    "SliceFact",
    "Source",
    "SourceText",
    "Unit",
]
