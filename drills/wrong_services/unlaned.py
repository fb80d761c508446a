"""The service with a fault, for a negative control: what takes long is made where all else is."""

from app.cli import main
from app.http import responder
from app.http.paces import Paces


def _never(_self: Paces, _path: bytes, _query: bytes) -> bool:
    return False


if __name__ == "__main__":
    responder.AT_ONCE = responder.QUICKLY = 60.0
    Paces.is_slow = _never  # type: ignore[assignment, method-assign]
    main()
