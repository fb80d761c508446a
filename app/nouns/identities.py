"""Identities: what holds between metrics, whatever the subject and period."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints

from app import tables
from app.nouns.fields import EntityRecord, MetricId, PlaceId, Record, Row, ScopeId
from app.nouns.noun import Noun
from app.nouns.places import PlaceKind

# `terms` is a JSON object, as in the seed.
identities = tables.entity_table("identities", tables.text("terms"))


class Term(Record):
    """A metric in an identity: of a scope and market, or of the place of a kind that the subject lies within. Where it
    names no scope, it has that of the other terms; `none` is all of the subject.
    """

    metric: MetricId
    scope: ScopeId | Annotated[str, StringConstraints(pattern=f"^{tables.NONE}$")] | None = None
    market: PlaceId | None = None
    within: PlaceKind | None = None


class IdentityRecord(EntityRecord):
    """What holds between metrics whatever the subject and period: a total of parts, or a share of a part in a whole."""

    total: Term | None = None
    parts: list[Term] = []  # noqa: RUF012 - pydantic copies it
    share: Term | None = None
    part: Term | None = None
    whole: Term | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is one of the two, and all of it is there."""
        fraction = (self.share, self.part, self.whole)
        if self.total:
            return len(self.parts) > 1 and not any(fraction)
        return not self.parts and all(fraction)

    def columns(self) -> Row:
        terms = self.model_dump(mode="json", exclude={"zh", "en", "aliases"}, exclude_defaults=True)
        return {"terms": json.dumps(terms)}

    @classmethod
    def exported(cls, row: Mapping[Any, Any]) -> Row:
        terms: Row = json.loads(row["terms"])
        return terms


IDENTITIES = Noun(singular="identity", table=identities, record=IdentityRecord)
