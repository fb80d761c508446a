"""Two data sets that have nothing in common but their nouns, for loads that replace the one by the other."""

import shutil
from pathlib import Path

from bench.datasets import DataSet
from bench.folders import ROOT

REAL = ROOT / "seed"
SIZES = (300, 400)  # facts; a load takes long enough to be hit, and many can be made


Seeds = dict[str, Path]  # by the name that a report gives them


def generated() -> Seeds:
    return {f"{size} facts": DataSet(size).seed for size in SIZES}


def shortened(city: Path, folder: Path) -> Seeds:
    """A seed, and the same without the last of its facts."""
    other = folder / "shortened"
    shutil.copytree(city, other)
    bulk = next((other / "facts").glob("*.csv"))
    bulk.write_text("".join(bulk.read_text(encoding="utf-8").splitlines(keepends=True)[:-5]), encoding="utf-8")
    if (other / "manifest").exists():
        (other / "manifest").write_text("draft\n", encoding="utf-8")
    return {"city": city, "shortened": other}
