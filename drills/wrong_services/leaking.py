"""The service with a fault, for a negative control: it keeps what it has answered."""

from typing import Any

from app.cli import main
from app.http.responder import Answer, Responder

KEPT: list[bytes] = []
_answer = Responder.answer
MOST_KEPT = 2_000  # bytes of each


async def _kept(self: Responder, *asked: Any) -> Answer:
    answer = await _answer(self, *asked)
    KEPT.append(bytes(bytearray(answer.body[:MOST_KEPT])))
    return answer


if __name__ == "__main__":
    Responder.answer = _kept  # type: ignore[assignment, method-assign]
    main()
