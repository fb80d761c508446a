"""Selects the release that a request reads: the current one, that of its cursor, or the one in `as_of`."""

from collections.abc import Iterable

from app.errors import BadRequest, Mistake, ReleaseGone, StaleCursor, TimedOut
from app.http.state import AppState
from app.queries.paging import read_cursor
from app.queries.reading import Pairs, Reading
from app.queries.releases import is_listed, release_as_of
from app.store.releases import Budget, Limit, Release, ReleaseNotKept

# The release, and mistakes in how it was named; with mistakes, it is the current release.
Selected = tuple[Release, Iterable[Mistake]]


def select_release(state: AppState, at_least: int, pairs: Pairs, limit: Limit) -> Selected:
    """The release that a query string names; `at_least` is the number of a release that the caller has already seen.

    Raises TimedOut on the event loop if it would have to wait for another machine or a file; ReleaseGone, StaleCursor,
    NotReady, Unusable.
    """
    named = [value for name, value in pairs if name == "as_of"]
    if len(named) == 1 and named[0]:  # otherwise the mistake is reported with those of the rest of the query
        return _as_of(state, named[0], limit)
    after = [value for name, value in pairs if name == "after"]
    cursor = read_cursor(after[0]) if len(after) == 1 else None
    current = _current(state, max(at_least, cursor.number if cursor else 0), limit)
    if cursor is None or cursor.release == current.id:
        return current, ()
    if isinstance(limit, Budget):
        raise TimedOut
    try:
        return state.store.kept(cursor.release), ()
    except ReleaseNotKept:
        raise StaleCursor("The release of that page is not kept any more; start again without `after`.") from None


def _current(state: AppState, at_least: int, limit: Limit) -> Release:
    known = state.store.known(at_least=at_least)
    if known is not None:
        return known
    if isinstance(limit, Budget):
        raise TimedOut
    return state.store.current(at_least=at_least)


def _as_of(state: AppState, named: str, limit: Limit) -> Selected:
    current = state.store.current()
    reading = Reading(state.store, current, state.memories.of(current), limit)
    try:
        release = release_as_of(named, reading)
    except BadRequest as error:
        return current, error.mistakes
    try:
        return state.store.kept(release), ()
    except ReleaseNotKept:
        if is_listed(release, reading):
            raise ReleaseGone(
                f"{release} is not kept any more. Load it from its seed, as version control has it, into a database of "
                "its own: `FACTBOOK_DATABASE_URL=sqlite:///old.db factbook load SEED`."
            ) from None
        detail = f"There is no release {named[:40]!r}. /v1/releases lists what there is."
        return current, [Mistake("invalid-value", "as_of", named, detail)]
