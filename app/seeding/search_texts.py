"""What a search for facts looks in: their search texts and the words of these, worked out for whole columns."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from app.nouns.fields import EntityRecord
from app.text.normalizing import search_line
from app.text.script import fold, simplified

NAMED = ("subject", "metric", "scope", "relation", "object")
QUOTED = ("statement_zh", "statement_en", "quote", "printed", "measure")
# Whatever `search_line` may change in more than its commas and its case: a character that is not in here, and a space
# that does not stand between two letters or digits.
ODD = r"[^\x20-\x7e\u{4e00}-\u{9fff}，。、《》“”]|(?:^|[^A-Za-z0-9]) | (?:[^A-Za-z0-9]|$)"
ASCII, ASCII_WORD = r"[\x00-\x7f]+", "[0-9A-Za-z]+"
CHARACTER, SPACE = "utf-32-le", " ".encode("utf-32-le")


def search_lines(texts: pl.Series) -> pl.Series:
    """`search_line` of each text; most are found to be plain without calling it."""
    lines = texts.str.replace_all("，", ",", literal=True)
    odd = lines.str.contains(ODD).fill_null(value=False)
    lines = lines.str.to_lowercase().scatter(odd.arg_true(), list(map(search_line, texts.filter(odd))))
    return lines.str.replace_many(simplified())


def name_lines(entities: Mapping[str, EntityRecord]) -> pl.DataFrame:
    """The search lines of the names of each entity."""
    rows = [(key, [fold(search_line(name)) for name in one.names]) for key, one in entities.items()]
    return pl.DataFrame(rows, {"entity_id": pl.String, "names": pl.List(pl.String)}, orient="row")


def search_texts(facts: pl.DataFrame, names: pl.DataFrame) -> pl.Series:
    """The column `search`: a line for each text and each name of a fact, as `normalizing.search_text` makes it."""
    return search_column(facts, names, QUOTED, NAMED)


def search_column(table: pl.DataFrame, names: pl.DataFrame, texts: Iterable[str], named: Iterable[str]) -> pl.Series:
    """A line for each text of a row, and for each name of the entities in its columns `NAME_id`, each once."""
    ids = table.with_row_index("row").select("row", *(f"{name}_id" for name in named))
    ids = ids.unpivot(index="row", value_name="entity_id").drop_nulls().sort("row", "entity_id")
    found = ids.join(names, on="entity_id", how="left", maintain_order="left").explode("names")
    listed = found.group_by("row", maintain_order=True).agg("names")
    lines = pl.DataFrame([search_lines(table[name]) for name in texts]).hstack(listed.select("names"))
    every = pl.concat_list(pl.all()).list.drop_nulls().list.unique(maintain_order=True)
    return lines.select(search=every.list.join("\n")).to_series()


def index_words(searches: pl.Series) -> Iterator[str]:
    """What each search text is found by: its words of ASCII letters and digits, and the pairs of all other characters.

    Pairs stand in their order with spaces between them, so that those of a longer word stand side by side. The ends of
    a run stand for themselves too: each character begins some word, and no pairs of two runs are neighbours.
    """
    words = searches.str.extract_all(ASCII_WORD).list.unique(maintain_order=True).list.join(" ")
    runs = (searches.str.replace_all(ASCII, " ").str.strip_chars(" ") + " ").to_list()
    # All texts in one go: each character, then the one behind it, then a space. What does not belong to a text is cut.
    characters = memoryview("".join(runs).encode(CHARACTER)).cast("I")
    pairs = memoryview(bytearray(SPACE * (3 * len(characters)))).cast("I")
    pairs[::3], pairs[1:-3:3] = characters, characters[1:]
    text, start = pairs.tobytes().decode(CHARACTER), 0
    for own, run in zip(words, runs, strict=True):
        end = start + 3 * len(run)
        yield f"{own} {text[start : end - 3]}"
        start = end


def ascii_words(searches: pl.Series) -> Iterable[str]:
    """The distinct words of ASCII letters and digits of all these texts."""
    return searches.str.extract_all(ASCII_WORD).list.explode().drop_nulls().unique()
