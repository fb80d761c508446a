"""What a path that is not there probably meant; the words of others are in paths.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from urllib.parse import quote

from app.errors import Moved, NotFound
from app.nouns.listed import COLLECTIONS
from app.queries.corrections import valid_pairs
from app.queries.lists import LONGEST_IDENTIFIER, SAFE, List, address
from app.queries.parameters import QueryModel
from app.queries.reading import Form, Pairs, RequestContext
from app.queries.releases import is_listed
from app.queries.vocabulary import look_up
from app.queries.words import misspelled, plain, similar

_WORDS = tomllib.loads((files("app.http") / "paths.toml").read_text(encoding="utf-8"))
ENTITIES = frozenset(_WORDS["entities"]["names"].split())
PREFIXES = frozenset(_WORDS["prefixes"].split())
VERSION = re.compile(r"v\d+(?:\.\d+)*")
PAGES = {other: ours for ours, others in _WORDS["pages"].items() for other in (plain(ours), *others.split())}
PARTS = {other: ours for ours, others in _WORDS["parts"].items() for other in others.split()}
NAMES = {plain(ours): ours for ours in _WORDS["collections"]} | {
    other: ours for ours, others in _WORDS["collections"].items() for other in others.split()
}
FILTERS = {plural: names.split() for plural, names in _WORDS["filters"].items()}
SUFFIXES = {other: ours for ours, others in _WORDS["suffixes"].items() for other in others.split()}
FORMS = {"": Form.JSON, ".csv": Form.CSV, ".ndjson": Form.NDJSON}
LISTS: Mapping[str, List] = {one.plural: one.list for one in COLLECTIONS}
QUESTIONS = {"search": "q", "suggest": "q", "verify": "text", "facts/groups": "by"}  # and the parameter that holds it
MOST_PARTS, LONGEST_PART = 6, LONGEST_IDENTIFIER
TEXT_OF_SOURCE = "/v1/sources/{id}/text"
YEAR, YEARS = re.compile(r"(?:19|20)\d\d"), {"year", "years", "byyear"}
VERB = re.compile("^(?:get|list|fetch|read)(?=[a-z]{4})")  # getFacts
KEY = re.compile(r"\((?:'([^'()/]+)'|([\w.-]+))\)$")  # companies('byd') in OData
OF_SERVICE = re.compile(r":(search|list|query|get)$")  # companies:search
OF_TYPE = {one.list.type: one.plural for one in COLLECTIONS if hasattr(one.list, "type") and one.plural != "companies"}

# The query models of all paths that are read, by their templates, such as /v1/facts/{id}.
Models = Mapping[str, type[QueryModel]]


@dataclass(frozen=True, slots=True)
class Meant:
    """A path of ours: its template, what stands for the parameter in it, and what is added to the query."""

    template: str
    id: str = ""
    pairs: Pairs = ()


def meant(path: str, reading: RequestContext, models: Models) -> str | None:
    """The URL that a path probably meant, with the query of the request. None if that cannot be told."""
    parts, suffix = _parts(path)
    if not path.isprintable() or len(parts) > MOST_PARTS or any(len(part) > LONGEST_PART for part in parts):
        return None
    page: str | None = PAGES.get(plain("".join(parts)))
    if page and len(parts) <= 2:  # noqa: PLR2004 - as in docs/index
        return reading.root_path + page
    for ending in dict.fromkeys((suffix, "")):
        found = _of_year(parts, ending, reading, models) if parts else Meant("/v1")
        facts = _facts_about(found, ending, models) if found and found.id else None  # of what it asks for
        for one in filter(None, (found, facts)):
            if url := _url(one, ending, reading, models):
                return url
    return None


def _url(found: Meant, suffix: str, reading: RequestContext, models: Models) -> str | None:
    """The URL of a path with the query of the request. None if the query cannot be made valid there."""
    model, form = models.get(found.template), FORMS[suffix]
    if model is None:
        return None
    left_out = {"after"} if form is Form.JSON else {"after", "format"}  # a cursor is of one path
    asked = [pair for pair in reading.pairs if pair[0] not in left_out]
    pairs = valid_pairs(model, replace(reading, path=found.template, form=form, pairs=[*asked, *found.pairs]))
    names, url = {name for name, _ in pairs or ()}, found.template.replace("{id}", quote(found.id, safe=SAFE))
    if pairs is None or "as_of" in names or ("stat" in names and "groups" in url):  # which may be refused
        return None
    return address(reading.root_path + url, pairs)


def _parts(path: str) -> tuple[list[str], str]:
    """The parts of a path without prefixes, versions and suffix, and our suffix."""
    path = OF_SERVICE.sub(r"/\1", KEY.sub(r"/\1\2", path))
    parts = [part.strip() for part in path.split("/") if part.strip()]
    while parts and (VERSION.fullmatch(parts[0].casefold()) or plain(parts[0]) in PREFIXES):
        parts = parts[1:]
    if not parts:
        return [], ""
    stem, _, ending = parts[-1].rpartition(".")
    if stem and ending.casefold() in SUFFIXES and plain(parts[-1]) not in PAGES:
        return [*parts[:-1], stem], SUFFIXES[ending.casefold()]
    if len(parts) > 1 and parts[-1].casefold() in SUFFIXES:
        return parts[:-1], SUFFIXES[parts[-1].casefold()]
    return parts, ""


def _collection(part: str) -> str | None:
    word = VERB.sub("", plain(part))
    near = {NAMES[one] for one in similar(word, NAMES)}
    return NAMES.get(word) or (near.pop() if len(near) == 1 else None)


def _of_year(parts: Sequence[str], suffix: str, reading: RequestContext, models: Models) -> Meant | None:
    """What a path means without a year that stands in it, and the facts of that year: `facts/2024`, `gdp/year/2024`."""
    years = [part for part in parts if YEAR.fullmatch(part)]
    if len(years) != 1:
        return _of_parts(parts, suffix, reading, models)
    rest = [part for part in parts if part not in years and plain(part) not in YEARS]
    found = _of_parts(rest or ["facts"], suffix, reading, models)
    found = _facts_about(found, suffix, models) if found and found.id else found
    return replace(found, pairs=[*found.pairs, ("year", years[0])]) if found else None


def _of_parts(parts: Sequence[str], suffix: str, reading: RequestContext, models: Models) -> Meant | None:
    """Collections, each with an id or not: `facts`, `companies/byd`, `places/zhengzhou/facts`."""
    plural, id_, *more = [*parts, ""] if len(parts) == 1 else parts
    first = _collection(plural)
    if first is None:
        is_entity = len(parts) == 1 or (len(parts) == 2 and plain(plural) in ENTITIES)  # noqa: PLR2004 - and its id
        return _entity(parts[-1], reading) if is_entity else None
    if first == "facts" and not more and (found := _of_facts(id_, suffix)):
        return found
    if not id_ or (plain(id_) in PREFIXES | ENTITIES and not more):
        return Meant(f"/v1/{first}{suffix}")
    if first in QUESTIONS:
        return Meant(f"/v1/{first}{suffix}", pairs=[(QUESTIONS[first], id_)]) if not more else None
    if (second := _collection(id_)) and not _resolved(first, id_, reading):
        if second in ("search", "suggest"):  # in this list
            return Meant(f"/v1/{first}{suffix}", pairs=[("q", one) for one in more if not one.startswith("findBy")])
        found = _of_parts([second, *more], suffix, reading, models)
        return _facts_about(found, suffix, models) if found and found.id and first == "facts" else found
    resolved = _resolved(first, id_, reading)
    if resolved is None:
        return None
    owner, known = resolved
    if not more:
        return Meant(f"/v1/{owner}/{{id}}", known)
    part = f"/v1/{owner}/{{id}}/{PARTS.get(plain(more[0]), more[0].casefold())}" if len(more) == 1 else ""
    if part in models:  # not every source has a text
        return Meant(part if part != TEXT_OF_SOURCE else f"/v1/{owner}/{{id}}", known)
    return _filtered(owner, known, _of_parts(more, suffix, reading, models), suffix, models)


def _of_facts(word: str, suffix: str) -> Meant | None:
    if plain(word) in ("latest", "current"):
        return Meant(f"/v1/facts{suffix}", pairs=[("preferred", "true")])
    if plain(word) == "count":
        return Meant(f"/v1/facts{suffix}", pairs=[("total", "exact")])
    return Meant(f"/v1/facts/groups{suffix}") if plain(word) in ("group", "aggregate", "aggregates") else None


def _filtered(owner: str, id_: str, found: Meant | None, suffix: str, models: Models) -> Meant | None:
    """A list filtered by what stands before it; the facts about two things that stand one behind the other."""
    if found is None:
        return None
    if found.id and (found := _facts_about(found, suffix, models)) is None:
        return None
    model = models.get(found.template)
    name = next((one for one in FILTERS.get(owner, ()) if model and one in model.model_fields), None)
    return replace(found, pairs=[(name, id_), *found.pairs]) if name else None


def _facts_about(item: Meant, suffix: str, models: Models) -> Meant | None:
    """The facts about an item."""
    owner = item.template.split("/")[2]
    return _filtered(owner, item.id, Meant(f"/v1/facts{suffix}"), suffix, models)


def _resolved(plural: str, identifier: str, reading: RequestContext) -> tuple[str, str] | None:
    """The collection and the id of an item that is there: by its id, also in another case, or by its name."""
    listed = LISTS.get(plural)
    if listed is None:
        return (plural, identifier) if plural == "releases" and is_listed(identifier, reading) else None
    for one in dict.fromkeys((identifier, re.sub(r"[\s_]+", "-", identifier.casefold()))):
        if listed.has(one, reading):
            return plural, one
    try:
        listed.explain_missing(identifier, replace(reading, pairs=(), root_path=""))
    except Moved as moved:
        return _of_url(moved.location)
    except NotFound as missing:
        return _of_url(missing.instead) if missing.instead else None
    similar = listed.suggest(identifier.casefold(), reading)
    better = misspelled(identifier, similar)
    return (plural, better) if better else None


def _of_url(url: str) -> tuple[str, str]:
    _, _, plural, id_ = url.split("/")
    return plural, id_


def _entity(word: str, reading: RequestContext) -> Meant | None:
    """The entity that has a path's only part as its id."""
    id_ = word.casefold()
    look_up([id_], reading)
    plural = OF_TYPE.get(reading.cache.types.get(id_, ""))
    return Meant(f"/v1/{plural}/{{id}}", id_) if plural else None


def models_of(routes: Iterable[object]) -> dict[str, type[QueryModel]]:
    """The query models of the routes that read, by their paths."""
    return {route.path: route.query_model for route in routes if hasattr(route, "query_model")}  # type: ignore[attr-defined]
