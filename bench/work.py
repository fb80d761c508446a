"""The work folder of the benchmark: what is made there, and made anew when its origin changes; the installed peers."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.folders import lock_file

BENCH = Path(__file__).parent
ROOT = BENCH.parent
WORK = Path(os.environ.get("FACTBOOK_BENCH") or ROOT / ".bench").resolve()
STAMP = "made-from"
PINS = BENCH / "peers.txt"


def kept(folder: Path, mark: str, make: Callable[[Path], object]) -> Path:
    """The folder as `make` filled it, made again where it was made from something else or is incomplete.

    Processes that want the same folder at once take turns, and only the first makes it.
    """
    stamp = folder / STAMP
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        lock_file(lock)
        if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == mark):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            stamp.write_text(mark, encoding="utf-8")
    return folder


def digest(*files: Path) -> str:
    """What a thing was made from: the files that say how."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def peer(name: str) -> Path:
    """The program of a peer, installed from PyPI."""
    return kept(WORK / "python", digest(PINS), _install) / "venv" / "bin" / name


def _install(folder: Path) -> None:
    sys.stderr.write("Installing the peers from PyPI ...\n")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run([venv / "bin/python", "-m", "pip", "install", *quiet, "-r", PINS], check=True)
