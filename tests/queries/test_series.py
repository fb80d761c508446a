"""Wide tables: the same whatever their pieces, and never more in memory than they may have."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queries import series as wide
from app.queries.formats import read_answer
from app.queries.series import TooWideError, _wide

YEARS = st.dictionaries(st.integers(1990, 2030), st.integers(0, 99), min_size=1)


def answered(number: int, values: dict[int, int]) -> dict[str, Any]:
    observations = [
        {"period": str(year), "start": f"{year}-01-01", "end": f"{year}-12-31", "value": value}
        for year, value in sorted(values.items())
    ]
    return {"id": f"s{number}", "observations": observations}


@given(series=st.lists(YEARS), cells=st.integers(1, 60), batch=st.integers(1, 5))
def test_a_wide_table_is_written_in_pieces_of_few_cells(series: list[dict[int, int]], cells: int, batch: int) -> None:
    every = [answered(number, values) for number, values in enumerate(series)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide, "MOST_CELLS", cells)
        header, pieces = _wide(every[at : at + batch] for at in range(0, len(every), batch))
        written = []
        for piece in pieces:
            assert len(piece) == 1 or len(piece) * len(header) <= cells
            written += [read_answer(row) for row in piece]
    assert [name for name, _ in header] == ["period", *(one["id"] for one in every)]
    assert written == [
        {"period": str(year)} | {f"s{number}": values.get(year) for number, values in enumerate(series)}
        for year in sorted({year for values in series for year in values})
    ]


@given(series=st.lists(YEARS, min_size=1), most=st.integers(0, 40), batch=st.integers(1, 5))
def test_no_more_is_read_than_a_wide_table_may_have(series: list[dict[int, int]], most: int, batch: int) -> None:
    every, read = [answered(number, values) for number, values in enumerate(series)], list[int]()

    def batches() -> Iterator[list[dict[str, Any]]]:
        for at in range(0, len(every), batch):
            read.append(sum(len(one["observations"]) for one in every[at : at + batch]))
            yield every[at : at + batch]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide, "MOST_OBSERVATIONS", most)
        if sum(map(len, series)) <= most:
            _wide(batches())
        else:
            with pytest.raises(TooWideError):
                _wide(batches())
    assert sum(read[:-1]) <= most, "but for the last batch"
