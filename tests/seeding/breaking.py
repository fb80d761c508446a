"""Ways to edit a seed folder: each edit marks with `«` where the mistake it makes must be reported."""

from collections.abc import Callable
from pathlib import Path

MARK = "«"

# Makes its edit in a seed folder and gives the place of the mistake as file:line:column.
Edit = Callable[[Path], str]


def swap(file: str, old: str, new: str, *, at: Edit | None = None) -> Edit:
    """Write `new` for the first `old`; without a mark in it, the place is the start of the file."""

    def edit(seed: Path) -> str:
        text = (seed / file).read_text(encoding="utf-8")
        assert old in text, f"{old!r} stands no longer in {file}; mend this case"
        place = _write(seed, file, text.replace(old, new, 1))
        return at(seed) if at else place

    return edit


def append(file: str, more: str) -> Edit:
    """Write more lines at the end of a file."""

    def edit(seed: Path) -> str:
        return _write(seed, file, (seed / file).read_text(encoding="utf-8") + more)

    return edit


def add(file: str, text: str, *, at: Edit | None = None) -> Edit:
    """Write a file anew, or over the one that is there."""

    def edit(seed: Path) -> str:
        place = _write(seed, file, text)
        return at(seed) if at else place

    return edit


def add_bytes(file: str, written: bytes, *, line: int = 1) -> Edit:
    """Write a file of these bytes, which need not be text."""

    def edit(seed: Path) -> str:
        (seed / file).write_bytes(written)
        return f"{file}:{line}:1"

    return edit


def remove(file: str, *, at: Edit | None = None) -> Edit:
    def edit(seed: Path) -> str:
        (seed / file).unlink()
        return at(seed) if at else f"{file}:1:1"

    return edit


def folder(name: str) -> Edit:
    def edit(seed: Path) -> str:
        (seed / name).mkdir()
        (seed / name / "stray.txt").write_text("a folder without files would be no change", encoding="utf-8")
        return f"{name}:1:1"

    return edit


def place_of(file: str, marked: str) -> Edit:
    """The place of a mark in a text that the file holds already."""

    def find(seed: Path) -> str:
        text = (seed / file).read_text(encoding="utf-8")
        plain = marked.replace(MARK, "")
        assert plain in text, f"{plain!r} stands no longer in {file}; mend this case"
        return _place(file, text, text.index(plain) + marked.index(MARK))

    return find


def _write(seed: Path, file: str, marked: str) -> str:
    text = marked.replace(MARK, "")
    # Bytes, so that no platform turns a line end into another.
    (seed / file).write_bytes(text.encode("utf-8"))
    return _place(file, text, max(0, marked.find(MARK)))


def _place(file: str, text: str, offset: int) -> str:
    before = text[:offset]
    return f"{file}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
