"""A run: start all servers, check that their data are equal, and measure them in rotation."""

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

# The least average length of answers under load, as a share of the checked answers. Which requests are sent is random.
SHORTEST = 0.7


def say(line: str) -> None:
    """Prints progress to standard error; standard output has only the report."""
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
    """All servers of a plan. They are stopped at the end."""
    with ExitStack() as stack:
        servers = []
        for kind in plan.servers:
            server = _started(kind, postgres, plan.scale, results)
            stack.callback(server.stop)
            servers.append(server)
        yield servers


class Bench:
    """One scale's servers, with equal data, ready to be measured."""

    def __init__(self, plan: Plan, postgres: Postgres, stack: ExitStack):
        self.plan = plan
        self.postgres = postgres
        self.questions = Questions(postgres, plan.scale)
        self.results = Results(plan.scale, plan.queries, tuple(kind.name for kind in plan.servers))
        self.servers = stack.enter_context(running(plan, postgres, self.results))
        self.questions.write(self.servers, plan.queries)
        self.lengths = equality.check(self.servers, self.questions, plan.queries)
        say(f"All {len(self.servers)} servers answer with the same data.")

    def _asked(self, query: str) -> list[Server]:
        return [server for server in self.servers if asked_of(server.kind, query)]

    def _slice(self, server: Server, query: str, connections: int, seconds: int) -> Slice:
        """One slice. An error among its answers ends the run."""
        bodies = self.questions.file(server.kind.dialect, query)
        piece = slices.run(server, self.postgres, query, bodies, connections, seconds)
        if piece.failures:
            raise RuntimeError(f"{server.name} failed {piece.failures} of {piece.requests} requests of {query}")
        if piece.bytes_each < SHORTEST * self.lengths[server.name, query]:
            raise RuntimeError(f"{server.name} answers {query} too shortly: {piece.bytes_each:.0f} bytes on average")
        return piece

    def warm(self, query: str) -> None:
        """Slices that fill caches. They are not timed, but count the statements of a request."""
        for server in self._asked(query):
            before = self.postgres.statements(self.questions.database)
            piece = self._slice(server, query, CONNECTIONS, self.plan.warm_seconds)
            if not server.kind.sqlite:
                made = self.postgres.statements(self.questions.database) - before
                self.results.statements[server.name, query] = made / max(piece.requests, 1)

    def turn(self, query: str, connections: int, seconds: int) -> None:
        """One slice of each server."""
        self.results.slices += [self._slice(server, query, connections, seconds) for server in self._asked(query)]

    def tell(self, query: str) -> None:
        """Prints the results of a query's slices."""
        for server in self._asked(query):
            found = self.results.figure(server.name, query)
            mark = " (!)" if found.dirty else ""
            say(f"{query} {server.name:<20} {found.rate:>9,.0f}/s ±{found.spread / 2:.0%} p50 {found.p50:.2f} ms{mark}")

    def rest(self) -> Results:
        """Records how much memory the servers hold now, and returns all results."""
        for server in self.servers:
            self.results.memory_after_load[server.name] = anonymous_mebibytes(server.process.pid)
        return self.results


def _measure(benches: list[Bench], query: str) -> None:
    """A B C … A B C …, so that disturbances of the machine affect all servers."""
    plan = benches[0].plan
    for bench in benches:
        bench.warm(query)
    for _ in range(plan.repetitions):
        for bench in benches:
            bench.turn(query, CONNECTIONS, plan.seconds)
    for _ in range(plan.alone_repetitions if query in plan.alone_queries else 0):
        for bench in benches:
            bench.turn(query, 1, 1)
    for bench in benches:
        bench.tell(query)


def run(plans: list[Plan], postgres: Postgres) -> list[Results]:
    """Runs plans that differ only in scale and servers, all in the same rotation."""
    with ExitStack() as stack:
        benches = [Bench(plan, postgres, stack) for plan in plans]
        for query in plans[0].queries:
            _measure(benches, query)
        return [bench.rest() for bench in benches]
