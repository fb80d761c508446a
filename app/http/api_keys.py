"""API keys, if an operator requires them: a file of names and digests, never of the keys themselves."""

import hashlib
import hmac
import re
import secrets
import time
from pathlib import Path

from app.errors import Unauthorized

LOOKED_AT_EVERY = 1.0  # seconds: a key that is removed from the file is soon refused
LINE = re.compile(r"(?P<name>[\w.-]{1,100})\s+sha256:(?P<digest>[0-9a-f]{64})")
CHALLENGE = 'Bearer realm="factbook"'
NEEDED = "A key is needed here: send it as `Authorization: Bearer KEY`."
UNKNOWN = "That key is not known, or not any more."


def new_key(name: str) -> tuple[str, str]:
    """A key of 256 random bits, and its line for the file. A key that long needs neither a slow hash nor a salt."""
    key = f"fb_{secrets.token_urlsafe(32)}"
    line = f"{name} sha256:{_digest(key.encode())}"
    if not LINE.fullmatch(line):
        raise ValueError(f"{name!r} is no name: write letters, digits, '.', '-' and '_'")
    return key, line


class ApiKeys:
    """The keys in a file, which is reloaded when it has changed."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError, with the line, if the file has anything else in it, OSError if it cannot be read."""
        self._path = path
        self._digests = _read(path)
        self._changed = path.stat().st_mtime_ns
        self._look_at = time.monotonic() + LOOKED_AT_EVERY

    def holder(self, authorization: str) -> str:
        """The name of the key's holder. Raises Unauthorized."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthorized(NEEDED, {"WWW-Authenticate": CHALLENGE})
        self._look()
        digest = _digest(key.strip().encode("utf-8", errors="replace"))
        found = ""
        for known, name in self._digests.items():  # always all of them, so that timing reveals nothing
            if hmac.compare_digest(digest, known):
                found = name
        if not found:
            raise Unauthorized(UNKNOWN, {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'})
        return found

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOKED_AT_EVERY
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._changed:
                self._digests, self._changed = _read(self._path), changed
        except (OSError, ValueError):  # it may be in the middle of being written: keep the known keys
            return


def _read(path: Path) -> dict[str, str]:
    """Names by digest."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        match = LINE.fullmatch(said)
        if match is None:
            raise ValueError(f"{path}:{number}: write NAME sha256:DIGEST, as `factbook key NAME` prints it")
        found[match["digest"]] = match["name"]
    return found


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()
