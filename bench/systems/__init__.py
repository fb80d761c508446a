"""A server under measurement: how it gets its data, how it is started, how it is asked, what its answers say."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.draws import Draw
from bench.requests import Request, Workload


@dataclass(frozen=True, slots=True)
class Group:
    year: int
    count: int
    total: float


class System(ABC):
    """`ready` is answered as soon as it serves; `roots` are processes beside its own whose CPU time counts."""

    name: str
    ready: Request
    roots: tuple[int, ...] = ()

    def prepare(self) -> None:  # noqa: B027 - some need nothing
        """Give it its data, where it does not have it yet."""

    @abstractmethod
    def command(self, port: int) -> list[str | Path]: ...

    @property
    def environment(self) -> Mapping[str, str]:
        return {}

    @abstractmethod
    def request(self, workload: Workload, draw: Draw) -> Request | None:
        """What asks it for a draw of a workload; None where it does not offer that."""

    @abstractmethod
    def ids(self, workload: Workload, body: bytes) -> list[str]:
        """The ids of the facts in an answer, in their order."""

    def groups(self, body: bytes) -> list[Group]:
        raise NotImplementedError(self.name)

    def export(self, form: str) -> Request | None:
        """What asks for all facts as `csv` or `ndjson`."""
        return None
