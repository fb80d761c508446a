"""Temporary folders that are known to be left over once the process that made them was killed."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PREFIX, LOCK = "factbook-work-", ".lock"
# Whoever has made a folder takes its lock within so many seconds.
NEW = 60


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for as long as the context lasts, and no longer than this process."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / LOCK).open("wb") as lock:
            locked(lock)
            yield folder


def left() -> list[Path]:
    """The folders of processes that were killed."""
    return [folder for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")) if _is_left(folder)]


def remove_left() -> None:
    for folder in left():
        shutil.rmtree(folder, ignore_errors=True)


def locked(file: IO[bytes] | int) -> bool:
    """Lock a file until it is closed, or its process ends; False where another has locked it."""
    if sys.platform == "win32":
        return False
    import fcntl  # noqa: PLC0415 - there is none on Windows

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_left(folder: Path) -> bool:
    try:
        with (folder / LOCK).open("rb") as lock:
            return time.time() - (folder / LOCK).stat().st_mtime > NEW and locked(lock)
    except OSError:  # it is another user's, or is being made or removed
        return False
