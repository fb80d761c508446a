"""Every error a caller can get, each an RFC 9457 problem.

ApiError
├── BadRequest          400  the query: all its errors at once
├── Unauthorized        401  an API key is missing or not valid
├── NotFound            404  no such path, or no such id
├── MethodNotAllowed    405  only GET and HEAD; POST to verify
├── NotAcceptable       406  no response in a media type the caller accepts
├── FactRetracted       410  a fact that was withdrawn or corrected
├── StaleCursor         410  the release a cursor belongs to is no longer kept
├── ReleaseGone         410  a release that is no longer kept
├── ContentTooLarge     413  the request body is too long
├── UnsupportedMediaType 415 a body in a media type that is not accepted
├── RangeNotSatisfiable 416  `Range` lies beyond the end of an export
├── TooManyRequests     429  the client has reached its rate limit
├── HeadersTooLarge     431  the URL and the headers of the request are too long
├── ServerFault         500  a bug of ours
├── NotReady            503  no database, or nothing loaded yet
│   └── Unusable        503  a database that is damaged, or has another version
├── Busy                503  too many requests of this kind are being processed
└── TimedOut            503  the response would take longer than the time limit
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

PROBLEM_JSON = "application/problem+json"
LONGEST_ECHO = 200
# The last part of the problem type of an error in a query; app/http/problem_types.toml explains each.
ErrorKind = Literal[
    "unknown-parameter", "invalid-value", "missing-parameter", "unknown-id", "mixed-units", "mixed-series",
    "too-many-parameters", "invalid-encoding", "invalid-request", "invalid-body", "not-found",
]  # fmt: skip


def title_of(kind: str) -> str:
    return kind.replace("-", " ").capitalize()


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One error in a request, an item of `errors` in the response. `kind` is the last part of a problem type."""

    kind: ErrorKind
    parameter: str
    value: str
    detail: str
    did_you_mean: tuple[str, ...] = field(default=())

    def shown(self) -> dict[str, Any]:
        value = self.value if len(self.value) <= LONGEST_ECHO else self.value[:LONGEST_ECHO] + "…"
        return {
            "parameter": self.parameter,
            "value": value,
            "detail": self.detail,
            "did_you_mean": list(self.did_you_mean),
        }


class ApiError(Exception):
    """An error response. `headers` are sent with it."""

    status: ClassVar[int]
    kind: ClassVar[str]
    title: ClassVar[str]

    def __init_subclass__(cls, status: int, kind: str) -> None:
        cls.status, cls.kind, cls.title = status, kind, title_of(kind)

    def __init__(
        self,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Iterable[ErrorDetail] = (),
        instead: str | None = None,
    ) -> None:
        """`instead` is the URL of a request that succeeds with what was probably meant, if that can be told."""
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)
        self.instead = instead

    def body(self) -> dict[str, Any]:
        body = {
            "type": f"/problems/{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [error.shown() for error in self.errors],
        }
        return body | {"links": {"try": self.instead}} if self.instead else body


class BadRequest(ApiError, status=400, kind="invalid-query"):
    def __init__(self, errors: Iterable[ErrorDetail], instead: str | None = None) -> None:
        errors = list(errors)
        super().__init__(" ".join(error.detail for error in errors), errors=errors, instead=instead)

    def body(self) -> dict[str, Any]:
        """Errors that are all of one kind have its type and title."""
        body, kinds = super().body(), {error.kind for error in self.errors}
        if len(kinds) != 1:
            return body
        kind = kinds.pop()
        return body | {"type": f"/problems/{kind}", "title": title_of(kind)}


class Unauthorized(ApiError, status=401, kind="unauthorized"): ...


class NotFound(ApiError, status=404, kind="not-found"):
    def __init__(
        self,
        detail: str,
        value: str = "",
        did_you_mean: Iterable[str] = (),
        part: str = "id",
        instead: str | None = None,
    ) -> None:
        errors = [ErrorDetail("not-found", part, value, detail, tuple(did_you_mean))] if value else []
        super().__init__(detail, errors=errors, instead=instead)


class MethodNotAllowed(ApiError, status=405, kind="method-not-allowed"): ...


class NotAcceptable(ApiError, status=406, kind="not-acceptable"): ...


class FactRetracted(ApiError, status=410, kind="retracted"):
    """`members` are the reason, and the URLs of the successor and of the fact as it was."""

    def __init__(self, detail: str, members: Mapping[str, str | None]) -> None:
        super().__init__(detail)
        self.members = dict(members)

    def body(self) -> dict[str, Any]:
        return super().body() | self.members


class StaleCursor(ApiError, status=410, kind="stale-cursor"): ...


class ReleaseGone(ApiError, status=410, kind="release-not-kept"): ...


class ContentTooLarge(ApiError, status=413, kind="content-too-large"): ...


class UnsupportedMediaType(ApiError, status=415, kind="unsupported-media-type"): ...


class RangeNotSatisfiable(ApiError, status=416, kind="range-not-satisfiable"): ...


class TooManyRequests(ApiError, status=429, kind="too-many-requests"): ...


class HeadersTooLarge(ApiError, status=431, kind="headers-too-large"): ...


class ServerFault(ApiError, status=500, kind="server-fault"): ...


class NotReady(ApiError, status=503, kind="not-ready"):
    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class Unusable(NotReady, status=503, kind="database-unusable"): ...


class Busy(ApiError, status=503, kind="busy"):
    def __init__(self) -> None:
        detail = "Too many answers that take long are being made; try again in a moment, or ask for less."
        super().__init__(detail, headers={"Retry-After": "2"})


class TimedOut(ApiError, status=503, kind="timed-out"):
    def __init__(self, less: str = "ask for less: more filters, another order, total=none") -> None:
        super().__init__(f"The answer takes longer than the time limit; {less}.", headers={"Retry-After": "60"})


class Moved(Exception):
    """What a name in a path stands for is at another path, which is answered with 308."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location
