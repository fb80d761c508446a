"""The entities of a seed: the noun of each, what it belongs to, what it is tagged with, and how answers name it."""

from collections.abc import Container, Iterable, Mapping, Set
from functools import cached_property
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel

from app import answers, tables
from app.nouns import NOUNS, Noun
from app.nouns.events import EventRecord
from app.nouns.fields import EntityRecord
from app.nouns.sources import SourceRecord

KnownRecord = TypeVar("KnownRecord", bound=EntityRecord)
Tag = tuple[str, str]  # kind and id

NOUN_OF_RECORD: dict[type[BaseModel], Noun] = {noun.record: noun for noun in NOUNS.values()}
# The kinds of tags that an entity which is about whatever its facts are about takes on from them.
PASSED_ON = ("industry", "initiative", "place")
NAME = pl.Struct({"zh": pl.String, "en": pl.String})
REF = pl.Struct({"type": pl.String, "id": pl.String, "name": NAME})
NOT_TEXT: dict[str, Any] = {"title": NAME, "publisher": REF, "republished": pl.Boolean}
CITED = pl.Struct({name: NOT_TEXT.get(name, pl.String) for name in answers.CitedSource.model_fields})


class Entities(dict[str, EntityRecord]):
    """By id. `stored_texts` are the sources whose texts are stored."""

    def __init__(self, records: Mapping[str, EntityRecord], stored_texts: Container[str] = ()) -> None:
        super().__init__(records)
        self.stored_texts = stored_texts

    def of(self, shape: type[KnownRecord]) -> dict[str, KnownRecord]:
        """The entities of one noun."""
        return {key: one for key, one in self.items() if isinstance(one, shape)}

    def noun(self, entity_id: str) -> Noun:
        return NOUN_OF_RECORD[type(self[entity_id])]

    @cached_property
    def codes(self) -> dict[str, int]:
        """The numbers of all ids in their order: numbers are grouped and sorted faster than ids."""
        return {entity_id: code for code, entity_id in enumerate(sorted([*self, tables.NONE]))}

    def with_parents(self, entity_id: str) -> list[str]:
        """An entity, what it belongs to, and so on up to the top."""
        every = [entity_id]
        while (up := getattr(self[every[-1]], "parent", None)) and up not in every:
            every.append(up)
        return every

    def with_ancestors(self, ids: Iterable[str]) -> list[str]:
        """Entities and all their ancestors, in the order of ids."""
        return sorted({up for one in ids for up in self.with_parents(one)})

    def parties(self, subject_id: str, object_id: str | None) -> tuple[list[str], list[str]]:
        """The companies and the events of a fact, with their ancestors."""
        named = [one for one in (subject_id, object_id) if one]
        parties = [*named, *(one for about in named for one in self._participants(about))]
        companies = [one for one in parties if self.noun(one).tag == "company"]
        return self.with_ancestors(companies), self.with_ancestors(
            one for one in named if self.noun(one).tag == "event"
        )

    def _participants(self, entity_id: str) -> list[str]:
        record = self[entity_id]
        return [one.id for one in record.participants] if isinstance(record, EventRecord) else []

    def declared_tags(self, entity_id: str, passed_on: Set[Tag] = frozenset()) -> set[Tag]:
        """The tags of an entity, to which its facts passed some on, without their ancestors."""
        record, own = self[entity_id], self.noun(entity_id).tag
        declared = {("industry", one) for one in getattr(record, "industries", [])}
        declared |= {("initiative", one) for one in getattr(record, "initiatives", [])}
        if place_id := getattr(record, "place", None):
            declared.add(("place", place_id))
        if own:
            declared.add((own, entity_id))
        declared |= {("company", one) for one in self._participants(entity_id) if self.noun(one).tag == "company"}
        # A place lies in its ancestors only, however many places its facts name; an industry likewise.
        return declared | {tag for tag in passed_on if tag[0] != own}

    def tags(self, declared: Set[Tag]) -> list[Tag]:
        """Tags with their ancestors, in order."""
        return sorted({(kind, up) for kind, one in declared for up in self.with_parents(one)})

    @cached_property
    def _refs(self) -> dict[str, answers.Ref]:
        return {key: answers.Ref(type=self.noun(key).singular, id=key, name=one.name) for key, one in self.items()}

    @cached_property
    def cited(self) -> dict[str, answers.CitedSource]:
        return {
            key: answers.CitedSource(
                id=key,
                title=source.name,
                publisher=self.ref(source.publisher) if source.publisher else None,
                published=source.published,
                address=source.address,
                kind=source.kind,
                republished=source.republished,
            )
            for key, source in self.of(SourceRecord).items()
        }

    def ref(self, entity_id: str) -> answers.Ref:
        return self._refs[entity_id]

    @cached_property
    def _ref_tables(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        return _table(self._refs, REF), _table(self.cited, CITED)

    def join(self, table: pl.DataFrame, *names: str) -> pl.DataFrame:
        """Add the column `NAME_ref` for each column `NAME_id`, null where there is no id."""
        refs, sources = self._ref_tables
        for name in names:
            known = sources if name == "source" else refs
            named = known.select(pl.col("key").alias(f"{name}_id"), pl.col("ref").alias(f"{name}_ref"))
            table = table.join(named, on=f"{name}_id", how="left", maintain_order="left")
        return table


def _table(answered: Mapping[str, answers.Answer], kind: pl.Struct) -> pl.DataFrame:
    shown = [one.model_dump(mode="json") for one in answered.values()]
    return pl.DataFrame(
        {"key": list(answered), "ref": pl.Series(shown, dtype=kind)}, schema={"key": pl.String, "ref": kind}
    )
