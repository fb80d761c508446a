"""What a load changes, told by ids: those that went, those that came, and which of these follows which of those."""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

from app import answers, tables
from app.answers.releases import ChangeKind
from app.seeding import records
from app.seeding.fact_table import batched
from app.seeding.rendering import UNSHOWN, Rendered

BATCH = 500
OLD, NEW = "gone", "come"
SHOWN = {records.TYPES[noun]: noun for noun in records.NOUNS if noun not in UNSHOWN}
CORRECTED, TAKEN_OUT = "Corrected: see its successor.", "No longer in the seed since release {}."
Row = dict[str, Any]


class Versioned(NamedTuple):
    """A fact that went or came. `slot` is what it says the value of, and by which source."""

    slot: str
    side: str
    id: str
    quote: str
    status: str
    version: str  # JSON, as it is answered


class Changes:
    """Holds one release against the one before it."""

    def __init__(self, before: Connection, now: Connection, data: Rendered) -> None:
        """Raises what reading answers may raise that another version wrote."""
        self._data = data
        self._entities, self._entities_now = _entities(before), _entities(now)
        gone = _versions(OLD, before, _only_first(_ids(before), data.facts["id"]))
        self._facts = sorted([*gone, *_versions(NEW, now, _only_first(data.facts["id"], _ids(before)))])

    def write(self, into: Connection, number: int) -> tuple[answers.ChangeCounts, answers.ChangeCounts]:
        """Write what changed; how many facts and entities that are."""
        counted: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        rows = self._rows(number)
        for batch in batched(enumerate(rows, 1), BATCH):
            for _, row in batch:
                counted[row["noun"] == "facts"][row["kind"]] += 1
            written = [{"number": number, "position": position, **row} for position, row in batch]
            into.execute(insert(tables.release_changes), written)
        facts, entities = (
            answers.ChangeCounts(**{kind.value: counted[of][kind.value] for kind in ChangeKind}) for of in (True, False)
        )
        return facts, entities

    def _rows(self, number: int) -> Iterator[Row]:
        yield from _of_entities(self._entities, self._entities_now, TAKEN_OUT.format(number))
        given = {row["id"]: row for row in self._data.entities.get(records.RETRACTIONS, [])}
        for _, some in groupby(self._facts, key=lambda one: one.slot):
            facts = list(some)
            old, new = ([one for one in facts if one.side == side] for side in (OLD, NEW))
            yield from _of_slot(old, new, given, TAKEN_OUT.format(number))


def changes_from(before: Connection, now: Connection, data: Rendered) -> Changes | None:
    """None where what was there was written by a version whose answers this one cannot read."""
    try:
        return Changes(before, now, data)
    except (KeyError, TypeError, ValidationError):
        return None


def _ids(connection: Connection) -> Iterator[str]:
    ids = select(tables.facts.c.id).order_by(tables.facts.c.position)
    with connection.execute(ids, execution_options={"yield_per": 10_000}) as found:
        yield from found.scalars()


def _only_first(these: Iterable[str], those: Iterable[str]) -> Iterator[str]:
    """The ids that are only in the first of two that are in order."""
    rest = iter(those)
    waiting = next(rest, None)
    for one in these:
        while waiting is not None and waiting < one:
            waiting = next(rest, None)
        if waiting != one:
            yield one


def _versions(side: str, connection: Connection, ids: Iterable[str]) -> Iterator[Versioned]:
    fact, answer = tables.facts, tables.fact_answers
    joined = select(fact.c.id, fact.c.period, answer.c.json).join(answer, answer.c.position == fact.c.position)
    for batch in batched(ids, BATCH):
        for fact_id, period, shown in connection.execute(joined.where(fact.c.id.in_(batch))):
            yield _versioned(side, fact_id, period, json.loads(shown))


def _versioned(side: str, fact_id: str, period: str, shown: Mapping[str, Any]) -> Versioned:
    names = [shown[name] and shown[name]["id"] for name in ("subject", "metric", "relation", "object")]
    citation = shown["citation"]
    slot = json.dumps([*names, period, shown["place"], sorted(shown["industries"]), citation["source"]])
    version = answers.Version(
        id=fact_id,
        text=answers.Name(**shown["statement"]),
        **{name: shown[name] for name in ("value", "unit", "bound", "printed")},
        source=citation["source"],
        quote=citation["quote"],
    )
    return Versioned(slot, side, fact_id, citation["quote"] or "", shown["status"], version.json_text())


def _of_slot(old: list[Versioned], new: list[Versioned], given: Mapping[str, Row], taken_out: str) -> Iterator[Row]:
    """The same quote tells best which follows which; then what is stated of the same status; then the order."""
    after: dict[str, Versioned] = {}
    left = {one.id: one for one in new}
    taken = {one.id for one in old if one.id in given and not given[one.id]["successor"]}
    for told in (_quoted, attrgetter("status"), attrgetter("slot")):
        waiting: dict[str, deque[Versioned]] = {}
        for one in left.values():
            waiting.setdefault(told(one), deque()).append(one)
        for one in old:
            if one.id not in after and one.id not in taken and (alike := waiting.get(told(one))):
                after[one.id] = alike.popleft()
                del left[after[one.id].id]
    for one in old:
        reason = given.get(one.id, {})
        follows = after.get(one.id)
        yield {
            "kind": (ChangeKind.REVISED if follows else ChangeKind.RETRACTED).value,
            "noun": "facts",
            "id": one.id,
            "successor": reason.get("successor", follows and follows.id),
            "reason": reason.get("reason") or (CORRECTED if follows else taken_out),
            "before": one.version,
            "after": follows and follows.version,
        }
    for one in left.values():
        yield _row(ChangeKind.ADDED, "facts", one.id, None, one.version, None)


def _quoted(one: Versioned) -> str:
    """What no other fact has, where there is no quote."""
    return one.quote or one.id


def _entities(connection: Connection) -> dict[str, tuple[str, str, str]]:
    """Of each entity that is shown its noun, its version, and what is told of it but how many facts name it."""
    entity = tables.entities
    found = {}
    for entity_id, type_, text in connection.execute(select(entity.c.id, entity.c.type, entity.c.answer)):
        if type_ in SHOWN:
            shown = json.loads(text)
            version = answers.Version(
                id=entity_id,
                text=answers.Name(**shown["name"]),
                **dict.fromkeys(("value", "unit", "bound", "printed", "source", "quote")),
            )
            told = json.dumps({name: one for name, one in shown.items() if name != "facts"})
            found[entity_id] = (SHOWN[type_], version.json_text(), told)
    return found


def _of_entities(
    old: Mapping[str, tuple[str, str, str]], new: Mapping[str, tuple[str, str, str]], taken_out: str
) -> Iterator[Row]:
    for entity_id in sorted(old.keys() | new.keys()):
        before, after = old.get(entity_id), new.get(entity_id)
        if before and after and before[0] == after[0]:
            if before != after:
                yield _row(ChangeKind.REVISED, after[0], entity_id, before[1], after[1], None)
            continue
        if before:
            yield _row(ChangeKind.RETRACTED, before[0], entity_id, before[1], None, taken_out)
        if after:
            yield _row(ChangeKind.ADDED, after[0], entity_id, None, after[1], None)


def _row(kind: ChangeKind, noun: str, id_: str, before: str | None, after: str | None, reason: str | None) -> Row:
    row = {"kind": kind.value, "noun": noun, "id": id_, "successor": None, "reason": reason}
    return row | {"before": before, "after": after}
