"""What facts and entities are about: industries, initiatives, places, companies and events, with their ancestors."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from app.nouns import NOUNS
from app.nouns.events import EventRecord
from app.nouns.fields import EntityRecord, Row

Tag = tuple[str, str]  # kind and id

# The kinds of tags that an entity which is about whatever its facts are about takes on from them.
PASSED_ON = ("industry", "initiative", "place")


class TagIds(NamedTuple):
    """Tags of one kind, in the order of ids: `declared` are those named, `every` adds their ancestors."""

    declared: tuple[str, ...] = ()
    every: tuple[str, ...] = ()


class Tags(NamedTuple):
    """The tags of each kind; the kinds are in the order of the alphabet."""

    company: TagIds
    event: TagIds
    industry: TagIds
    initiative: TagIds
    place: TagIds
    scope: TagIds

    def every(self) -> list[Tag]:
        return [(kind, tag_id) for kind, ids in zip(self._fields, self, strict=True) for tag_id in ids.every]

    def rows(self) -> Iterator[Row]:
        for kind, ids in zip(self._fields, self, strict=True):
            for tag_id in ids.every:
                yield {"kind": kind, "tag_id": tag_id, "declared": tag_id in ids.declared}


class Tagger:
    """Knows the entities of a seed."""

    def __init__(self, entities: Mapping[str, EntityRecord], nouns: Mapping[str, str]) -> None:
        self._records = entities
        self._nouns = nouns

    def parties(self, subject_id: str, object_id: str | None) -> tuple[TagIds, TagIds]:
        """The companies and the events of a fact."""
        named = [one for one in (subject_id, object_id) if one]
        parties = [*named, *(one for about in named for one in self._participants(about))]
        companies = [one for one in parties if self._own_tag(one) == "company"]
        events = [one for one in named if self._own_tag(one) == "event"]
        return self.with_ancestors(companies), self.with_ancestors(events)

    def _own_tag(self, entity_id: str) -> str | None:
        return NOUNS[self._nouns[entity_id]].tag

    def _participants(self, entity_id: str) -> list[str]:
        record = self._records[entity_id]
        return [one.id for one in record.participants] if isinstance(record, EventRecord) else []

    def of_entity(self, entity_id: str, passed_on: Set[Tag] = frozenset()) -> Tags:
        """The tags of an entity, to which its facts passed some on."""
        record, own = self._records[entity_id], self._own_tag(entity_id)
        declared = {("industry", one) for one in getattr(record, "industries", [])}
        declared |= {("initiative", one) for one in getattr(record, "initiatives", [])}
        if place_id := getattr(record, "place", None):
            declared.add(("place", place_id))
        if own:
            declared.add((own, entity_id))
        declared |= {("company", one) for one in self._participants(entity_id) if self._own_tag(one) == "company"}
        # A place lies in its ancestors only, however many places its facts name; an industry likewise.
        declared |= {tag for tag in passed_on if tag[0] != own}
        return Tags(*(self.with_ancestors(one for of, one in declared if of == kind) for kind in Tags._fields))

    def with_ancestors(self, declared: Iterable[str]) -> TagIds:
        every: set[str] = set()
        for tag_id in (named := sorted(set(declared))):
            up: str | None = tag_id
            while up and up not in every:
                every.add(up)
                up = getattr(self._records[up], "parent", None)
        return TagIds(tuple(named), tuple(sorted(every)))
