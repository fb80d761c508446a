"""From the records of entities to their rows, with the responses that will be sent."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

from app.nouns import Noun
from app.nouns.events import EventRecord
from app.nouns.fields import EntityRecord, Row
from app.seeding.entities import Entities
from app.seeding.mentions import Mentions
from app.store.schema import crc
from app.text.normalizing import search_line, search_text
from app.text.periods import read_period
from app.text.script import fold, pinyin_of


def entity_rows(entities: Entities, mentions: Mentions, texts: Mapping[str, str]) -> dict[str, list[Row]]:
    """The rows of every table that is not of facts; `texts` are those of sources that are stored."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for entity_id, record in sorted(entities.items()):
        noun = entities.noun(entity_id)
        declared = entities.declared_tags(entity_id, mentions.passed_on.get(entity_id, set()))
        shared: Row = {
            "id": entity_id,
            "type": noun.singular,
            "name": record.name,
            "aliases": record.aliases,
            "industries": sorted(one for kind, one in declared if kind == "industry"),
            "initiatives": sorted(one for kind, one in declared if kind == "initiative"),
            "fact_count": mentions.appearances.get(entity_id, 0),
            "href": f"/v1/{noun.plural}/{entity_id}",
        }
        response = noun.shown(entity_id, record, shared, entities)
        answer = response.json_text() if response else "{}"
        names = (*record.names, *record.more_names(entities))
        rows["entities"].append(
            {
                "id": entity_id,
                "type": noun.singular,
                "name_zh": record.zh,
                "name_en": record.en,
                "aliases": json.dumps(record.aliases, ensure_ascii=False),
                "search": fold(search_text(entity_id, *names)),
                "answer": answer,
                "answer_crc": crc(answer),
            }
        )
        rows["names"] += _spellings(entity_id, noun, record) if response else []
        rows[noun.plural].append(noun.row(entity_id, record))
        for table, more in record.more_rows(entity_id).items():
            rows[table] += more
        rows["entity_tags"] += [
            {"entity_id": entity_id, "kind": kind, "tag_id": tag_id, "declared": (kind, tag_id) in declared}
            for kind, tag_id in entities.tags(declared)
        ]
    rows["mentions"] = list(_mentions(mentions, entities))
    rows["source_texts"] = [{"id": source_id, "text": text} for source_id, text in texts.items()]
    return rows


def _mentions(mentions: Mentions, entities: Entities) -> Iterator[Row]:
    """The periods of the facts about an entity, and of the events that it took part in or that are about it."""
    spans = defaultdict(set, mentions.spans)
    for event_id, record in entities.of(EventRecord).items():
        if period := read_period(record.period):
            tags = entities.tags(entities.declared_tags(event_id, mentions.passed_on.get(event_id, set())))
            about = {event_id, *(tag_id for _, tag_id in tags), *(one.id for one in record.participants)}
            spans[period.start.isoformat(), period.end.isoformat()] |= about
    for (start, end), entity_ids in sorted(spans.items()):
        for entity_id in sorted(entity_ids):
            yield {"entity_id": entity_id, "period_start": start, "period_end": end}


def _spellings(entity_id: str, noun: Noun, record: EntityRecord) -> list[Row]:
    """What an entity is looked up by, each spelling once: as the first kind that it is."""
    found: dict[str, Row] = {}
    for kind, shown, spelling in _spelled(entity_id, record):
        row = {"spelling": spelling, "entity_id": entity_id, "kind": kind, "shown": shown}
        found.setdefault(spelling, row | {"rank": noun.suggestion_rank, "length": len(spelling)})
    return list(found.values())


def _spelled(entity_id: str, record: EntityRecord) -> Iterator[tuple[str, str, str]]:
    for kind, names in (("name", (record.zh, record.en)), ("alias", tuple(record.aliases))):
        for name in names:
            yield kind, name, fold(search_line(name))
    yield "id", entity_id, entity_id.casefold()
    for name in (record.zh, *record.aliases):
        for spelling in pinyin_of(name):
            yield "pinyin", name, spelling
