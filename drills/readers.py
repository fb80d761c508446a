"""Several readers at once, each a process, and what they have told so far."""

from collections import Counter
from multiprocessing.connection import Connection, wait
from types import TracebackType

from drills import reading
from drills.children import CONTEXT, LONGEST
from drills.reading import Known

READERS = 4


class Readers:
    """They read as long as the context lasts."""

    def __init__(self, port: int, known: Known, lot: str) -> None:
        self._port, self._known, self._lot = port, known, lot
        self._pipes: list[Connection] = []
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []

    def __enter__(self) -> "Readers":
        for number in range(READERS):
            ours, theirs = CONTEXT.Pipe()
            arguments = (self._port, self._known, f"{self._lot} {number}", theirs)
            CONTEXT.Process(target=reading.work, args=arguments, daemon=True).start()
            theirs.close()
            self._pipes.append(ours)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.send("stop")
        while self._pipes and self._hear(LONGEST):
            pass

    def hear(self) -> None:
        """Take down what they have to tell by now."""
        while self._hear(0):
            pass

    def _hear(self, seconds: float) -> bool:
        """Wait so long for one of them; False where none had anything to tell."""
        ready = wait(self._pipes, seconds)
        for pipe in [one for one in self._pipes if one in ready]:
            try:
                counts, failures = pipe.recv()
            except EOFError:
                self._pipes.remove(pipe)
                continue
            self.counts += counts
            self.failures += failures
        return bool(ready)
