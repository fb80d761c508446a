"""The spellings that an entity is looked up by: its id, names and aliases, and the pinyin of the Chinese ones."""

from collections.abc import Iterator

from app.nouns import Noun
from app.nouns.fields import EntityRecord, Row
from app.text.normalizing import search_line
from app.text.script import fold, pinyin_of


def spellings(entity_id: str, noun: Noun, record: EntityRecord) -> list[Row]:
    """The rows of the table of names, each spelling once: as the first kind that it is."""
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
