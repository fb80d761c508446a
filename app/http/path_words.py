"""The words of paths, in paths.toml and of the release: which collection, item or kind a part of a path names."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files

from app.errors import Moved, NotFound
from app.nouns.listed import COLLECTIONS
from app.queries.filters import ChoiceFilter
from app.queries.lists import List
from app.queries.parameters import QueryModel
from app.queries.reading import RequestContext
from app.queries.releases import is_listed
from app.queries.vocabulary import look_up
from app.queries.words import misspelled, plain, similar

_WORDS = tomllib.loads((files("app.http") / "paths.toml").read_text(encoding="utf-8"))
ENTITIES = frozenset(_WORDS["entities"]["names"].split())
PREFIXES = frozenset(_WORDS["prefixes"].split())
VERSION = re.compile(r"v?\d{1,2}(?:\.\d+)*")
PAGES = {other: ours for ours, others in _WORDS["pages"].items() for other in (plain(ours), *others.split())}
PARTS = {other: ours for ours, others in _WORDS["parts"].items() for other in others.split()}
NAMES = {plain(ours): ours for ours in _WORDS["collections"]} | {
    other: ours for ours, others in _WORDS["collections"].items() for other in others.split()
}
FILTERS = {plural: names.split() for plural, names in _WORDS["filters"].items()}
SUFFIXES = {other: ours for ours, others in _WORDS["suffixes"].items() for other in others.split()}
LISTS: Mapping[str, List] = {one.plural: one.list for one in COLLECTIONS}
VERB = re.compile("^(?:get|list|fetch|read)(?=[a-z]{4})|(?<=[a-z]{4})list$")  # getFacts, organization_list
KEY = re.compile(r"\((?:'([^'()/]+)'|([\w.-]+))\)$")  # companies('byd') in OData
OF_SERVICE = re.compile(r":(search|list|query|get)$")  # companies:search
OF_TYPE = {one.list.type: one.plural for one in COLLECTIONS if hasattr(one.list, "type") and one.plural != "companies"}


def path_parts(path: str) -> tuple[list[str], str]:
    """The parts of a path without prefixes, versions and suffix, and our suffix."""
    path = OF_SERVICE.sub(r"/\1", KEY.sub(r"/\1\2", path))
    parts = [part.strip() for part in path.split("/") if part.strip()]
    while parts and (VERSION.fullmatch(parts[0].casefold()) or plain(parts[0]) in PREFIXES):
        if len(parts) == 1 and plain(parts[0]) in NAMES:  # data
            break
        parts = parts[1:]
    if not parts:
        return [], ""
    stem, _, ending = parts[-1].rpartition(".")
    if stem and ending.casefold() in SUFFIXES and plain(parts[-1]) not in PAGES:
        return [*parts[:-1], stem], SUFFIXES[ending.casefold()]
    if len(parts) > 1 and parts[-1].casefold() in SUFFIXES:
        return parts[:-1], SUFFIXES[parts[-1].casefold()]
    return parts, ""


def collection(part: str) -> str | None:
    word = VERB.sub("", plain(part))
    near = {NAMES[one] for one in similar(word, NAMES)}
    of_kind, _ = KINDS.get(word, (None, ""))
    return NAMES.get(word) or of_kind or (near.pop() if len(near) == 1 else None)


def _kinds() -> dict[str, tuple[str, str]]:
    """By the plural of each kind of a noun, the noun and the kind: `universities`, `districts`."""
    found = [
        (re.sub("ys$", "ies", f"{plain(choice)}s"), (one.plural, choice))
        for one in COLLECTIONS
        if isinstance(kind := getattr(one.list, "filters", QueryModel).parameters.get("kind"), ChoiceFilter)
        for choice in kind.choices
    ]
    times = Counter(plural for plural, _ in found)
    return {plural: of for plural, of in found if times[plural] == 1 and NAMES.get(plural, of[0]) == of[0]}


KINDS = _kinds()


def resolved(plural: str, identifier: str, reading: RequestContext) -> tuple[str, str] | None:
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


def entity_of(word: str, reading: RequestContext) -> tuple[str, str] | None:
    """The entity, or the series, that has a path's only part as its id."""
    id_ = word.casefold()
    look_up([id_], reading)
    plural = "series" if LISTS["series"].has(id_, reading) else OF_TYPE.get(reading.release.cache.types.get(id_, ""))
    return (plural, id_) if plural else None
