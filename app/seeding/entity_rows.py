"""From the records of entities to their rows, with the responses that will be sent."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

from app.nouns import NOUNS
from app.nouns.events import EventRecord
from app.nouns.fields import EntityRecord, Row
from app.seeding.mentions import Mentions
from app.seeding.references import References
from app.seeding.spellings import spellings
from app.seeding.tags import Tagger
from app.store.schema import crc
from app.text.normalizing import search_text
from app.text.periods import read_period
from app.text.script import fold


def entity_rows(
    entities: Mapping[str, EntityRecord],
    nouns: Mapping[str, str],
    mentions: Mentions,
    texts: Mapping[str, str],
    references: References,
) -> dict[str, list[Row]]:
    """The rows of every table that is not of facts; `texts` are those of sources that are stored."""
    tagger = Tagger(entities, nouns)
    rows: dict[str, list[Row]] = defaultdict(list)
    for entity_id, record in sorted(entities.items()):
        noun = NOUNS[nouns[entity_id]]
        tags = tagger.of_entity(entity_id, mentions.passed_on.get(entity_id, set()))
        shared: Row = {
            "id": entity_id,
            "type": noun.singular,
            "name": record.name,
            "aliases": record.aliases,
            "industries": list(tags.industry.declared),
            "initiatives": list(tags.initiative.declared),
            "fact_count": mentions.appearances.get(entity_id, 0),
            "href": f"/v1/{noun.plural}/{entity_id}",
        }
        response = noun.shown(entity_id, record, shared, references)
        answer = response.json_text() if response else "{}"
        names = (*record.names, *record.more_names(references))
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
        rows["names"] += spellings(entity_id, noun, record) if response else []
        rows[noun.plural].append(noun.row(entity_id, record))
        for table, more in record.more_rows(entity_id).items():
            rows[table] += more
        rows["entity_tags"] += [{"entity_id": entity_id, **tag} for tag in tags.rows()]
    rows["mentions"] = list(_mentions(mentions, entities, tagger))
    rows["source_texts"] = [{"id": source_id, "text": text} for source_id, text in texts.items()]
    return rows


def _mentions(mentions: Mentions, entities: Mapping[str, EntityRecord], tagger: Tagger) -> Iterator[Row]:
    """The periods of the facts about an entity, and of the events that it took part in or that are about it."""
    spans = defaultdict(set, mentions.spans)
    for event_id, record in entities.items():
        if isinstance(record, EventRecord) and (period := read_period(record.period)):
            tags = tagger.of_entity(event_id, mentions.passed_on.get(event_id, set())).every()
            about = {event_id, *(tag_id for _, tag_id in tags), *(one.id for one in record.participants)}
            spans[period.start.isoformat(), period.end.isoformat()] |= about
    for (start, end), entity_ids in sorted(spans.items()):
        for entity_id in sorted(entity_ids):
            yield {"entity_id": entity_id, "period_start": start, "period_end": end}
