"""Where the benchmark keeps what it makes, and when it makes a thing anew."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

BENCH = Path(__file__).parent
ROOT = BENCH.parent
WORK = Path(os.environ.get("FACTBOOK_BENCH") or ROOT / ".bench").resolve()
STAMP = "made-from"


def kept(folder: Path, mark: str, make: Callable[[Path], object]) -> Path:
    """The folder as `make` filled it, made again where it was made from something else or is incomplete.

    Processes that want the same folder at once take turns, and all but the first find it made.
    """
    stamp = folder / STAMP
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == mark):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            stamp.write_text(mark, encoding="utf-8")
    return folder


def digest(*files: Path) -> str:
    """What a thing was made from: the files that say how."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
