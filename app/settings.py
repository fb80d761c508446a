"""The settings, read from environment variables."""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MASK = "***"
PARAMETER = re.compile(r"(?P<name>(?<=[?&])[^=&]*)=[^&]*")
SECRET = re.compile(r"passw|^pass$|pwd|secret|token|scram", re.IGNORECASE)  # in the name of a parameter

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")

RATE = re.compile(r"[1-9]\d*/(second|minute|hour|day)")
WRITTEN = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, for several servers .../NAME?host=A:PORT&host=B:PORT"

PREFIX = "FACTBOOK_"
OTHER_VARIABLES = {"FACTBOOK_BENCH"}  # used by the benchmark
# Settings of earlier versions, with what replaces them; a name that is a field below is still accepted.
BY_PROXY = "is gone: it is one of the limits of the proxy, see deploy/nginx.conf; unset it"
BY_LIMITER = "is gone: each kind of expensive response has a limiter of its own; unset it"
REPLACED = {
    "request_timeout": BY_PROXY,
    "send_timeout": BY_PROXY,
    "connections": BY_PROXY,
    "long_answers": BY_LIMITER,
    "exports": BY_LIMITER,
    "queue_size": BY_LIMITER,
    "pool_size": BY_LIMITER,
    "past_releases": "is gone; set FACTBOOK_KEEP_RELEASES",
}


def masked_url(url: str) -> str:
    """A URL, of a database or anything else and well-formed or not, with its passwords masked.

    Passwords are before the host or, as several drivers allow, in the query.
    """
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    user, _, after = rest.partition(":")
    if "@" in after and "/" not in user:
        first = after.index("@")
        authority = re.split("[/?#]", after[first:])[0]
        rest = f"{user}:{MASK}{after[first + authority.rindex('@') :]}"
    return f"{scheme}{separator}{PARAMETER.sub(_masked_parameter, rest)}"


def _masked_parameter(parameter: re.Match[str]) -> str:
    return f"{parameter['name']}={MASK}" if SECRET.search(unquote(parameter["name"])) else parameter[0]


