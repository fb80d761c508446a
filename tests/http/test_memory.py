"""What a client can make a server keep: headers, URLs and queries are as long as the client likes."""

import http.client
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice

import pytest

from tests.conftest import CITY, KeptDatabase
from tests.http.conftest import start

MOST_GROWN = 12_000_000  # bytes
BEFORE = 100  # requests that make the server ready
DIGITS = random.Random(13)  # noqa: S311 - no secret

Request = tuple[str, dict[str, str]]


def digits(length: int) -> str:
    return f"{DIGITS.getrandbits(4 * length):0{length}x}"


def long_headers() -> Iterator[Request]:
    """Each with 7,000 tags, 700 kB once they are read."""
    while True:
        number = digits(16)
        yield "/v1/facts?limit=1", {"If-None-Match": ",".join([number, *(f"{tag:x}" for tag in range(6_500))])}


def long_urls() -> Iterator[Request]:
    """They have to be looked at no further than that the caller has no answer to them, or a stale one."""
    while True:
        yield f"/v1/facts?limit=1&x={digits(28_000)}", {"If-None-Match": '"x"'}


def long_answers() -> Iterator[Request]:
    """Each is asked for twice, and so is kept as long as there is room."""
    named = {"kind": "measurement", "bound": "eq", "status": "actual", "year": "2024"}
    spelled = {name: "".join(f"%{ord(character):X}" for character in value) for name, value in named.items()}
    long = "&".join(f"{name}={','.join([value] * 100)}" for name, value in spelled.items())
    while True:
        url = f"/v1/facts?limit=1&{long}&q={digits(50)}"
        yield url, {}
        yield url, {}


def resident(connection: http.client.HTTPConnection) -> float:
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("process_resident_memory_bytes"))


@contextmanager
def asked(url: str, **settings: object) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server over that database."""
    server, port = start(url, subprocess.Popen, access_log=False, **settings)
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            yield connection
    finally:
        server.terminate()
        assert server.wait(timeout=60) == 0


@pytest.mark.parametrize(("requests", "count"), [(long_headers, 300), (long_urls, 1_000), (long_answers, 2_000)])
def test_nothing_that_a_caller_sends_piles_up(
    requests: Callable[[], Iterator[Request]], count: int, kept_database: KeptDatabase
) -> None:
    """If each left what it sent behind, so many would leave more than may be."""
    with asked(kept_database("sqlite", CITY), cache_bytes=3_000_000) as connection:
        before = 0.0
        for number, (path, headers) in enumerate(islice(requests(), BEFORE + count)):
            if number == BEFORE:
                before = resident(connection)
            connection.request("GET", path, headers=headers)
            assert connection.getresponse().read()
        assert resident(connection) - before < MOST_GROWN


def test_fifty_tags_are_looked_at(kept_database: KeptDatabase) -> None:
    with asked(kept_database("sqlite", CITY)) as connection:

        def status(others: list[str], *, apart: bool) -> int:
            """Of a request that names those tags and then that of the answer, in one header or in one each."""
            connection.putrequest("GET", "/v1/facts?limit=1")
            for value in [*others, tag] if apart else [", ".join([*others, tag])]:
                connection.putheader("If-None-Match", value)
            connection.endheaders()
            answer = connection.getresponse()
            answer.read()
            return answer.status

        connection.request("GET", "/v1/facts?limit=1")
        answer = connection.getresponse()
        answer.read()
        tag = answer.headers["ETag"]
        for apart in (False, True):
            assert status([f'"{number}"' for number in range(49)], apart=apart) == 304
            assert status([f'"{number}"' for number in range(50)], apart=apart) == 200
