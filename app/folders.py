"""Folders: the digest of what is in them, and temporary ones that can be recognised as abandoned."""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

CODE = Path(__file__).parent
PREFIX, LOCK = "factbook-work-", ".lock"
# Seconds within which the creator of a folder has locked it.
NEW = 60


def fingerprint(*folders: Path) -> str:
    """A digest of the names and bytes of all files in the folders, compiled ones aside."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(b"%b\0" % os.fsencode(path.relative_to(folder)))  # the name need not be UTF-8
                # Whoever needs a file that cannot be read reports it.
                with suppress(OSError), path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that lasts as long as the context, and is abandoned if this process is killed."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / LOCK).open("wb") as lock:
            lock_file(lock, wait=False)
            yield folder


def abandoned() -> list[Path]:
    """The folders of killed processes."""
    return [folder for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")) if _is_abandoned(folder)]


def remove_abandoned() -> None:
    for folder in abandoned():
        shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / LOCK).open("rb") as lock:
            if sys.platform == "win32" or time.time() - (folder / LOCK).stat().st_mtime <= NEW:
                return False
            lock_file(lock, wait=False)
    except OSError:  # it is in use, belongs to another user, or is being created or removed
        return False
    return True


def lock_file(file: IO[Any], *, wait: bool = True) -> None:
    """Lock a file until it is closed or the process ends, in whatever way. Raises OSError, unless it may wait, if
    another process has locked it.
    """
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - there is none on Windows

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
