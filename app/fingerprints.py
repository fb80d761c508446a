"""Digests that tell whether files have changed."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

PIECE = 1 << 20
CODE = Path(__file__).parent


def fingerprint(*folders: Path) -> str:
    """A digest of the names and bytes of all files in the folders, compiled ones aside."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                # The name as bytes: it need not be UTF-8.
                digest.update(b"%b\0%d\0" % (os.fsencode(path.relative_to(folder)), path.stat().st_size))
                with (
                    suppress(OSError),
                    path.open("rb") as file,
                ):  # whoever needs what it holds tells that it cannot be read
                    while piece := file.read(PIECE):
                        digest.update(piece)
    return digest.hexdigest()
