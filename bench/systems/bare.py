"""The bare ASGI app of bench.bare: it answers what our server was heard to answer."""

import sys
from pathlib import Path

from bench.draws import Draw
from bench.requests import Request, Workload
from bench.systems import Group, System
from bench.systems.factbook import Factbook

WORKLOADS = (Workload.POINT, Workload.PAGE, Workload.HOT, Workload.NOT_MODIFIED)


class BareApp(System):
    name = "bare app"

    def __init__(self, recorded: Factbook, recording: Path) -> None:
        self._recorded, self._recording = recorded, recording
        self.ready = recorded.ready

    def command(self, port: int) -> list[str | Path]:
        return [sys.executable, "-m", "bench.bare", self._recording, str(port)]

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        return self._recorded.request(workload, draw) if workload in WORKLOADS else None

    def ids(self, workload: Workload, body: bytes) -> list[str]:
        return self._recorded.ids(workload, body)

    def groups(self, body: bytes) -> list[Group]:
        return self._recorded.groups(body)
