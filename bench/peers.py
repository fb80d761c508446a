"""The programs we are measured against, installed from PyPI into the work folder."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.folders import BENCH, WORK, digest, kept

PINS = BENCH / "peers.txt"
TOOLS = {"wrk": "wrk", "taskset": "util-linux"}  # and the Debian packages that have them


def peer(name: str) -> Path:
    """The program of a peer."""
    return kept(WORK / "python", digest(PINS), _install) / "venv" / "bin" / name


def versions() -> dict[str, str]:
    """The pinned version of each peer."""
    return dict(line.split("==") for line in PINS.read_text(encoding="utf-8").splitlines() if "==" in line)


def require_tools() -> None:
    """Exits where a program is missing."""
    if lacking := [package for tool, package in TOOLS.items() if not shutil.which(tool)]:
        sys.exit(f"Please install first: apt-get install {' '.join(lacking)}")


def _install(folder: Path) -> None:
    sys.stderr.write("Installing the peers from PyPI ...\n")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run([venv / "bin/python", "-m", "pip", "install", *quiet, "-r", PINS], check=True)
