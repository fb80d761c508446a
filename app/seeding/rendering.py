"""From checked records to the rows of every table, and the revision they make."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain

from app.chinese import index_words, search_text
from app.periods import Period, read_period
from app.seeding import records
from app.seeding.entity_rows import EntityRows
from app.seeding.fact_rows import FactRow, FactRows
from app.seeding.mistakes import SeedError, SeedMistake
from app.seeding.seeds import LocatedFact, Seed
from app.seeding.slicing import Slices, keys_of
from app.seeding.tags import Row, Tagger

UNSHOWN = {"units", "relations"}


@dataclass(slots=True)
class Tables:
    """The rows of every table; `revision` is a digest of all that can be asked and answered."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    revision: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def render(seed: Seed) -> Tables:
    """The rows of a seed in which everything holds. Raises SeedError for facts that say the same."""
    entities = {entity.id: entity.record for entity in seed.entities.values()}
    nouns = {entity.id: entity.noun for entity in seed.entities.values()}
    tagger = Tagger(entities, nouns)
    tables = Tables()
    facts = _in_order(seed, FactRows(entities, nouns, seed.pins, tagger))
    appearances: Counter[str] = Counter()
    slices, words = Slices(), set[str]()
    for position, fact in enumerate(facts, 1):
        appearances.update(fact.mentions)
        tagger.pass_on(fact.tags, fact.mentions)
        _add_fact(tables, position, fact, slices, words)
    tables.rows["search_words"] = [{"word": word} for word in sorted(words)]
    tables.rows |= slices.rows()
    _add_mentions(tables, chain(_spans_of_facts(facts), _spans_of_events(entities, tagger)))
    _add_entities(tables, entities, nouns, tagger, appearances)
    tables.counts = _counts(tables)
    tables.revision = _revision(tables)
    return tables


def _in_order(seed: Seed, rows: FactRows) -> list[FactRow]:
    made: dict[str, FactRow] = {}
    first: dict[str, LocatedFact] = {}
    mistakes = []
    for located in seed.facts:
        fact = rows.make(located.record)
        if twin := first.get(fact.id):
            mistakes.append(SeedMistake(located.at(), f"says what {twin.at()} says already; keep one of them"))
        first.setdefault(fact.id, located)
        made.setdefault(fact.id, fact)
    if mistakes:
        raise SeedError(mistakes, seed.folder)
    return [made[fact_id] for fact_id in sorted(made)]


def _add_fact(tables: Tables, position: int, fact: FactRow, slices: Slices, words: set[str]) -> None:
    tables.rows["facts"].append({"position": position, **fact.row})
    tables.rows["fact_answers"].append({"position": position, "json": fact.answer, "search": fact.search})
    tables.rows["fact_lines"].append({"position": position, "csv": fact.csv, "ndjson": fact.ndjson})
    found = index_words(fact.search)
    words.update(word for word in found if word.isascii())
    tables.rows["fact_words"].append({"position": position, "words": found})
    value = fact.row["value"]
    keys = keys_of(fact.tags.every, fact.period, fact.row["metric_id"])
    slices.add(position, keys, None if value is None else Decimal(value))


def _add_mentions(tables: Tables, spans: Iterable[tuple[str, Period]]) -> None:
    written = {(entity_id, period.start.isoformat(), period.end.isoformat()) for entity_id, period in spans}
    tables.rows["mentions"] = [
        {"entity_id": entity_id, "period_start": start, "period_end": end} for entity_id, start, end in sorted(written)
    ]


def _spans_of_facts(facts: list[FactRow]) -> Iterator[tuple[str, Period]]:
    for fact in facts:
        if fact.period:
            yield from ((entity_id, fact.period) for entity_id in fact.mentions)


def _spans_of_events(entities: Mapping[str, records.EntityRecord], tagger: Tagger) -> Iterator[tuple[str, Period]]:
    for event_id, record in entities.items():
        if isinstance(record, records.Event) and (period := read_period(record.period)):
            about = {tag_id for _, tag_id in tagger.of_entity(event_id).every}
            for entity_id in {event_id, *about, *(one.id for one in record.participants)}:
                yield entity_id, period


def _add_entities(
    tables: Tables,
    entities: Mapping[str, records.EntityRecord],
    nouns: Mapping[str, str],
    tagger: Tagger,
    appearances: Mapping[str, int],
) -> None:
    rows = EntityRows(entities, nouns, appearances)
    for entity_id, record in sorted(entities.items()):
        tags = tagger.of_entity(entity_id)
        made = rows.make(entity_id, tags)
        tables.rows["entities"].append(
            {
                "id": entity_id,
                "type": records.TYPES[nouns[entity_id]],
                "name_zh": record.zh,
                "name_en": record.en,
                "aliases": json.dumps(record.aliases, ensure_ascii=False),
                "search": search_text(entity_id, record.zh, record.en, *record.aliases, *made.more),
                "answer": made.answer.json_text() if made.answer else "{}",
            }
        )
        tables.rows[nouns[entity_id]].append({"id": entity_id, **made.row})
        tables.rows["participants"] += made.participants
        tables.rows["entity_tags"] += [{"entity_id": entity_id, **tag} for tag in tags.rows()]


def _counts(tables: Tables) -> dict[str, int]:
    counts = {noun: len(tables.rows[noun]) for noun in ("facts", *records.NOUNS) if noun not in UNSHOWN}
    return counts | {"companies": sum(row["kind"] == "company" for row in tables.rows["organizations"])}


def _revision(tables: Tables) -> str:
    digest = hashlib.sha256()
    for name in sorted(tables.rows):
        for row in tables.rows[name]:
            digest.update(repr([name, *row.values()]).encode())
    return f"r-{digest.hexdigest()[:16]}"
