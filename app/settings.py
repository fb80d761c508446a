"""Every setting the service reads from its environment."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")

RATE = re.compile(r"[1-9]\d*/(second|minute|hour|day)")
WRITTEN = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, for several servers .../NAME?host=A:PORT&host=B:PORT"


def without_password(url: str) -> str:
    """A database URL as it may be shown."""
    parsed = make_url(url)
    if "password" in parsed.query:  # psycopg takes it there too
        parsed = parsed.update_query_dict({"password": "hidden"})
    return parsed.render_as_string(hide_password=True)


class Settings(BaseSettings):
    """Set one as `FACTBOOK_` and its name in capitals: `FACTBOOK_DATABASE_URL=postgresql://...`."""

    model_config = SettingsConfigDict(env_prefix="FACTBOOK_", extra="forbid", frozen=True)

    database_url: Annotated[
        str, Field(description="SQLAlchemy URL of a SQLite file or PostgreSQL; ?host=A:PORT&host=B:PORT for several")
    ] = "sqlite:///factbook.db"
    seed: Annotated[Path, Field(description="Folder of the seed files that `load` and `check` read")] = Path("seed")
    sources: Annotated[
        Path | None, Field(description="Folder with the texts of sources we may not publish; read to verify quotes")
    ] = None
    host: Annotated[str, Field(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(description="Port to listen on", ge=1, le=65535)] = 8000
    workers: Annotated[int, Field(description="Processes that answer; /metrics sums them up", ge=1)] = 1
    root_path: Annotated[str, Field(description="Path that a proxy strips before it asks us; starts every link")] = ""
    max_age: Annotated[int, Field(description="Seconds an answer may be reused unasked; 0 = revalidate", ge=0)] = 0
    cors_origins: Annotated[list[str], Field(description="Origins whose pages may read answers, as a JSON list")] = [
        "*"
    ]
    pool_size: Annotated[int, Field(description="Quick answers made at a time, each over a connection", ge=1)] = 8
    long_answers: Annotated[int, Field(description="Answers that take long made at a time, a process", ge=1)] = 2
    exports: Annotated[int, Field(description="Exports sent at a time, a process", ge=1)] = 4
    queue_size: Annotated[
        int, Field(description="Long answers, and exports, that wait for a turn; more are refused with 503", ge=0)
    ] = 16
    time_limit: Annotated[float, Field(description="Seconds after which an answer is given up with 503", gt=0)] = 5
    request_timeout: Annotated[float, Field(description="Seconds in which a request must have come whole", gt=0)] = 10
    send_timeout: Annotated[
        float, Field(description="Seconds after which a client that takes nothing of its answer is let go", gt=0)
    ] = 30
    keep_alive: Annotated[int, Field(description="Seconds an idle connection is kept; more than a proxy's", ge=1)] = 75
    connections: Annotated[
        int, Field(description="Open connections, a process; of more, the one idle longest is closed", ge=1)
    ] = 4000
    grace: Annotated[int, Field(description="Seconds that answers have to end when the service stops", ge=1)] = 10
    trusted_proxies: Annotated[
        list[str], Field(description="Proxies whose X-Forwarded-For is believed, as a JSON list of addresses or nets")
    ] = []
    allowed_hosts: Annotated[
        list[str], Field(description="Names this service is asked under, as a JSON list; `*.example.org` for all below")
    ] = ["*"]
    api_keys: Annotated[
        Path | None,
        Field(description="File of the API keys that may ask, as `factbook key` prints them; none: all may"),
    ] = None
    rate_limit: Annotated[
        str, Field(description="How often a client may ask, such as `600/minute`; none: as often as it likes")
    ] = ""
    rate_store: Annotated[
        str, Field(description="Where processes share that: `redis://HOST/0`; none: each counts for itself")
    ] = ""
    cache_bytes: Annotated[int, Field(description="Bytes of answers kept because they are asked for again", ge=0)] = (
        32_000_000
    )
    past_releases: Annotated[
        int, Field(description="Releases of before that stay ready for `as_of`, each a file of its own", ge=1)
    ] = 4
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="Least level of what the log on stderr shows")
    ] = "info"
    access_log: Annotated[bool, Field(description="Whether each request is told of on stdout, a JSON line each")] = True

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            parsed = make_url(url)
            if parsed.drivername in DRIVERS and parsed.get_backend_name() == "postgresql":
                parsed.get_dialect()().create_connect_args(parsed)
        except (ArgumentError, ValueError):  # which may show a password
            raise ValueError(f"is no database URL; write {WRITTEN}") from None
        if parsed.drivername not in DRIVERS:
            raise ValueError(f"{parsed.drivername} is none of {', '.join(DRIVERS)}")
        if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
            raise ValueError(f"names no file; write {WRITTEN}")
        return url

    @field_validator("rate_limit")
    @classmethod
    def _is_a_rate(cls, limit: str) -> str:
        if limit and not RATE.fullmatch(limit):
            raise ValueError("is no rate; write such as 600/minute, with second, minute, hour or day")
        return limit

    @field_validator("rate_store")
    @classmethod
    def _is_a_store(cls, store: str) -> str:
        if store and not store.startswith(("redis://", "rediss://")):
            raise ValueError("is no store; write redis://HOST/0")
        return store

    @field_validator("api_keys")
    @classmethod
    def _is_a_file(cls, file: Path | None) -> Path | None:
        if file and not file.is_file():
            raise ValueError(f"{file} is not a file; `factbook key NAME` prints a line for it")
        return file

    @field_validator("sources")
    @classmethod
    def _is_there(cls, folder: Path | None) -> Path | None:
        if folder and not folder.is_dir():
            raise ValueError(f"{folder} is not a folder; nothing would be verified")
        return folder

    @field_validator("root_path")
    @classmethod
    def _no_trailing_slash(cls, path: str) -> str:
        return path.rstrip("/")