def _database(url: str) -> str:
    try:
        parsed = make_url(url)
        if parsed.drivername in DRIVERS and parsed.get_backend_name() == "postgresql":
            parsed.get_dialect()().create_connect_args(parsed)
    except (ArgumentError, ValueError):  # its message may contain a password
        raise ValueError(f"is no database URL; write {WRITTEN}") from None
    if parsed.drivername not in DRIVERS:
        raise ValueError(f"{parsed.drivername} is none of {', '.join(DRIVERS)}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError(f"names no file; write {WRITTEN}")
    return url


def _rate(limit: str) -> str:
    if limit and not RATE.fullmatch(limit):
        raise ValueError("is no rate; write such as 600/minute, with second, minute, hour or day")
    return limit


def _redis(store: str) -> str:
    if store and not store.startswith(("redis://", "rediss://")):
        raise ValueError("is no store; write redis://HOST/0")
    return store


def _key_file(file: Path | None) -> Path | None:
    if file and not file.is_file():  # the value may be the key itself: do not show it
        raise ValueError("names no file; `factbook key NAME` prints a line for one")
    return file


def _text_folder(folder: Path | None) -> Path | None:
    if folder and not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; nothing would be verified")
    return folder


class Settings(BaseSettings):
    """Set one as `FACTBOOK_` and its name in capitals: `FACTBOOK_DATABASE_URL=postgresql://...`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "sqlite:///factbook.db",
        description="SQLAlchemy URL of a SQLite file or PostgreSQL; ?host=A:PORT&host=B:PORT for several",
    )
    seed: Path = Field(Path("seed"), description="Folder of the seed that `load` and `check` read")
    sources: Annotated[Path | None, AfterValidator(_text_folder)] = Field(
        None, description="Folder with source texts that may not be published; used to verify quotes"
    )
    title: str = Field("Zhengzhou Factbook", description="Name of the service, as `/v1` and `/docs` show it")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    workers: int = Field(1, ge=1, description="Worker processes; /metrics reports their sum")
    root_path: Annotated[str, AfterValidator(lambda path: path.rstrip("/"))] = Field(
        "", description="Path prefix that a proxy strips; every link starts with it"
    )
    max_age: int = Field(0, ge=0, description="max-age of responses, in seconds; 0: clients revalidate")
    cors_origins: list[str] = Field(["*"], description="Origins allowed by CORS, as a JSON list")
    quick_limit: int = Field(8, ge=1, description="Quick requests that a process handles at a time (PostgreSQL only)")
    slow_limit: int = Field(2, ge=1, description="Slow requests that a process handles at a time")
    export_limit: int = Field(4, ge=1, description="Exports that a process sends at a time")
    verify_limit: int = Field(2, ge=1, description="Texts that a process verifies at a time")
    time_limit: float = Field(5, gt=0, description="Seconds after which a request is aborted with 503")
    keep_alive: int = Field(75, ge=1, description="Seconds an idle connection is kept open; longer than in the proxy")
    grace: int = Field(10, ge=1, description="Seconds that responses have to finish when the service stops")
    trusted_proxies: list[str] = Field(
        [], description="Proxies whose X-Forwarded-For is trusted, as a JSON list of addresses or networks"
    )
    allowed_hosts: list[str] = Field(
        ["*"], description="Host names that requests may use, as a JSON list; `*.example.org` includes subdomains"
    )
    api_keys: Annotated[Path | None, AfterValidator(_key_file)] = Field(
        None, description="File of valid API keys, as printed by `factbook key`; if unset, no key is needed"
    )
    rate_limit: Annotated[str, AfterValidator(_rate)] = Field(
        "", description="Requests allowed per client, such as `600/minute`; if unset, no limit"
    )
    rate_store: Annotated[str, AfterValidator(_redis)] = Field(
        "", description="Shared store of the rate limit: `redis://HOST/0`; if unset, each process counts alone"
    )
    cache_bytes: int = Field(32_000_000, ge=0, description="Size of the response cache, in bytes")
    keep_releases: int = Field(
        5, ge=1, description="Releases to keep, the current one included, for `as_of` and rollback"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum level of the log on stderr"
    )
    access_log: bool = Field(True, description="Whether to log each request on stdout")

    def with_address(self, host: str | None, port: int | None, workers: int | None) -> "Settings":
        """The same, with those that a command line gives."""
        given = {"host": host, "port": port, "workers": workers}
        return self.model_copy(update={name: one for name, one in given.items() if one})

    def shown(self) -> dict[str, Any]:
        """The settings as JSON values, with secrets masked."""
        said = self.model_dump(mode="json")
        return {name: masked_url(value) if isinstance(value, str) else value for name, value in said.items()}

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_variable(cls, given: Any) -> Any:
        """Refuse unknown variables: with a typo, the default would stay in force unnoticed."""
        names = {name.upper() for name in os.environ if name.upper().startswith(PREFIX)} - OTHER_VARIABLES
        unknown = sorted(name for name in names if name.removeprefix(PREFIX).lower() not in cls.model_fields)
        if unknown:
            raise ValidationError.from_exception_data(cls.__name__, [_refusal(name) for name in unknown])
        return given


def _refusal(variable: str) -> InitErrorDetails:
    """The error for an environment variable that is not a setting: says what to set instead."""
    name = variable.removeprefix(PREFIX)
    near = difflib.get_close_matches(name, [known.upper() for known in Settings.model_fields], 1)
    advice = f"did you mean {PREFIX}{near[0]}?" if near else "unset it"
    message = REPLACED.get(name.lower(), f"is not a setting; {advice}")
    return {
        "type": PydanticCustomError("unknown_setting", "{message}", {"message": message}),
        "loc": (name,),
        "input": "",
    }
