"""Digests that tell whether files have changed."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

CODE = Path(__file__).parent


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
