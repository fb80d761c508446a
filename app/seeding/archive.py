"""The files of a seed kept in the database, each once however many releases have it, and written back as they were."""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, exists, insert, select

from app import tables
from app.errors import Unusable
from app.seeding import manifest

# Bytes of a file that are packed together: neither database takes a value without end.
PIECE = 8_000_000
QUICK = 1  # of the levels of zlib
FILE, KEPT = tables.ReleaseFile, tables.SeedFile


def keep(connection: Connection, number: int, folder: Path) -> None:
    """Keep the files of a seed, as those of a release."""
    for name, path in (manifest.files(folder) | {manifest.FILE: folder / manifest.FILE}).items():
        sha256 = hashlib.sha256()
        for piece in _pieces(path):
            sha256.update(piece)
        digest = sha256.hexdigest()
        known = connection.execute(select(exists().where(KEPT.sha256 == digest))).scalar_one()
        if not known:
            for place, piece in enumerate(_pieces(path)):
                row = {"sha256": digest, "piece": place, "packed": zlib.compress(piece, QUICK)}
                connection.execute(insert(KEPT), row)
        connection.execute(insert(FILE), {"number": number, "path": name, "sha256": digest})


def has(connection: Connection, number: int) -> bool:
    """Whether the files of a release are kept."""
    return bool(connection.execute(select(exists().where(FILE.number == number))).scalar_one())


def bring_back(connection: Connection, number: int, folder: Path) -> None:
    """Write the seed of a release into a folder. Raises Unusable."""
    files = select(FILE.path, FILE.sha256).where(FILE.number == number)
    for name, known in connection.execute(files).all():
        path, digest = folder / name, hashlib.sha256()
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Unusable(f"Release {number} has a file outside of its seed, {name!r}: bring back a backup.")
        path.parent.mkdir(parents=True, exist_ok=True)
        places = connection.execute(select(KEPT.piece).where(KEPT.sha256 == known).order_by(KEPT.piece)).scalars()
        with path.open("wb") as file:
            for place in places.all():
                packed = connection.execute(select(KEPT.packed).where(KEPT.sha256 == known, KEPT.piece == place))
                try:
                    piece = zlib.decompress(packed.scalar_one())
                except zlib.error as error:
                    raise Unusable(f"{name} of release {number} cannot be unpacked: bring back a backup.") from error
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != known:
            raise Unusable(f"{name} of release {number} is not what was kept: bring back a backup.")


def _pieces(path: Path) -> Iterator[bytes]:
    """An empty file is one empty piece."""
    with path.open("rb") as file:
        yield file.read(PIECE)
        while piece := file.read(PIECE):
            yield piece
