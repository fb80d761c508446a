"""Every setting the service reads from its environment."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")

WRITTEN = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, for several servers .../NAME?host=A:PORT&host=B:PORT"


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
    workers: Annotated[int, Field(description="Processes that answer; /metrics tells of one of them", ge=1)] = 1
    root_path: Annotated[str, Field(description="Path that a proxy strips before it asks us; starts every link")] = ""
    max_age: Annotated[int, Field(description="Seconds an answer may be reused unasked; 0 = revalidate", ge=0)] = 0
    cors_origins: Annotated[list[str], Field(description="Origins whose pages may read answers, as a JSON list")] = [
        "*"
    ]
    pool_size: Annotated[int, Field(description="Database connections, and so long answers made at a time", ge=1)] = 8
    time_limit: Annotated[float, Field(description="Seconds after which an answer is given up with 503", gt=0)] = 5
    cache_bytes: Annotated[int, Field(description="Bytes of answers kept because they are asked for again", ge=0)] = (
        32_000_000
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="What the server's log shows")
    ] = "info"

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
