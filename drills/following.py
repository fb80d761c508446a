"""Readers that say with each question what they were shown last, and hold the service to never going back."""

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drills.reading import SLOWEST, STALE, START_AGAIN, Answer, Asked, Client, Question, Reader, digest, mark

LONGEST_STALL = 5.0  # seconds from a question to its answer


@dataclass(kw_only=True)
class Follower(Reader):
    """`sequence` has the revisions in the order of their loads, of which so many have `begun`; one may come again."""

    sequence: Sequence[str]
    begun: Any  # a number shared with who loads
    last: str = ""  # the tag of the last answer, and its bytes
    body: bytes = b""
    reached: int = 0  # the first place in the sequence that is no older than all that was shown

    def _ask(self, question: Question, tag: str = "") -> Answer | None:
        sent = {tag, self.last} - {""}
        began = time.monotonic()
        self.counts["answers"] += 1
        try:
            answer = self.client.ask(question, ", ".join(sent))
        except http.client.IncompleteRead:
            # Whoever is killed while he speaks cannot end his sentence; nobody could for him.
            self.counts["answers cut"] += 1
            self.client = Client(self.client.port_asked)
            return None
        lasted = time.monotonic() - began
        self.counts[SLOWEST] = max(self.counts[SLOWEST], round(lasted * 1000))
        if lasted > LONGEST_STALL:
            self.failures.append(f"{question.url} took {lasted:.1f} s")
        if answer.status in STALE and "after=" in question.url and START_AGAIN in answer.body.decode():
            return answer
        wrong = self._wrong(question, answer, sent)
        if wrong:
            self.failures.append(f"{question.url} {answer.status} {answer.tag}: {wrong}")
            return None
        if answer.status == http.client.NOT_MODIFIED and answer.tag == self.last:
            return answer._replace(body=self.body)
        self.last, self.body = answer.tag, answer.body
        return answer

    def _wrong(self, question: Question, answer: Answer, sent: set[str]) -> str:
        """What is wrong with an answer, if anything."""
        if answer.status == http.client.NOT_MODIFIED and answer.tag == self.last:
            answer = answer._replace(body=self.body)
        expected: Asked | None = self.known[question].get(mark(question, answer))
        if expected is None or answer.status not in (http.client.OK, http.client.NOT_MODIFIED):
            return f"{answer.body[:150]!r}"
        if answer.status == http.client.NOT_MODIFIED:
            self.counts["not modified"] += 1
            if answer.tag not in sent:
                return "the caller has not got it"
        elif expected.digest != digest(question, answer.body):
            return f"the tag is of {expected.revision}, the bytes are not"
        try:
            self.reached = self.sequence.index(expected.revision, self.reached, self.begun.value + 1)
        except ValueError:
            return f"it went back to {expected.revision}"
        return ""
