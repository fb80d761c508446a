"""Requests of people who know other APIs, each with the request that they meant: wrong_turns.txt lists them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from tests.conftest import Service

LIST = Path(__file__).with_suffix("").with_name("wrong_turns.txt")
NOTHING = "-"
REQUEST = re.compile(r"(?:(POST|PUT|DELETE) )?(?:\[(.+?)\] )?(/.*)")


class Turn(NamedTuple):
    method: str
    accept: str
    url: str
    meant: tuple[str, ...]


def turns() -> Iterator[Turn]:
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if " -> " in line and not line.startswith("#"):
            request, _, meant = line.partition(" -> ")
            found = REQUEST.fullmatch(request)
            assert found, line
            yield Turn(found[1] or "GET", found[2] or "*/*", found[3], tuple(meant.split(" | ")))


TURNS = list(turns())


def same(url: str) -> tuple[str, list[tuple[str, str]]]:
    """What a URL asks for: the order of its parameters is nothing, and a period of whole years is `year`."""
    parts = urlsplit(url)
    pairs = [
        ("year" if name == "period" and re.fullmatch(r"(\d{4})?(\.\.)?(\d{4})?", value) else name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return unquote(parts.path), sorted(pairs)


def ask(service: Service, turn: Turn) -> Any:
    url = quote(turn.url, safe="/?&=,.:%+-*~_!'();@$[]><")
    return service.client.request(turn.method, url, headers={"Accept": turn.accept}, follow_redirects=False)


# What is meant is found in Python; the two databases are only asked what there is.
ASKED = [("sqlite", turn) for turn in TURNS] + [("postgresql", turn) for turn in TURNS[::3]]


@pytest.mark.parametrize(
    ("real", "turn"),
    [pytest.param(database, turn, id=f"{database}-{turn.method} {turn.url}") for database, turn in ASKED],
    indirect=["real"],
)
def test_a_wrong_turn_leads_to_what_was_meant(real: Service, turn: Turn) -> None:
    response = ask(real, turn)
    assert 400 <= response.status_code < 500, response.text
    link = response.json().get("links", {}).get("try")
    if link is None:
        assert NOTHING in turn.meant, response.json()["detail"]
        return
    assert same(link) in [same(one) for one in turn.meant if one != NOTHING], link
    assert real.client.get(link).status_code == 200


def test_there_are_150_of_them() -> None:
    assert len({turn.url for turn in TURNS}) >= 150
