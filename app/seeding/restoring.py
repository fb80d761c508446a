"""The database as it was: the seed of a release is brought back, loaded anew, and given the history up to then."""

import os
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from app import tables
from app.database import reading, writing_engine
from app.seeding import archive
from app.seeding.loading import load
from app.seeding.migrating import migrate
from app.seeding.runs import batched
from app.seeding.seeds import Progress
from app.workplaces import workplace

RELEASE, CHANGE, FILE, PIECE = tables.Release, tables.ReleaseChange, tables.ReleaseFile, tables.SeedFile
BATCH = 100  # rows, of which some are pieces of files


class NotKept(LookupError):
    """There is no such release, or its seed is not kept."""


def restore(url: str, revision: str, file: Path, progress: Progress) -> str:
    """Write a SQLite file, which is whole as soon as it is there, and say how this version names the data in it.

    In the file it has the name it had, and when it was loaded. Raises NotKept, Unusable, SeedError.
    """
    with workplace() as folder, reading(url) as connection:
        number = _number(connection, revision)
        archive.bring_back(connection, number, folder / "seed")
        made = folder / "restored.db"
        address = f"sqlite:///{made}"
        migrate(address)
        named = load(address, folder / "seed", None, progress).revision
        _give_history(connection, address, number)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            shutil.copyfile(made, part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        return named


def _number(connection: Connection, revision: str) -> int:
    """The last release of this revision."""
    meant = select(RELEASE.number).where(RELEASE.revision == revision).order_by(RELEASE.number.desc()).limit(1)
    number = connection.execute(meant).scalar_one_or_none()
    if number is None or not archive.has(connection, number):
        raise NotKept(f"The seed of {revision!r} is not kept; /v1/releases lists the releases.")
    return number


def _give_history(source: Connection, address: str, number: int) -> None:
    """Put the releases up to a number in the place of the one that the load has made."""
    kept = select(FILE.sha256).where(FILE.number <= number)
    rows: dict[Any, Any] = {
        RELEASE: select(RELEASE.__table__).where(RELEASE.number <= number),
        CHANGE: select(CHANGE.__table__).where(CHANGE.number <= number),
        FILE: select(FILE.__table__).where(FILE.number <= number),
        PIECE: select(PIECE.__table__).where(PIECE.sha256.in_(kept)),
    }
    engine = writing_engine(address)
    try:
        with engine.begin() as target:
            for table, query in rows.items():
                target.execute(delete(table))
                found = source.execute(query, execution_options={"yield_per": BATCH}).mappings()
                for batch in batched(found, BATCH):
                    target.execute(insert(table), [dict(one) for one in batch])
            last = target.execute(select(RELEASE.revision, RELEASE.loaded_at).where(RELEASE.number == number)).one()
            target.execute(update(tables.Revision).values(revision=last.revision, loaded_at=last.loaded_at))
    finally:
        engine.dispose()
