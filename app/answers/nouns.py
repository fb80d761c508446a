"""The response models of entities, noun by noun."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Entity, Name, Page, Uri
from app.answers.facts import Timespan


class OrganizationKind(StrEnum):
    COMPANY = "company"
    UNIVERSITY = "university"
    INSTITUTE = "institute"
    GOVERNMENT = "government"
    ALLIANCE = "alliance"


class Organization(Entity):
    """`place` is where it is based, `source` the source that names it."""

    kind: OrganizationKind
    parent: str | None
    place: str | None
    source: str | None


class Organizations(Page[Organization]):
    """A page of organizations."""


class Companies(Page[Organization]):
    """A page of organizations of kind company."""


class IndustryKind(StrEnum):
    LEADING = "leading"
    EMERGING = "emerging"
    FUTURE = "future"
    CHAIN = "chain"
    SEGMENT = "segment"


class Industry(Entity):
    kind: IndustryKind
    parent: str | None


class Industries(Page[Industry]):
    """A page of industries."""


class Initiative(Entity):
    place: str
    summary: Name


class Initiatives(Page[Initiative]):
    """A page of initiatives."""


class MetricKind(StrEnum):
    STOCK = "stock"
    FLOW = "flow"
    RATIO = "ratio"


class Transform(StrEnum):
    """How a metric is derived from the one in `of`. `real-growth` is at constant prices, `average-growth` is the yearly
    rate over several years: neither can be computed from two levels.
    """

    GROWTH = "growth"
    REAL_GROWTH = "real-growth"
    AVERAGE_GROWTH = "average-growth"
    SHARE = "share"
    CUMULATIVE = "cumulative"
    AVERAGE = "average"


class Metric(Entity):
    unit: str
    kind: MetricKind
    of: str | None
    transform: Transform | None


class Metrics(Page[Metric]):
    """A page of metrics."""


class EventKind(StrEnum):
    AGREEMENT = "agreement"
    APPROVAL = "approval"
    CONFERENCE = "conference"
    DELIVERY = "delivery"
    GROUNDBREAKING = "groundbreaking"
    LAUNCH = "launch"
    MEETING = "meeting"
    OPENING = "opening"
    OTHER = "other"
    PLAN = "plan"
    PRODUCTION = "production"
    VISIT = "visit"


class Participant(Answer):
    type: str
    id: str
    name: Name
    role: str


class Event(Entity):
    kind: EventKind
    place: str | None
    period: Timespan
    participants: list[Participant]


class Events(Page[Event]):
    """A page of events."""


class PolicyKind(StrEnum):
    PLAN = "plan"
    MEASURES = "measures"
    PROGRAMME = "programme"
    FUND = "fund"


class Policy(Entity):
    kind: PolicyKind
    issuer: str | None
    place: str | None
    period: Timespan


class Policies(Page[Policy]):
    """A page of policies."""


class PlaceKind(StrEnum):
    WORLD = "world"
    REGION = "region"
    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    ZONE = "zone"
    PARK = "park"
    SITE = "site"


class Place(Entity):
    kind: PlaceKind
    parent: str | None


class Places(Page[Place]):
    """A page of places."""


class SourceKind(StrEnum):
    ARTICLE = "article"
    COMMUNIQUE = "communique"
    REPORT = "report"
    FILING = "filing"
    PAGE = "page"


class TextKept(StrEnum):
    """`stored`: the text can be read here. `verified`: quotes were found in a text with that `sha256`, which we may not
    publish; whoever has the text can check the quotes' positions in it.
    """

    STORED = "stored"
    VERIFIED = "verified"


class Source(Entity):
    """`republished`: read from a copy on another site. `sha256` is of the text in which the quotes were found."""

    kind: SourceKind
    publisher: str | None
    author: str | None
    published: Annotated[
        str | None, Field(description="Date of publication, as precise as is known", examples=["2025-07-01", "2025-07"])
    ]
    language: str
    address: Uri | None
    republished: bool
    sha256: str | None
    text: TextKept | None


class Sources(Page[Source]):
    """A page of sources."""
