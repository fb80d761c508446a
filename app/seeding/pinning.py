"""What `factbook pin` writes: where each quote stands in the texts at hand, and the manifest of the seed."""

from pathlib import Path
from typing import NamedTuple

from app.seeding import manifest
from app.seeding.checks import text_folders
from app.seeding.evidence import Texts, pins_text
from app.seeding.mistakes import SeedError
from app.seeding.seeds import read_seed


class Pinned(NamedTuple):
    """How many quotes each file of pins has that was written, and how the manifest changed."""

    quotes: dict[str, int]
    manifest: manifest.Changes


def pin(folder: Path, sources: Path | None) -> Pinned:
    """Raises SeedError for what cannot be read, and for quotes that do not stand once; then nothing is written."""
    seed = read_seed(folder)
    # What is wrong with the pins themselves is what this mends.
    if mistakes := [mistake for mistake in seed.mistakes if not mistake.place.file.startswith("pins/")]:
        raise SeedError(mistakes, folder)
    texts = Texts(seed, text_folders(folder, sources))
    if wrong := [*texts.unread, *texts.misquotes(seed.facts), *manifest.unlistable(folder)]:
        raise SeedError(wrong, folder)
    pins = texts.pins().values()
    (folder / "pins").mkdir(exist_ok=True)
    for pinned in pins:
        (folder / pinned.file).write_bytes(pins_text(pinned).encode())
    return Pinned({pinned.file: len(pinned.quotes) for pinned in pins}, manifest.write(folder))
