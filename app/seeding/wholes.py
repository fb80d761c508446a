"""Parts that are above their wholes: a district above its city, a plant above its company or its city."""

from collections.abc import Iterator, Mapping

import polars as pl

from app.answers.evidence import ComparisonKind
from app.nouns.metrics import MetricRecord
from app.nouns.organizations import OrganizationRecord
from app.nouns.places import PlaceRecord
from app.seeding.arithmetic import ByKey, Finding, derived
from app.seeding.entities import Entities
from app.seeding.observations import ObservationKey, unrevised
from app.text.intervals import meet

LESS_SUBJECT = list(ObservationKey._fields[1:])


def wholes_of(entity_id: str, entities: Entities) -> list[str]:
    """What a place or an organization is part of.

    A branch, whose parent is at home elsewhere, lies within its place. Any other organization is at home there, which
    says nothing of where it works: a carmaker builds more cars than its city.
    """
    record = entities[entity_id]
    if not isinstance(record, PlaceRecord | OrganizationRecord):
        return []
    wholes = entities.with_parents(entity_id)[1:]
    if isinstance(record, OrganizationRecord) and record.place and record.parent:
        places, parent = entities.with_parents(record.place), entities[record.parent]
        at_home = parent.place if isinstance(parent, OrganizationRecord) else None
        if at_home and at_home not in places and record.place not in entities.with_parents(at_home):
            wholes += places
    return wholes


def parts_above(dated: pl.DataFrame, entities: Entities) -> Mapping[ObservationKey, list[str]]:
    """The keys of parts that may be above that of a whole, with those wholes.

    Facts are compared by their sort keys. These are of values as printed, and not of all that round to them, so that no
    part is missed.
    """
    pairs = [(key, whole) for key in entities for whole in wholes_of(key, entities)]
    wholes = pl.DataFrame(pairs, schema={"subject": pl.String, "whole": pl.String}, orient="row")
    extensive = [key for key, one in entities.of(MetricRecord).items() if one.is_extensive]
    subjects = pl.concat([wholes["subject"], wholes["whole"]]).unique()
    low, high = (pl.coalesce(f"value_{end}_key", "value_key") for end in ("low", "high"))
    keys = (
        dated.filter(pl.col("metric").is_in(extensive), pl.col("subject").is_in(subjects.implode()))
        .group_by(ObservationKey._fields)
        .agg(low.max().alias("low"), high.min().alias("high"))
    )
    of_wholes = keys.rename({"subject": "whole"}).drop("low")
    above = (
        keys.drop("high")
        .join(wholes, on="subject")
        .join(of_wholes, on=["whole", *LESS_SUBJECT])
        .filter(pl.col("low") >= pl.col("high"))
        .select(*ObservationKey._fields, "whole")
        .sort(pl.all())
    )
    found: dict[ObservationKey, list[str]] = {}
    for *key, whole in above.iter_rows():
        found.setdefault(ObservationKey(*key), []).append(whole)
    return found


def keys_of(above: Mapping[ObservationKey, list[str]]) -> set[ObservationKey]:
    """The keys of parts and of their wholes."""
    return {one for part, wholes in above.items() for one in (part, *(part._replace(subject=up) for up in wholes))}


def findings_above(above: Mapping[ObservationKey, list[str]], by_key: ByKey) -> Iterator[Finding]:
    """Parts of which no allowed value is as low as one of the whole. Values that were revised count no more."""
    for part, wholes in above.items():
        for whole in wholes:
            limits = unrevised(by_key[part._replace(subject=whole)])
            for one in derived(ComparisonKind.PART, part, unrevised(by_key[part]), limits, whole=whole):
                if one.computed and one.stated and not meet(one.computed, one.stated):
                    yield one
