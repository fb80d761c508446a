"""The changes of a load: facts and entities that were added, revised or retracted."""

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy
from pydantic import ValidationError
from sqlalchemy import Column, Connection, MetaData, Table, insert, select

from app import answers, tables
from app.answers.releases import ChangeKind
from app.nouns import NOUNS
from app.nouns.fields import Row
from app.seeding import records
from app.seeding.fact_table import batched
from app.seeding.rendering import Rendered

BATCH, FETCHED = 500, 10_000
OLD, NEW = "old", "new"
NAMED = ("subject", "metric", "scope", "relation", "object", "place", "market")
SHOWN = {noun.singular: plural for plural, noun in NOUNS.items() if noun.response}
CORRECTED, TAKEN_OUT = "Corrected: see its successor.", "No longer in the seed since release {}."
# Facts in only one of the two releases. The database sorts them, since these may be all facts.
CHANGED = Table(
    "changed_facts",
    MetaData(),
    *(Column(name, tables.TEXT) for name in ("match_key", "side", "id", "quote", "status", "version")),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
ChangedRow = sqlalchemy.Row[Any]  # of CHANGED


class EntityVersion(NamedTuple):
    noun: str
    version: str
    content: str  # the whole answer, without the number of its facts


Counted = tuple[answers.ChangeCounts, answers.ChangeCounts]  # facts and entities


def write_changes(before: Connection, now: Connection, data: Rendered, number: int) -> Counted | None:
    """Write the changes of the release being loaded; returns their numbers.

    None if the previous release was written by a version whose answers this one cannot read.
    """
    try:
        entities = _entities(before), _entities(now)
        _compare_facts(before, now, data.facts["id"])
    except (KeyError, TypeError, ValidationError):
        return None
    counted: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    reasons = {row["id"]: row for row in data.entities.get(records.RETRACTIONS, [])}
    taken_out = TAKEN_OUT.format(number)
    rows = chain(_of_entities(*entities, taken_out), _of_facts(now, reasons, taken_out))
    for batch in batched(enumerate(rows, 1), BATCH):
        for _, row in batch:
            counted[row["noun"] == "facts"][row["kind"]] += 1
        written = [{"number": number, "position": position, **row} for position, row in batch]
        now.execute(insert(tables.release_changes), written)
    facts, others = (
        answers.ChangeCounts(**{kind.value: counted[of][kind.value] for kind in ChangeKind}) for of in (True, False)
    )
    return facts, others


def _compare_facts(before: Connection, now: Connection, ids: pl.Series) -> None:
    """Write the facts that only one of the two releases has into CHANGED; `ids` are those of the new one."""
    CHANGED.create(now)
    found = before.execute(select(tables.facts.c.id), execution_options={"yield_per": FETCHED}).scalars()
    before_ids = pl.Series("id", list(found), pl.String)
    retracted, added = before_ids.filter(~before_ids.is_in(ids.implode())), ids.filter(~ids.is_in(before_ids.implode()))
    for side, connection, single in ((OLD, before, retracted), (NEW, now, added)):
        for batch in batched(single, BATCH):
            now.execute(insert(CHANGED), list(_facts(connection, side, batch)))


def _facts(connection: Connection, side: str, ids: list[str]) -> Iterator[Row]:
    """Rows of CHANGED. Facts with the same `match_key` may be revisions of each other; `version` is what is shown."""
    fact, answer = tables.facts, tables.fact_answers
    joined = select(fact.c.id, fact.c.period, answer.c.json).join(answer, answer.c.position == fact.c.position)
    for fact_id, period, text in connection.execute(joined.where(fact.c.id.in_(ids))):
        shown = json.loads(text)
        named = [shown[name] and shown[name]["id"] for name in NAMED]
        source, quote = shown["citation"]["source"]["id"], shown["citation"]["quote"]
        version = answers.Version(
            id=fact_id,
            text=answers.Name(**shown["statement"]),
            **{name: shown[name] for name in ("value", "unit", "bound", "printed")},
            source=source,
            quote=quote,
        )
        yield {
            "match_key": json.dumps([*named, period, source]),
            "side": side,
            "id": fact_id,
            "quote": quote or fact_id,  # without a quote, a value that matches no other fact
            "status": shown["status"],
            "version": version.json_text(),
        }


def _of_facts(connection: Connection, reasons: Mapping[str, Row], taken_out: str) -> Iterator[Row]:
    changed = select(CHANGED).order_by(CHANGED.c.match_key, CHANGED.c.id)
    found = connection.execute(changed, execution_options={"yield_per": FETCHED})
    for _, some in groupby(found, key=attrgetter("match_key")):
        facts = list(some)
        old, new = ([one for one in facts if one.side == side] for side in (OLD, NEW))
        yield from _match(old, new, reasons, taken_out)


def _match(old: list[ChangedRow], new: list[ChangedRow], reasons: Mapping[str, Row], taken_out: str) -> Iterator[Row]:
    """Match old facts with new ones: first by quote, then by status, then in the order of ids."""
    after: dict[str, ChangedRow] = {}
    left = {one.id: one for one in new}
    taken = {one.id for one in old if one.id in reasons and not reasons[one.id]["successor"]}
    for key in map(attrgetter, ("quote", "status", "match_key")):
        waiting: dict[str, deque[ChangedRow]] = {}
        for one in left.values():
            waiting.setdefault(key(one), deque()).append(one)
        for one in old:
            if one.id not in after and one.id not in taken and (alike := waiting.get(key(one))):
                after[one.id] = alike.popleft()
                del left[after[one.id].id]
    for one in old:
        given, follows = reasons.get(one.id, {}), after.get(one.id)
        yield _row(
            ChangeKind.REVISED if follows else ChangeKind.RETRACTED,
            "facts",
            one.id,
            before=one.version,
            after=follows and follows.version,
            reason=given.get("reason") or (CORRECTED if follows else taken_out),
            successor=given.get("successor", follows and follows.id),
        )
    for one in left.values():
        yield _row(ChangeKind.ADDED, "facts", one.id, after=one.version)


def _entities(connection: Connection) -> dict[str, EntityVersion]:
    entity = tables.entities.c
    found = {}
    for entity_id, type_, text in connection.execute(select(entity.id, entity.type, entity.answer)):
        if type_ in SHOWN:
            shown = json.loads(text)
            version = answers.Version(
                id=entity_id,
                text=answers.Name(**shown["name"]),
                **dict.fromkeys(("value", "unit", "bound", "printed", "source", "quote")),
            )
            content = json.dumps({name: one for name, one in shown.items() if name != "fact_count"})
            found[entity_id] = EntityVersion(SHOWN[type_], version.json_text(), content)
    return found


def _of_entities(old: Mapping[str, EntityVersion], new: Mapping[str, EntityVersion], taken_out: str) -> Iterator[Row]:
    for entity_id in sorted(old.keys() | new.keys()):
        before, after = old.get(entity_id), new.get(entity_id)
        if before and after and before.noun == after.noun:
            if before != after:
                yield _row(ChangeKind.REVISED, after.noun, entity_id, before=before.version, after=after.version)
            continue
        if before:
            yield _row(ChangeKind.RETRACTED, before.noun, entity_id, before=before.version, reason=taken_out)
        if after:
            yield _row(ChangeKind.ADDED, after.noun, entity_id, after=after.version)


def _row(kind: ChangeKind, noun: str, id_: str, **others: str | None) -> Row:
    """A row of `release_changes`, without its number and position."""
    return dict.fromkeys(("successor", "reason", "before", "after")) | {
        "kind": kind.value,
        "noun": noun,
        "id": id_,
        **others,
    }
