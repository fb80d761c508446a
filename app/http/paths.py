"""What a path that is not there probably meant; the words of others are in paths.toml."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import quote

from app.errors import BadRequest
from app.http.path_words import (
    ENTITIES,
    FILTERS,
    KINDS,
    NAMES,
    PAGES,
    PARTS,
    PREFIXES,
    collection,
    entity_of,
    path_parts,
    resolved,
)
from app.nouns.listed import COLLECTIONS
from app.queries.corrections import DATE, pairs_in, valid_pairs
from app.queries.lists import LONGEST_IDENTIFIER, SAFE, address
from app.queries.parameters import QueryModel, parsed
from app.queries.reading import Form, Pairs, RequestContext
from app.queries.words import plain

FORMS = {"": Form.JSON, ".csv": Form.CSV, ".ndjson": Form.NDJSON}
QUESTIONS = {"search": "q", "suggest": "q", "verify": "text", "facts/groups": "by"}  # and the parameter that holds it
MOST_PARTS, LONGEST_PART = 6, LONGEST_IDENTIFIER
TEXT_OF_SOURCE = "/v1/sources/{id}/text"
YEAR, YEARS = re.compile(r"(?:19|20)\d\d"), {"year", "years", "byyear"}
LATEST = {"latest", "current", "newest"}
LISTING = PREFIXES | ENTITIES  # behind a collection: facts/list
BELOW = {"children", "subsidiaries", "members", "sub"}
SINGULAR = {one.plural: plain(one.singular) for one in COLLECTIONS}
IDS = {"id", "ids", "key", "code"}


class ReadingRoute(Protocol):
    """A route that reads a release, as routing.ReadRoute."""

    path: str
    query_model: type[QueryModel]
    takes_long: bool
    endpoint: Callable[..., Any]


Routes = Mapping[str, ReadingRoute]  # by their paths, such as /v1/facts/{id}


@dataclass(frozen=True, slots=True)
class Meant:
    """A path of ours: its template, what stands for the parameter in it, and what is added to the query."""

    template: str
    id: str = ""
    pairs: Pairs = ()
    left_out: str = ""  # of the query: its name for the id


def meant(path: str, reading: RequestContext, routes: Routes) -> str | None:
    """The URL that a path probably meant, with the query of the request. None if that cannot be told."""
    before, *query = path.split("&")  # /v1/facts&year=2024
    reading = replace(reading, pairs=[*pairs_in(query), *reading.pairs])
    parts, suffix = path_parts(before)
    if not path.isprintable() or len(parts) > MOST_PARTS or any(len(part) > LONGEST_PART for part in parts):
        return None
    page: str | None = PAGES.get(plain("".join(parts)))
    if page and len(parts) <= 2 and plain(parts[0]) not in NAMES:  # noqa: PLR2004 - as in docs/index
        return reading.root_path + page
    for ending in dict.fromkeys((suffix, "")):
        reader = PathReader(ending, reading, routes)
        for one in reader.candidates(parts):
            if url := reader.url(one):
                return url
    return None


@dataclass(frozen=True, slots=True)
class PathReader:
    """Reads the parts of paths that end with a suffix of ours, or with none."""

    suffix: str
    reading: RequestContext
    routes: Routes

    def url(self, found: Meant) -> str | None:
        """The URL of a path with the query of the request. None if the query cannot be made valid there."""
        route, form = self.routes.get(found.template), FORMS[self.suffix]
        if route is None:
            return None
        left_out = {found.left_out, *(() if form is Form.JSON else ("format",))}
        asked = [pair for pair in self.reading.pairs if pair[0] not in left_out and not _is_cursor(*pair)]
        reading = replace(self.reading, path=found.template, form=form, pairs=[*asked, *found.pairs])
        pairs = valid_pairs(route.query_model, reading)
        if pairs is None or "as_of" in dict(pairs):
            return None
        path = found.template.replace("{id}", quote(found.id, safe=SAFE))
        return url_of(route, path, replace(reading, pairs=pairs))

    def candidates(self, parts: Sequence[str]) -> Iterator[Meant]:
        """What a path asks for; and what its query does, if it is not one of that: facts about an item, groups, or the
        item of an id.
        """
        found = self._of_year(parts) if parts else Meant("/v1")
        if found is None:
            return
        yield found
        if found.id:
            if facts := self._facts_about(found):
                yield facts
            return
        listed = found.template.removesuffix(self.suffix)
        yield replace(found, template=f"{listed}/groups{self.suffix}")
        if listed == "/v1/facts":  # of which only series have the latest
            yield replace(found, template=f"/v1/series{self.suffix}")
        plural = listed.rpartition("/")[2]
        ids = IDS | {f"{SINGULAR.get(plural)}id"}
        for name, id_ in self.reading.pairs:
            if plain(name) in ids and (item := resolved(plural, id_, self.reading)):
                yield replace(_item(*item), left_out=name)

    def _of_year(self, parts: Sequence[str]) -> Meant | None:
        """What a path means without a year that stands in it, and the facts of that year: `facts/2024`."""
        years = [part for part in parts if YEAR.fullmatch(part)]
        if len(years) != 1:
            return self._of_parts(parts)
        rest = [part for part in parts if part not in years and plain(part) not in YEARS]
        found = self._of_parts(rest or ["facts"])
        found = self._facts_about(found) if found and found.id else found
        return replace(found, pairs=[*found.pairs, ("year", years[0])]) if found else None

    def _of_parts(self, parts: Sequence[str]) -> Meant | None:
        """Collections, each with an id or not: `facts`, `companies/byd`, `places/zhengzhou/facts`."""
        first = collection(parts[0])
        if first is None:
            entity, *more = parts[1:] if len(parts) > 1 and plain(parts[0]) in ENTITIES else parts
            if (item := entity_of(entity, self.reading)) is None:
                return None
            return self._filtered(*item, self._of_parts(more)) if more else _item(*item)  # the facts about both
        if len(parts) > 2 and plain(parts[1]) in ENTITIES:  # noqa: PLR2004 - companies/_doc/byd
            parts = [first, *parts[2:]]
        if len(parts) == 1:
            _, kind = KINDS.get(plain(parts[0]), ("", ""))
            return Meant(f"/v1/{first}{self.suffix}", pairs=[("kind", kind)] if kind else ())
        _, second, *more = parts
        readers = (self._of_word, self._of_question, self._of_two, self._of_item)
        return next((found for read in readers if (found := read(first, second, more))), None)

    def _of_word(self, first: str, word: str, more: Sequence[str]) -> Meant | None:
        """`facts/latest`, `facts/count`, `series/observations`, `companies/all`."""
        looked_up, listed = plain(word), Meant(f"/v1/{first}{self.suffix}")
        if more:
            return None
        if first == "releases" and looked_up in LATEST:
            return Meant("/v1/releases/{id}", str(self.reading.release.number))
        if first == "series" and collection(word) == "facts":
            return listed
        if first == "facts":
            if looked_up in LATEST:
                return Meant(f"/v1/series{self.suffix}", pairs=[("latest", "true")])
            if word.startswith("by-"):
                return Meant(f"/v1/facts/groups{self.suffix}", pairs=[("by", word.removeprefix("by-"))])
            if looked_up == "count":
                return replace(listed, pairs=[("total", "exact")])
            if looked_up in ("group", "aggregate", "aggregates"):
                return Meant(f"/v1/facts/groups{self.suffix}")
        return listed if looked_up in LISTING else None

    def _of_question(self, first: str, second: str, more: Sequence[str]) -> Meant | None:
        """`search/byd`, `search/companies`, `companies/search`, `places/suggest`."""
        among = collection(second)
        if first == "suggest" and among and not more:
            return Meant("/v1/suggest")
        if first == "search" and among and not more:
            return Meant(f"/v1/{among}{self.suffix}")
        if first in QUESTIONS and not more:
            return Meant(f"/v1/{first}{self.suffix}", pairs=[(QUESTIONS[first], second.removeprefix("by-"))])
        if among == "suggest" and not more:
            return Meant("/v1/suggest")
        if among == "search" and first not in QUESTIONS and not resolved(first, second, self.reading):
            words = [("q", one) for one in more if not one.startswith("findBy")]
            return Meant(f"/v1/{first}{self.suffix}", pairs=words)
        return None

    def _of_two(self, first: str, second: str, more: Sequence[str]) -> Meant | None:
        """A collection behind another, which says no more: `data/facts`, `facts/metric/gdp`."""
        among = collection(second)
        if first in QUESTIONS or not among or resolved(first, second, self.reading):
            return None
        found = self._of_parts([among, *more])
        return self._facts_about(found) if found and found.id and first == "facts" else found

    def _of_item(self, first: str, id_: str, more: Sequence[str]) -> Meant | None:
        """An item, a part of it, or what is filtered by it."""
        found = resolved(first, id_, self.reading)
        if found is None and first == "series":
            found, more = resolved(first, ".".join([*id_.split("_"), *more]), self.reading), []
        if found is None:
            if first != "facts" or (about := entity_of(id_, self.reading)) is None:
                return None
            item = _item(*about)  # data/ID, facts/zhengzhou
            return item if about[0] == "series" else self._facts_about(item)
        owner, known = found
        item = _item(owner, known)
        if not more:
            return item
        if len(more) == 1:
            if owner == "series" and collection(more[0]) == "facts" != plain(more[0]):  # which has its observations
                return item
            if plain(more[0]) in BELOW:
                return Meant(f"/v1/{owner}{self.suffix}", pairs=[("parent", known)])
            part = f"{item.template}/{PARTS.get(plain(more[0]), more[0].casefold())}"
            if part in self.routes:
                return replace(item, template=part) if part != TEXT_OF_SOURCE else item  # not every source has a text
        return self._filtered(owner, known, self._of_parts(more))

    def _filtered(self, owner: str, id_: str, found: Meant | None) -> Meant | None:
        """A list filtered by what stands before it; the facts about two things that stand one behind the other."""
        found = self._facts_about(found) if found and found.id else found
        route = self.routes.get(found.template) if found else None
        name = next((one for one in FILTERS.get(owner, ()) if route and one in route.query_model.model_fields), None)
        return replace(found, pairs=[(name, id_), *found.pairs]) if found and name else None

    def _facts_about(self, item: Meant) -> Meant | None:
        return self._filtered(item.template.split("/")[2], item.id, Meant(f"/v1/facts{self.suffix}"))


def url_of(route: ReadingRoute, path: str, reading: RequestContext) -> str | None:
    """The URL of a valid query. What takes long is tried: statistics may be refused, too."""
    if route.takes_long:
        try:
            route.endpoint(reading=reading, query=parsed(route.query_model, reading))
        except BadRequest as error:
            return error.instead
    return address(reading.root_path + path, reading.pairs)


def _is_cursor(name: str, value: str) -> bool:
    """Whether it is one: a cursor is of one path, but a day that something is to be after is none."""
    return name == "after" and not DATE.fullmatch(value)


def _item(plural: str, id_: str) -> Meant:
    return Meant(f"/v1/{plural}/{{id}}", id_)


def routes_of(routes: Iterable[Any]) -> dict[str, ReadingRoute]:
    """The routes that read, by their paths."""
    return {route.path: route for route in routes if hasattr(route, "query_model")}
