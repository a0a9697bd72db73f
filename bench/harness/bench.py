"""A run: start everybody, prove that their data are equal, measure in turns."""

import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from . import equality, slices
from .plan import CONNECTIONS, STARTS, Plan
from .postgres import Postgres
from .process import anonymous_mebibytes
from .questions import Questions, asked_of
from .report import Results
from .servers import Kind, Server
from .slices import Slice

# Answers under load may be so much shorter, on average, than those that were checked: chance has a share in which are asked.
SHORTEST = 0.7


def say(line: str) -> None:
    """Tells how far the run is; the report alone goes to standard output."""
    print(line, file=sys.stderr, flush=True)


def _started(kind: Kind, postgres: Postgres, scale: int, results: Results) -> Server:
    """Starts a server several times, for the median, and leaves the last one running."""
    durations = []
    for start in range(STARTS):
        server = Server(kind, postgres, scale)
        durations.append(server.ready_after)
        if start + 1 < STARTS:
            server.stop()
    results.ready[kind.name] = statistics.median(durations)
    results.memory_at_start[kind.name] = anonymous_mebibytes(server.process.pid)
    return server


@contextmanager
def running(plan: Plan, postgres: Postgres, results: Results) -> Iterator[list[Server]]:
    """All servers of a plan, ended in the end."""
    with ExitStack() as stack:
        servers = []
        for kind in plan.servers:
            server = _started(kind, postgres, plan.scale, results)
            stack.callback(server.stop)
            servers.append(server)
        yield servers


class Bench:
    """One scale's run."""

    def __init__(self, plan: Plan, postgres: Postgres):
        self.plan = plan
        self.postgres = postgres
        self.questions = Questions(postgres, plan.scale)
        self.results = Results(plan.scale, plan.queries, tuple(kind.name for kind in plan.servers))
        self.lengths: dict[tuple[str, str], float] = {}

    def run(self) -> Results:
        """Does what the plan says."""
        with running(self.plan, self.postgres, self.results) as servers:
            self.questions.write(servers, self.plan.queries)
            self.lengths = equality.check(servers, self.questions, self.plan.queries)
            say(f"All {len(servers)} servers answer with the same data.")
            for query in self.plan.queries:
                self._measure(query, [s for s in servers if asked_of(s.kind, query)])
            for server in servers:
                self.results.memory_after_load[server.name] = anonymous_mebibytes(server.process.pid)
        return self.results

    def _measure(self, query: str, servers: list[Server]) -> None:
        """All slices of one query."""
        for server in servers:
            self._warm(server, query)
        self._turns(query, servers, CONNECTIONS, self.plan.seconds, self.plan.repetitions)
        if query in self.plan.alone_queries:
            self._turns(query, servers, 1, 1, self.plan.alone_repetitions)
        for server in servers:
            found = self.results.figure(server.name, query)
            mark = " (!)" if found.dirty else ""
            say(f"{query} {server.name:<20} {found.rate:>9,.0f}/s ±{found.spread / 2:.0%} p50 {found.p50:.2f} ms{mark}")

    def _turns(self, query: str, servers: list[Server], connections: int, seconds: int, repetitions: int) -> None:
        """A B C … A B C …, so that what disturbs the machine disturbs everybody."""
        for _ in range(repetitions):
            self.results.slices += [self._slice(server, query, connections, seconds) for server in servers]

    def _slice(self, server: Server, query: str, connections: int, seconds: int) -> Slice:
        """One slice, whose answers are all answers."""
        bodies = self.questions.file(server.kind.dialect, query)
        piece = slices.run(server, self.postgres, query, bodies, connections, seconds)
        if piece.failures:
            raise RuntimeError(f"{server.name} failed {piece.failures} of {piece.requests} requests of {query}")
        if piece.bytes_each < SHORTEST * self.lengths[server.name, query]:
            raise RuntimeError(f"{server.name} answers {query} too shortly: {piece.bytes_each:.0f} bytes on average")
        return piece

    def _warm(self, server: Server, query: str) -> None:
        """A slice that fills caches and is not timed, but tells statements a request."""
        before = self.postgres.statements(self.questions.database)
        piece = self._slice(server, query, CONNECTIONS, self.plan.warm_seconds)
        if not server.kind.sqlite:
            made = self.postgres.statements(self.questions.database) - before
            self.results.statements[server.name, query] = made / max(piece.requests, 1)
