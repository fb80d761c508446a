"""Who may ask, under which name, and how often: what is looked at before anything is answered."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BadRequest, Mistake, Problem
from app.http.problems import problem_response
from app.http.tags import RawHeaders
from app.settings import Settings

ANY_HOST = ("*",)
GUARDED = ("/v1", "/metrics")  # the rest is the same for everybody, and tells nothing of the data or its users
ADMITTED = "admitted"  # marks, in the state of a request, what its answer says of the limit


class Gate:
    """Looks at each request. It is open where the settings ask for nothing."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = tuple(host.lower() for host in settings.allowed_hosts)
        self._keys = self._limits = None
        # What is not asked for is not imported: it would cost each start.
        if settings.api_keys:
            from app.http.api_keys import ApiKeys  # noqa: PLC0415

            self._keys = ApiKeys(settings.api_keys)
        if settings.rate_limit:
            from app.http.rate_limits import RateLimits  # noqa: PLC0415

            self._limits = RateLimits(settings.rate_limit, settings.rate_store)

    @property
    def is_open(self) -> bool:
        """Whether all may pass that name one host."""
        return self._hosts == ANY_HOST and not self._keys and not self._limits

    async def admit(self, scope: Scope) -> RawHeaders:
        """Let a request pass; what its answer has to say. Raises BadRequest, Unauthorized, TooManyRequests."""
        state = scope.setdefault("state", {})
        if ADMITTED in state:  # on the short way, which has handed it on
            found: RawHeaders = state[ADMITTED]
            return found
        headers = Headers(scope=scope)
        self._hold_host(headers.getlist("host"), scope["http_version"])
        client, told = "", []
        if scope["path"].startswith(GUARDED):
            if self._keys:
                client = self._keys.holder(headers.get("authorization", ""))
            if self._limits:
                from app.http.rate_limits import client_of  # noqa: PLC0415 - see above

                told = await self._limits.count(client or client_of((scope["client"] or ("",))[0]))
        state[ADMITTED] = told
        return told

    def _hold_host(self, named: Sequence[str], version: str) -> None:
        """One host is named (RFC 9112, 3.2), and it is ours."""
        if len(named) > 1 or (not named and version == "1.1"):
            raise BadRequest([Mistake("invalid-request", "", "", "Send one Host header with a request.")])
        name = named[0].lower().rpartition(":")[0] or named[0].lower() if named else ""
        if self._hosts != ANY_HOST and not any(_is_under(name, host) for host in self._hosts):
            raise BadRequest([Mistake("invalid-request", "", name, "Nothing is answered here under that host.")])


def _is_under(name: str, host: str) -> bool:
    return name == host or (host.startswith("*.") and name.endswith(host[1:])) or host == "*"


class Gated:
    """The gate on the long way."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            told = await self.gate.admit(scope)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        await self.app(scope, receive, send_told if told else send)
