"""Digests that tell whether files have changed."""

import hashlib
from pathlib import Path

PIECE = 1 << 20
CODE = Path(__file__).parent


def fingerprint(*folders: Path) -> str:
    """A digest of the names and bytes of all files in the folders, compiled ones aside."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
                with path.open("rb") as file:
                    while piece := file.read(PIECE):
                        digest.update(piece)
    return digest.hexdigest()
