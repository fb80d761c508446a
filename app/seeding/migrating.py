"""Brings a database's schema to what the tables say."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from app.errors import NotReady

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def configuration(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Raises NotReady for a database of a later version, or one that is not ours."""
    try:
        command.upgrade(configuration(url), "head")
    except CommandError as error:
        newer = "its schema is newer than this version: run the one that loaded it, or load into another database"
        raise NotReady(f"The database cannot be used: {error}; {newer}.") from error
