"""Digests that tell whether files have changed."""

import hashlib
from pathlib import Path

CODE = Path(__file__).parent


def fingerprint(*folders: Path) -> str:
    """A digest of the names and bytes of all files in the folders, compiled ones aside."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
