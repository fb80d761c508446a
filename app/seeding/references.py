"""What facts and series name, as it is shown: entities with their names, sources with their publishers."""

from collections.abc import Container, Mapping
from typing import Any

import polars as pl

from app import answers
from app.nouns import TYPES
from app.nouns.fields import EntityRecord
from app.nouns.sources import SourceRecord

NAME = pl.Struct({"zh": pl.String, "en": pl.String})
REF = pl.Struct({"type": pl.String, "id": pl.String, "name": NAME})
NOT_TEXT: dict[str, Any] = {"title": NAME, "publisher": REF, "republished": pl.Boolean}
CITED = pl.Struct({name: NOT_TEXT.get(name, pl.String) for name in answers.CitedSource.model_fields})


class References:
    """The entities of a seed as answers name them; `stored_texts` are the sources whose texts are stored."""

    def __init__(
        self, entities: Mapping[str, EntityRecord], nouns: Mapping[str, str], stored_texts: Container[str] = ()
    ) -> None:
        self.stored_texts = stored_texts
        self._by_id = {key: answers.Ref(type=TYPES[nouns[key]], id=key, name=one.name) for key, one in entities.items()}
        self._cited = {key: self._cite(key, one) for key, one in entities.items() if isinstance(one, SourceRecord)}
        self._refs, self._sources = _table(self._by_id, REF), _table(self._cited, CITED)

    def _cite(self, source_id: str, source: SourceRecord) -> answers.CitedSource:
        return answers.CitedSource(
            id=source_id,
            title=source.name,
            publisher=self._by_id[source.publisher] if source.publisher else None,
            published=source.published,
            address=source.address,
            kind=source.kind,
            republished=source.republished,
        )

    def ref(self, entity_id: str) -> answers.Ref:
        return self._by_id[entity_id]

    def source(self, source_id: str) -> answers.CitedSource:
        return self._cited[source_id]

    def join(self, table: pl.DataFrame, *names: str) -> pl.DataFrame:
        """Add the column `NAME_ref` for each column `NAME_id`, null where there is no id."""
        for name in names:
            known = self._sources if name == "source" else self._refs
            named = known.select(pl.col("key").alias(f"{name}_id"), pl.col("ref").alias(f"{name}_ref"))
            table = table.join(named, on=f"{name}_id", how="left", maintain_order="left")
        return table


def _table(answered: Mapping[str, answers.Answer], kind: pl.Struct) -> pl.DataFrame:
    shown = [one.model_dump(mode="json") for one in answered.values()]
    return pl.DataFrame(
        {"key": list(answered), "ref": pl.Series(shown, dtype=kind)}, schema={"key": pl.String, "ref": kind}
    )
