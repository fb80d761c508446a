"""The service with a fault, for a negative control: an export whose reader has gone is not closed."""

from typing import Any

from app.cli import main
from app.http.lanes import Lane

HELD: list[Any] = []
_on_a_thread = Lane.on_a_thread


async def _but_close(self: Lane, work: Any, *arguments: Any) -> Any:
    if getattr(work, "__name__", "") != "close":
        return await _on_a_thread(self, work, *arguments)
    HELD.append(work)
    return None


if __name__ == "__main__":
    Lane.on_a_thread = _but_close  # type: ignore[method-assign]
    main()
