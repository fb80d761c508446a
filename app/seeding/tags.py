"""What facts and entities are about: industries, initiatives, places, companies and events, with their ancestors."""

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import lru_cache
from typing import Any, NamedTuple

from app.seeding import records

Tag = tuple[str, str]  # kind and id
Row = dict[str, Any]

# An entity of these nouns is tagged with itself, so that asking for it or an ancestor finds it.
OWN_TAG = {
    "industries": "industry",
    "initiatives": "initiative",
    "places": "place",
    "organizations": "company",
    "events": "event",
}
# What an entity of these nouns is about is what its facts are about.
TAGGED_BY_FACTS = {"metrics", "sources", "places", "industries"}
PASSED_ON = ("industry", "initiative", "place")
CACHED = 100_000


class Ids(NamedTuple):
    """Tags of one kind, in the order of ids: `declared` are those named, `every` adds their ancestors."""

    declared: tuple[str, ...] = ()
    every: tuple[str, ...] = ()


class Tags(NamedTuple):
    """The tags of each kind; the kinds are in the order of the alphabet."""

    company: Ids
    event: Ids
    industry: Ids
    initiative: Ids
    place: Ids

    def every(self) -> list[Tag]:
        return [(kind, tag_id) for kind, ids in zip(self._fields, self, strict=True) for tag_id in ids.every]

    def passed_on(self) -> list[Tag]:
        """What entities take on from their facts."""
        return [(kind, tag_id) for kind in PASSED_ON for tag_id in getattr(self, kind).declared]

    def rows(self) -> Iterator[Row]:
        for kind, ids in zip(self._fields, self, strict=True):
            for tag_id in ids.every:
                yield {"kind": kind, "tag_id": tag_id, "declared": tag_id in ids.declared}


class Tagger:
    """Tags facts first, then entities, some of which take on the tags of their facts."""

    def __init__(
        self,
        entities: Mapping[str, records.EntityRecord],
        nouns: Mapping[str, str],
        passed_on: dict[str, set[Tag]],
    ) -> None:
        self._records = entities
        self._nouns = nouns
        self._told = {entity_id for entity_id, noun in nouns.items() if noun in TAGGED_BY_FACTS}
        self._participants = {
            event_id: [one.id for one in record.participants]
            for event_id, record in entities.items()
            if isinstance(record, records.Event)
        }
        # Most facts are about what others are about too.
        self._ids, self._parties = lru_cache(CACHED)(self._with_ancestors), lru_cache(CACHED)(self._taking_part)
        self._passed_on = passed_on

    def of_fact(self, record: records.Fact, event: records.Event | None, subject_id: str, place_id: str | None) -> Tags:
        industries = record.industries or (event.industries if event else ())
        initiatives = record.initiatives or (event.initiatives if event else ())
        return Tags(
            *self._parties(subject_id, record.object),
            self._ids(tuple(industries)),
            self._ids(tuple(initiatives)),
            self._ids((place_id,) if place_id else ()),
        )

    def _taking_part(self, subject_id: str, object_id: str | None) -> tuple[Ids, Ids]:
        """The companies and the events of a fact."""
        named = [one for one in (subject_id, object_id) if one]
        parties = [*named, *(one for about in named for one in self._participants.get(about, ()))]
        companies = [one for one in parties if self._nouns[one] == "organizations"]
        events = [one for one in named if self._nouns[one] == "events"]
        return self._with_ancestors(companies), self._with_ancestors(events)

    def pass_on(self, tags: Tags, entity_ids: Set[str]) -> None:
        """Tell the entities of a fact what it is about."""
        passed = tags.passed_on()
        for entity_id in entity_ids & self._told:
            self._passed_on[entity_id].update(passed)

    def of_entity(self, entity_id: str) -> Tags:
        record, noun = self._records[entity_id], self._nouns[entity_id]
        own = OWN_TAG.get(noun)
        declared = {("industry", one) for one in getattr(record, "industries", [])}
        declared |= {("initiative", one) for one in getattr(record, "initiatives", [])}
        if place_id := getattr(record, "place", None):
            declared.add(("place", place_id))
        if own:
            declared.add((own, entity_id))
        if isinstance(record, records.Event):
            declared |= {("company", one.id) for one in record.participants if self._nouns[one.id] == "organizations"}
        # A place lies in its ancestors only, however many places its facts name; an industry likewise.
        declared |= {tag for tag in self._passed_on.get(entity_id, ()) if tag[0] != own}
        return Tags(*(self._with_ancestors([one for of, one in declared if of == kind]) for kind in Tags._fields))

    def _with_ancestors(self, declared: Iterable[str]) -> Ids:
        every: set[str] = set()
        for tag_id in (named := sorted(set(declared))):
            up: str | None = tag_id
            while up and up not in every:
                every.add(up)
                up = getattr(self._records[up], "parent", None)
        return Ids(tuple(named), tuple(sorted(every)))
