"""What facts and entities are about: industries, initiatives, places, companies and events, with their ancestors."""

from collections.abc import Collection, Iterator, Mapping, Set
from functools import cache
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
PASSED_ON = {"industry", "initiative", "place"}


class Tags(NamedTuple):
    """`declared` are those named; `every` adds their ancestors."""

    declared: frozenset[Tag]
    every: frozenset[Tag]

    def ids(self, kind: str) -> list[str]:
        return sorted(tag_id for one, tag_id in self.declared if one == kind)

    def rows(self) -> Iterator[Row]:
        for kind, tag_id in sorted(self.every):
            yield {"kind": kind, "tag_id": tag_id, "declared": (kind, tag_id) in self.declared}


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
        self._ancestry = cache(self._with_ancestors)
        self._passed_on = passed_on

    def of_fact(self, record: records.Fact, event: records.Event | None, subject_id: str, place_id: str | None) -> Tags:
        industries = record.industries or (event.industries if event else [])
        initiatives = record.initiatives or (event.initiatives if event else [])
        named = [one for one in (subject_id, record.object) if one]
        parties = [*named, *(one for about in named for one in self._participants.get(about, ()))]
        declared = [("industry", one) for one in industries] + [("initiative", one) for one in initiatives]
        if place_id:
            declared.append(("place", place_id))
        declared += [("company", one) for one in parties if self._nouns[one] == "organizations"]
        declared += [("event", one) for one in named if self._nouns[one] == "events"]
        return self._tags(declared)

    def pass_on(self, tags: Tags, entity_ids: Set[str]) -> None:
        """Tell the entities of a fact what it is about."""
        passed = [tag for tag in tags.declared if tag[0] in PASSED_ON]
        for entity_id in entity_ids & self._told:
            self._passed_on.setdefault(entity_id, set()).update(passed)

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
        return self._tags(declared)

    def _tags(self, declared: Collection[Tag]) -> Tags:
        return Tags(frozenset(declared), frozenset().union(*map(self._ancestry, declared)))

    def _with_ancestors(self, tag: Tag) -> list[Tag]:
        kind, tag_id = tag
        parent = getattr(self._records[tag_id], "parent", None)
        return [tag, *(self._ancestry((kind, parent)) if parent else ())]
