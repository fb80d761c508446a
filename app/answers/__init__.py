"""What is shown: the shape of each noun, rendered once at load and described by the same shape in OpenAPI."""

from app.answers.audit import (
    Audit,
    BasisCounts,
    ComparisonCounts,
    Coverage,
    EvidenceCounts,
    KindCounts,
    Reason,
    SourceCounts,
    StandingCounts,
    Unused,
    ValueCounts,
)
from app.answers.comparisons import Comparison, ComparisonKind, Comparisons, Role, Side, Span, Verdict
from app.answers.entities import Answer, Entity, Label, Name, Ref
from app.answers.events import Event, EventKind, Events, Participant
from app.answers.evidence import CitingFact, EvidenceMeta, EvidencePage, Quote
from app.answers.facts import Citation, Evidence, Fact, Facts, Kind, ListedFact, Match, Standing, Status, Timespan
from app.answers.groups import Group, GroupPage
from app.answers.index import Collection, Index, Readiness
from app.answers.industries import Industries, Industry, IndustryKind
from app.answers.initiatives import Initiative, Initiatives
from app.answers.metrics import Metric, MetricKind, Metrics, Transform
from app.answers.organizations import Companies, Organization, OrganizationKind, Organizations
from app.answers.pages import CutAnswer, CutPage, Links, Meta, Page, Total
from app.answers.places import Place, PlaceKind, Places
from app.answers.policies import Policies, Policy, PolicyKind
from app.answers.problems import Problem, ProblemItem
from app.answers.sources import Source, SourceKind, Sources, TextKept
from app.answers.verification import Findings, Passage, Statement, UnstatedNumber, Verification, VerifiedClaim, Witness

__all__ = [
    "Answer",
    "Audit",
    "BasisCounts",
    "Citation",
    "CitingFact",
    "Collection",
    "Companies",
    "Comparison",
    "ComparisonCounts",
    "ComparisonKind",
    "Comparisons",
    "Coverage",
    "CutAnswer",
    "CutPage",
    "Entity",
    "Event",
    "EventKind",
    "Events",
    "Evidence",
    "EvidenceCounts",
    "EvidenceMeta",
    "EvidencePage",
    "Fact",
    "Facts",
    "Findings",
    "Group",
    "GroupPage",
    "Index",
    "Industries",
    "Industry",
    "IndustryKind",
    "Initiative",
    "Initiatives",
    "Kind",
    "KindCounts",
    "Label",
    "Links",
    "ListedFact",
    "Match",
    "Meta",
    "Metric",
    "MetricKind",
    "Metrics",
    "Name",
    "Organization",
    "OrganizationKind",
    "Organizations",
    "Page",
    "Participant",
    "Passage",
    "Place",
    "PlaceKind",
    "Places",
    "Policies",
    "Policy",
    "PolicyKind",
    "Problem",
    "ProblemItem",
    "Quote",
    "Readiness",
    "Reason",
    "Ref",
    "Role",
    "Side",
    "Source",
    "SourceCounts",
    "SourceKind",
    "Sources",
    "Span",
    "Standing",
    "StandingCounts",
    "Statement",
    "Status",
    "TextKept",
    "Timespan",
    "Total",
    "Transform",
    "UnstatedNumber",
    "Unused",
    "ValueCounts",
    "Verdict",
    "Verification",
    "VerifiedClaim",
    "Witness",
]
