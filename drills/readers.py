"""Several readers at once, each a process, and what they have told so far."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType

from drills import reading
from drills.children import CONTEXT, LONGEST
from drills.reading import SLOWEST, Known, Reader

READERS = 4


class Readers:
    """They read as long as the context lasts."""

    def __init__(self, ports: Sequence[int], known: Known, lot: str, kind: Callable[..., Reader] = Reader) -> None:
        """They share the `ports` between them."""
        self._ports, self._known, self._lot, self._kind = ports, known, lot, kind
        self._pipes: list[Connection] = []
        self._stopped = False
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self.slowest = 0.0  # seconds

    def __enter__(self) -> "Readers":
        for number in range(READERS):
            ours, theirs = CONTEXT.Pipe()
            port = self._ports[number % len(self._ports)]
            arguments = (port, self._known, f"{self._lot} {number}", theirs, self._kind)
            CONTEXT.Process(target=reading.work, args=arguments, daemon=True).start()
            theirs.close()
            self._pipes.append(ours)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._stopped = True
        for pipe in self._pipes:
            with suppress(BrokenPipeError):
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
                if not self._stopped:
                    self.failures.append("a reader has died")
                continue
            self.slowest = max(self.slowest, counts.pop(SLOWEST, 0) / 1000)
            self.counts += counts
            self.failures += failures
        return bool(ready)
