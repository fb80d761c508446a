"""The files of releases: the current one, the kept ones, and digests that show whether a file has changed."""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from app.errors import NotReady, Unusable
from app.folders import lock_file
from app.store.releases import ReleaseNotKept

RELEASE_ID = re.compile(r"r-[0-9a-f]{16}")
# Left beside a file by SQLite or an earlier version: they must not be taken for those of a new file.
SIDE_FILES = ("-journal", "-wal", "-shm")
NOT_WRITABLE = "see that its folder is there and that this user may read and write it"


class ReleaseFiles:
    """The paths of the current release of a SQLite database and of its kept releases."""

    def __init__(self, path: Path) -> None:
        self.current = path

    @property
    def folder(self) -> Path:
        """The folder of the kept releases: next to the real file, if the path is a symbolic link."""
        return self.current.resolve().with_suffix(".releases")

    def kept(self, release_id: str) -> Path:
        """The path of a kept release, if it is there. Raises ReleaseNotKept for an invalid id: clients send ids."""
        if not RELEASE_ID.fullmatch(release_id):
            raise ReleaseNotKept(release_id)
        return self.folder / f"{release_id}.db"

    def all_kept(self) -> list[Path]:
        """The kept files, newest first."""
        found = [path for path in self.folder.glob("r-*.db") if RELEASE_ID.fullmatch(path.stem)]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)

    def check_digest(self, path: Path, release_id: str) -> None:
        """Compare a file with the digest that was written with it, if there is one. Raises Unusable.

        A file that was copied here on its own has none.
        """
        try:
            known = self._digest_file(release_id).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return
        if digest(path) not in [line.split(" ")[0] for line in known.splitlines()]:
            raise Unusable(
                f"The file of release {release_id} is damaged: its SHA-256 is not the one it was written with; "
                "run `factbook use` with another release of `factbook releases`, or `factbook load --again`. "
                f"If you have put another file there yourself, remove {release_id}.sha256 from the folder of releases."
            )

    def is_as_written(self, path: Path, release_id: str) -> bool:
        """Whether the file was last changed before its digest was written, so that it has the content of then.

        A change of its name counts, too. That a disk lost what was written is only found by the digest.
        """
        if sys.platform == "win32":
            return False  # it has no time of the last change
        try:
            return path.stat().st_ctime_ns < self._digest_file(release_id).stat().st_mtime_ns
        except FileNotFoundError:
            return False

    def has_digest(self, release_id: str) -> bool:
        return self._digest_file(release_id).exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One load at a time; the kernel releases the lock of a killed load, and the next one removes what it left."""
        target = self.current.resolve()
        with ExitStack() as entered:
            try:
                if target.is_dir():
                    raise IsADirectoryError(f"{target} is a folder")
                lock_file(entered.enter_context(target.with_name(f"{target.name}.lock").open("wb")))
                for unfinished in [*target.parent.glob(f"{target.name}.new-*"), *self.folder.glob("*.new-*")]:
                    unfinished.unlink(missing_ok=True)
                tried = self.new()
                tried.touch()
                tried.unlink()
            except OSError as error:
                raise NotReady(f"The database cannot be used: {error}; {NOT_WRITABLE}.") from error
            yield

    def publish(self, new: Path, release_id: str, before: str | None, keep: int) -> None:
        """Replace the current file with a new one; the old one is kept if it is the release `before`.

        If the process is killed at any point, either file is current and whole, and no kept release was never current.
        """
        target, folder = self.current.resolve(), self.folder
        folder.mkdir(exist_ok=True)
        new.chmod(0o444)
        _to_disk(new)
        if before:
            _keep(target, self.kept(before))
        digests = [digest(new)]
        kept = self.kept(release_id)
        if kept.exists():  # the same content again: until its file is replaced as well, both digests are valid
            self._write_digests(release_id, [*digests, digest(kept)])
        else:
            self._write_digests(release_id, digests)
        _to_disk(folder)  # else a power cut may leave the new file current, and the one of before nowhere
        new.replace(target)
        _to_disk(target.parent)
        for name in SIDE_FILES:
            target.with_name(target.name + name).unlink(missing_ok=True)
        _keep(target, kept)
        self._write_digests(release_id, digests)
        _to_disk(folder)
        self._drop_all_but(keep, release_id)

    def use(self, release_id: str, before: str | None) -> None:
        """Make a kept release the current one."""
        target = self.current.resolve()
        if before:
            _keep(target, self.kept(before))
        _keep(self.kept(release_id), target)
        _to_disk(target.parent)

    def new(self) -> Path:
        """A path for a new file, in the same folder, since a rename must not cross file systems."""
        return _spare(self.current.resolve())

    def _digest_file(self, release_id: str) -> Path:
        return self.kept(release_id).with_suffix(".sha256")

    def _write_digests(self, release_id: str, digests: list[str]) -> None:
        """Write digests in the format of `sha256sum --check`."""
        path = self._digest_file(release_id)
        spare = _spare(path)
        spare.write_text("".join(f"{one}  {release_id}.db\n" for one in digests), encoding="ascii")
        _to_disk(spare)
        spare.replace(path)

    def _drop_all_but(self, keep: int, current: str) -> None:
        others = [path for path in self.all_kept() if path.stem != current]
        for path in others[max(keep - 1, 0) :]:
            path.unlink(missing_ok=True)
            path.with_suffix(".sha256").unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The SHA-256 of a file; takes about a second per GB."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep(file: Path, path: Path) -> None:
    """Give a file a second path, atomically: a hard link, or a copy if the file system does not support links."""
    with suppress(FileNotFoundError):
        if path.samefile(file):
            return
    spare = _spare(path)
    path.parent.mkdir(exist_ok=True)
    try:
        spare.hardlink_to(file)
    except OSError:
        shutil.copy2(file, spare)
        _to_disk(spare)
    spare.replace(path)


def _spare(path: Path) -> Path:
    return path.with_name(f"{path.name}.new-{token_hex(4)}")


def _to_disk(path: Path) -> None:
    """Wait until a file or folder is on disk, where it survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
