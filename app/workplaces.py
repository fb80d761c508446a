"""Temporary folders that can be recognised as abandoned after their process was killed."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PREFIX, LOCK = "factbook-work-", ".lock"
# Seconds within which the creator of a folder has locked it.
NEW = 60


@contextmanager
def workplace() -> Iterator[Path]:
    """A temporary folder that lasts as long as the context, and no longer than this process."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / LOCK).open("wb") as lock:
            locked(lock)
            yield folder


def left() -> list[Path]:
    """The abandoned folders of killed processes."""
    return [folder for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")) if _is_left(folder)]


def remove_left() -> None:
    for folder in left():
        shutil.rmtree(folder, ignore_errors=True)


def locked(file: IO[bytes] | int) -> bool:
    """Lock a file until it is closed or the process ends; False if another process has locked it."""
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
    except OSError:  # it belongs to another user, or is being created or removed
        return False
