"""The list of series: with their last observations, and as tables of observations, long or wide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, bindparam, select

from app import answers
from app.answers.flat import columns
from app.errors import BadRequest, ErrorDetail, NotFound
from app.queries.formats import WRITERS, Pieces, Tree, export_pieces, read_answer, with_root_path
from app.queries.list_query import ListQuery
from app.queries.lists import ALL, List, address
from app.queries.reading import Form, RequestContext
from app.queries.words import VALUES
from app.store.schema import check_crc
from app.text.decimals import json_bytes
from app.text.periods import Frequency

AnswerColumns = tuple[ColumnElement[Any], Column[Any]]  # an answer, and its checksum
OF_A_WHOLE = {"observation_count", "fact_count", "first", "last", "gaps", "href"}
PERIOD = ("period", ("period",))
# What a wide table has in memory at most: the observations that it is of, and cells of the rows that are being written.
MOST_OBSERVATIONS, MOST_CELLS = 100_000, 100_000
TOO_WIDE = f"A wide table has at most {MOST_OBSERVATIONS:,} observations; filter the series, or ask for shape=long."


class TooWideError(Exception):
    """The series have more observations than a wide table may have."""


class Shape(StrEnum):
    """Of a table of series."""

    LONG = "long"
    WIDE = "wide"


@dataclass(frozen=True, kw_only=True)
class SeriesList(List):
    """A list of series, each stored without observations, with its last, and with all of them (`whole`)."""

    latest: AnswerColumns
    whole: AnswerColumns

    def shown(self, filters: Mapping[str, Any]) -> AnswerColumns:
        if "shape" in filters:
            return self.whole
        return self.latest if filters.get("latest") else super().shown(filters)

    def export(self, query: ListQuery, reading: RequestContext) -> Pieces:
        if reading.form is not Form.CSV:
            return super().export(query, reading)
        shape = getattr(query, "shape", None) or Shape.LONG
        exported = query.model_copy(update={"shape": shape})
        exported.model_fields_set.add("shape")
        statement, values = self._statement(exported, reading)
        batches = reading.stream(statement, values | {"rows": query.limit or ALL})
        series = (
            [read_answer(with_root_path(check_crc(one, crc), reading.root_path)) for one, crc, *_ in batch]
            for batch in batches
        )
        table = _wide if shape is Shape.WIDE else _long
        try:
            header, rows = table(series)
        except TooWideError:
            pairs = [(name, value) for name, value in reading.pairs if name not in ("shape", "format")]
            instead = address(f"{reading.root_path}{self.path}.csv", [*pairs, ("shape", Shape.LONG.value)])
            raise BadRequest([ErrorDetail("invalid-value", "shape", shape, TOO_WIDE)], instead) from None
        fields: Tree | None = query.fields
        return export_pieces(WRITERS[Form.CSV](header, fields, for_excel=query.bom == "1"), rows)

    def explain_missing(self, identifier: str, reading: RequestContext) -> None:
        """Raises NotFound, with the id, for one with other words for frequency or status, or with none for annual."""
        words = {**VALUES["status"], **VALUES["frequency"]}
        subject, *parts = identifier.casefold().split(".")
        meant = ".".join([subject, *(words.get(part, part) for part in parts)])
        for id_ in (meant, f"{meant}.{Frequency.ANNUAL}"):
            if id_ != identifier and self.has(id_, reading):
                detail = f"{self.path} has no {identifier!r}, but there is {id_}."
                href = address(f"{reading.root_path}{self.path}/{id_}", reading.pairs)
                raise NotFound(detail, identifier, [id_], instead=href)

    @cached_property
    def _one(self) -> Select[Any]:
        return select(*self.whole).select_from(self.source).where(self.base, self.identifier == bindparam("id"))


def _long(batches: Iterable[Sequence[Any]]) -> tuple[Any, Iterator[Sequence[bytes]]]:
    """A row for each observation."""
    of_series = [one for one in columns(answers.SeriesKey) if one[0] not in OF_A_WHOLE]
    rows = ([json_bytes(one | at) for one in batch for at in one["observations"]] for batch in batches)
    return (*of_series, *columns(answers.Observation)), rows


def _wide(batches: Iterable[Sequence[Any]]) -> tuple[Any, Iterator[Sequence[bytes]]]:
    """A row for each period, a column for each series: all are read before the first row can be written.

    Raises TooWideError for more than MOST_OBSERVATIONS.
    """
    header, periods, spans, count = [PERIOD], dict[str, dict[str, Any]](), dict[str, tuple[str, str]](), 0
    for one in (series for batch in batches for series in batch):
        count += len(one["observations"])
        if count > MOST_OBSERVATIONS:
            raise TooWideError
        header.append((one["id"], (one["id"],)))
        for at in one["observations"]:
            period, span = at["period"], (at["start"], at["end"])
            periods.setdefault(period, {"period": period})[one["id"]] = at["value"]
            spans[period] = min(span, spans.get(period, span))
    empty = dict.fromkeys(name for name, _ in header)
    rows = (json_bytes(empty | periods[period]) for period in sorted(periods, key=lambda one: spans[one]))
    size = max(1, MOST_CELLS // len(header))
    return tuple(header), iter(lambda: list(islice(rows, size)), [])
