"""The programs we are measured against, installed from PyPI and npm into the work folder."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from bench.folders import BENCH, WORK, digest, kept

PYTHON_PINS, NODE_PINS = BENCH / "peers.txt", BENCH / "package.json"
TOOLS = {"wrk": "wrk", "taskset": "util-linux"}
NODE_TOOLS = {"npm": "npm", "node": "nodejs"}


def python_peer(name: str) -> Path:
    """The program of a peer from PyPI."""
    return kept(WORK / "python", digest(PYTHON_PINS), _install_python) / "venv" / "bin" / name


def node_peer(name: str) -> Path:
    """The program of a peer from npm."""
    return kept(WORK / "node", digest(NODE_PINS), _install_node) / "node_modules" / ".bin" / name


def versions() -> dict[str, str]:
    """The pinned version of each peer."""
    lines = PYTHON_PINS.read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    from_npm: dict[str, str] = json.loads(NODE_PINS.read_text(encoding="utf-8"))["dependencies"]
    return pinned | from_npm


def missing(*, node: bool) -> list[str]:
    """The Debian packages that have yet to be installed."""
    wanted = TOOLS | (NODE_TOOLS if node else {})
    return [package for tool, package in wanted.items() if not shutil.which(tool)]


def _install_python(folder: Path) -> None:
    sys.stderr.write("Installing the peers from PyPI ...\n")
    venv = folder / "venv"
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, venv], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", venv / "bin/python", "-r", PYTHON_PINS], check=True
        )
        return
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run([venv / "bin/python", "-m", "pip", "install", *quiet, "-r", PYTHON_PINS], check=True)


def _install_node(folder: Path) -> None:
    sys.stderr.write("Installing the peers from npm ...\n")
    shutil.copy(NODE_PINS, folder)
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"], cwd=folder, check=True
    )
