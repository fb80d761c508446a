"""The service with a fault, for a negative control: it takes what any server has for what is there, however old."""

from app.cli import main
from app.releases import Releases


def _never(_self: Releases, _release: object) -> bool:
    return False


if __name__ == "__main__":
    Releases.is_behind = _never  # type: ignore[method-assign, assignment]
    main()
