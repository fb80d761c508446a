"""Mentions of entities in facts: how many, in which periods, and the tags that entities get from their facts."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from app.seeding.entities import PASSED_ON, Entities, Tag
from app.seeding.fact_table import PIECE

NAMED = ("subject_id", "metric_id", "scope_id", "relation_id", "object_id", "market_id", "source_id")
TAGGED = ("company", "event", "industry", "initiative", "place")

OWN = tuple(f"{kind}_own" for kind in PASSED_ON)  # without ancestors


class Mentions(NamedTuple):
    """By entity, the number of its facts and the tags it gets from them; by period, the entities mentioned in it."""

    appearances: Mapping[str, int]
    spans: Mapping[tuple[str, str], set[str]]
    passed_on: Mapping[str, set[Tag]]


def mentions_of(facts: pl.DataFrame, entities: Entities) -> Mentions:
    """The mentions of the entities that facts name, and of all ancestors of their tags."""
    codes, ids, counts = entities.codes, list(entities.codes), Counter[str]()
    spans: dict[tuple[str, str], set[str]] = defaultdict(set)
    passed_on: dict[str, set[Tag]] = defaultdict(set)
    named = [pl.col(name).replace_strict(codes, default=None, return_dtype=pl.Int32) for name in NAMED]
    every = pl.concat_list(pl.concat_list(named), *TAGGED).list.unique()
    tagged_by_facts = [codes[key] for key in entities if entities.noun(key).is_about_facts]
    for scope_id in facts["scope_id"].unique().drop_nulls():
        passed_on[scope_id].add(("scope", scope_id))  # industries too: they are listed with the scopes
    for piece in facts.iter_slices(PIECE):
        mentioned = piece.select("period_start", "period_end", *OWN, entity=every).explode("entity")
        mentioned = mentioned.drop_nulls("entity")
        counts.update({ids[code]: count for code, count in mentioned["entity"].value_counts().iter_rows()})
        dated = mentioned.select("entity", "period_start", "period_end").drop_nulls().unique()
        for code, start, end in dated.iter_rows():
            spans[start, end].add(ids[code])
        own_tags = mentioned.filter(pl.col("entity").is_in(tagged_by_facts))
        for kind, own in zip(PASSED_ON, OWN, strict=True):
            for code, tag in own_tags.select("entity", own).explode(own).drop_nulls().unique().iter_rows():
                passed_on[ids[code]].add((kind, ids[tag]))
    return Mentions(counts, spans, passed_on)
