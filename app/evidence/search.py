"""Search across all nouns, series and facts, best first; and suggestions for a search box."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Select, bindparam, select

from app import answers, tables
from app.nouns import NOUNS, TYPES
from app.nouns.facts import FACT_LIST
from app.nouns.noun import EntityFilters
from app.nouns.series import SERIES_COLLECTION
from app.queries.filters import (
    LONGEST_TEXT,
    Alternatives,
    ChoiceFilter,
    FilterExpression,
    structure,
    with_bind_parameters,
)
from app.queries.list_query import AsOfQuery
from app.queries.lists import List, address
from app.queries.name_index import MOST_CANDIDATES, Fit, Hit, by_type, meant, nearest_names
from app.queries.names import beginning, fold, searched_words
from app.queries.paging import limited
from app.queries.parameters import Single
from app.queries.reading import Body, Pairs, RequestContext
from app.store.releases import SqlRows
from app.text.normalizing import search_words

SERIES, FACT = "series", "fact"
PLURALS = {singular: plural for plural, singular in TYPES.items() if NOUNS[plural].response}
ENTITY = tables.entities
FILTERS = ("year", "industry", "sector", "initiative", "place")
LARGEST_LIMIT, DEFAULT_LIMIT = 100, 10
CANDIDATES = [f"id{number}" for number in range(MOST_CANDIDATES)]
MOST_NAMED = 20  # subjects or metrics whose series are looked for
MOST_DID_YOU_MEAN = 3
# Of series, in Chinese.
ZH_KINDS = {
    "annual": "年度", "half": "半年度", "quarter": "季度", "month": "月度", "day": "日", "year-to-date": "年初累计",
    "multi-year": "跨年", "days": "期间", "estimate": "预计", "target": "目标",
}  # fmt: skip
CONTEXT = 30  # characters around a match
NAMED_BY = set(Fit) - {Fit.TYPO}
MARKED = (Fit.EXACT, Fit.BEGINNING, Fit.WORDS, Fit.CONTAINED)


def _read_question(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"q is longer than {LONGEST_TEXT} characters; ask for a few words.")
    if not search_words(text):
        raise ValueError("q has no words; write what to look for, such as q=算力.")
    return text.strip()


QUESTION = Single(
    parse=_read_question,
    documented={"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
    missing=("q is missing; say what to look for.", "q=算力"),
)


class SuggestQuery(AsOfQuery):
    """Query parameters of suggestions."""

    q: str = QUESTION.described("How an id, a name, an alias or its pinyin begins.", "超")
    limit: int | None = limited(LARGEST_LIMIT, DEFAULT_LIMIT).described(
        f"How many, 1 to {LARGEST_LIMIT}; {DEFAULT_LIMIT} by default.", 10
    )


class SearchQuery(EntityFilters, SuggestQuery):
    """Query parameters of a search."""

    q: str = QUESTION.described(  # type: ignore[assignment]
        "A name in either script, in English, in pinyin or misspelled, or words of facts.", "biyadi"
    )
    type: Alternatives = ChoiceFilter((*PLURALS, SERIES, FACT), None).described(
        "Only results of these types.", "organization"
    )


def suggestions(query: SuggestQuery, reading: RequestContext) -> Body:
    """Names that begin so."""
    limit = query.limit or DEFAULT_LIMIT
    found = [
        {
            "type": type_,
            "id": id_,
            "name": {"zh": zh, "en": en},
            "alias": None if shown in (zh, en, id_) else shown,
            "href": _href(type_, id_, reading),
        }
        for id_, type_, zh, en, shown in beginning(query.q, limit, reading)
    ]
    meta = {"limit": limit, "revision": reading.release.id}
    links = {"self": address(reading.root_path + reading.path, reading.pairs)}
    # A box asks at each key: a model of each would take as long as all else.
    return Body(orjson.dumps({"data": found, "meta": meta, "links": links}), len(found))


def search(query: SearchQuery, reading: RequestContext) -> Body:
    """What a question finds."""
    limit, hits = query.limit or DEFAULT_LIMIT, meant(query.q, reading)
    reading.check_time_limit()
    found = list(islice(_found(query, hits, limit, reading), limit))
    similar = [] if found else nearest_names(query.q, MOST_DID_YOU_MEAN, reading)
    meta = answers.SearchMeta(limit=limit, revision=reading.release.id, did_you_mean=similar)
    return _body(answers.SearchResults(data=found, meta=meta, links=_links(reading)), len(found))


def _body(shown: answers.Answer, rows: int) -> Body:
    return Body(shown.json_text().encode(), rows)


def _links(reading: RequestContext) -> answers.SearchLinks:
    return answers.SearchLinks(self=address(reading.root_path + reading.path, reading.pairs))


def _href(type_: str, id_: str, reading: RequestContext) -> str:
    return f"{reading.root_path}/v1/{PLURALS.get(type_, type_)}/{id_}"


def _found(query: SearchQuery, hits: Sequence[Hit], limit: int, reading: RequestContext) -> Iterator[answers.SearchHit]:
    wanted = query.type
    yield from _entities(query, [hit for hit in hits if not hit.is_title], reading)
    if _is_wanted(SERIES, wanted):
        yield from _series(query, hits, limit, reading)
    yield from _entities(query, [hit for hit in hits if hit.is_title], reading)
    if _is_wanted(FACT, wanted):
        yield from _facts(query, limit, reading)


def _is_wanted(type_: str, wanted: FilterExpression[str] | None) -> bool:
    if wanted is None:
        return True
    return type_ not in wanted.none_of and (not wanted.any_of or type_ in wanted.any_of)


def _entities(query: SearchQuery, hits: Sequence[Hit], reading: RequestContext) -> Iterator[answers.SearchHit]:
    kept = {hit.name.entity_id: hit for hit in hits if _is_wanted(hit.name.type, query.type)}
    names = {}
    if kept:
        for id_, zh, en in _rows(query, list(kept), reading):
            names[id_.decode()] = answers.Name(zh=zh.decode(), en=en.decode())
    for id_, hit in kept.items():
        if id_ in names:
            yield _entity(hit, names[id_], query.q, reading)


def _rows(query: SearchQuery, ids: Sequence[str], reading: RequestContext) -> SqlRows:
    """Id and names of those entities that the filters let through."""
    filters = {name: getattr(query, name) for name in FILTERS if query.given(name)}
    parts, values = list(filters.values()), dict[str, Any]()
    key = ("search", tuple(filters), structure(parts, values))

    def build() -> Select[Any]:
        bound = zip(filters, with_bind_parameters(parts), strict=True)
        conditions = [EntityFilters.parameters[name].where(one) for name, one in bound]
        is_candidate = ENTITY.c.id.in_([bindparam(name) for name in CANDIDATES])
        return select(ENTITY.c.id, ENTITY.c.name_zh, ENTITY.c.name_en).where(is_candidate, *conditions)

    candidates = dict.fromkeys(CANDIDATES, "") | dict(zip(CANDIDATES, ids, strict=False))
    return reading.rows(reading.statement(key, build), values | candidates)


def _entity(hit: Hit, name: answers.Name, question: str, reading: RequestContext) -> answers.SearchHit:
    shown = hit.name.shown
    return answers.SearchHit(
        type=hit.name.type,
        id=hit.name.entity_id,
        name=name,
        alias=None if shown in (name.zh, name.en, hit.name.entity_id) else shown,
        snippet=_snippet(shown, question, reading) if hit.fit in MARKED else None,
        href=_href(hit.name.type, hit.name.entity_id, reading),
    )


def _series(
    query: SearchQuery, hits: Sequence[Hit], limit: int, reading: RequestContext
) -> Iterator[answers.SearchHit]:
    """The series of the subjects and metrics that the question names: of both, if it names both."""
    named = by_type(hits, NAMED_BY)
    metrics = named.pop("metric", [])[:MOST_NAMED]
    named.pop("source", None)
    subjects = [id_ for ids in named.values() for id_ in ids][:MOST_NAMED]
    pairs = [(name, ",".join(ids)) for name, ids in (("subject", subjects), ("metric", metrics)) if ids]
    if not pairs:
        return
    tried = [pairs, *([pair] for pair in pairs)] if len(pairs) > 1 else [pairs]
    found = (_answers(SERIES_COLLECTION.list, some, limit, reading) for some in tried)
    for one in next(filter(None, found), ()):
        names = [one[part]["name"] for part in ("subject", "metric", "scope", "market") if one[part]]
        zh, en = ("".join(name["zh"] for name in names), ", ".join(name["en"] for name in names))
        kinds = one["frequency"], *([one["status"]] if one["status"] != answers.Status.ACTUAL else [])
        name = answers.Name(
            zh=f"{zh}（{'，'.join(ZH_KINDS[kind] for kind in kinds)}）", en=f"{en} ({', '.join(kinds)})"
        )
        yield answers.SearchHit(
            type=SERIES, id=one["id"], name=name, alias=None, snippet=_of_name(name, query.q, reading),
            href=reading.root_path + one["href"],
        )  # fmt: skip


def _facts(query: SearchQuery, limit: int, reading: RequestContext) -> Iterator[answers.SearchHit]:
    for one in _answers(FACT_LIST, [("q", query.q)], limit, reading):
        name = answers.Name(**one["statement"])
        yield answers.SearchHit(
            type=FACT, id=one["id"], name=name, alias=None, snippet=_of_name(name, query.q, reading),
            href=reading.root_path + one["href"],
        )  # fmt: skip


def _answers(listed: List, pairs: Pairs, limit: int, reading: RequestContext) -> list[Mapping[str, Any]]:
    """The answers of a list that match these parameters, and the filters of the search; long numbers are rounded."""
    reading.check_time_limit()
    filters = [pair for pair in reading.pairs if pair[0] in FILTERS]
    return [orjson.loads(one) for one in listed.answers([*pairs, *filters, ("limit", str(limit))], reading)]


def _of_name(name: answers.Name, question: str, reading: RequestContext) -> answers.Snippet | None:
    texts = (text for text in (name.zh, name.en) if text)
    return next((found for text in texts if (found := _snippet(text, question, reading))), None)


def _snippet(text: str, question: str, reading: RequestContext) -> answers.Snippet | None:
    """The first place of the question, or of one of its words, in a text; None where it is not there as typed."""
    plain = fold(text, reading).casefold()
    folded = fold(question, reading).casefold()
    for word in (folded, *sorted(searched_words(question, reading), key=len, reverse=True)):
        at = plain.find(word) if len(plain) == len(text) else -1
        if at >= 0:
            start, end = max(0, at - CONTEXT), at + len(word)
            return answers.Snippet(before=text[start:at], match=text[at:end], after=text[end : end + CONTEXT])
    return None
