"""What a run does, and how long that takes."""

from dataclasses import dataclass, replace

from .questions import asked_of
from .servers import Kind

CONNECTIONS = 16
# The time that a slice takes beside its load, for starting wrk and reading clocks.
OVERHEAD = 0.15
# Start-ups of each server, the check, and everything else that is done once a scale.
ONCE = 15
STARTS = 3


@dataclass(frozen=True)
class Plan:
    """The extent of a run."""

    scale: int
    queries: tuple[str, ...]
    servers: tuple[Kind, ...]
    repetitions: int
    seconds: int
    alone_repetitions: int
    alone_queries: tuple[str, ...]
    warm_seconds: int = 1

    def pairs(self, queries: tuple[str, ...]) -> int:
        """How many queries are put to how many servers; a peer may lack some."""
        return sum(asked_of(server, query) for query in queries for server in self.servers)

    def duration(self) -> float:
        """How many seconds it takes."""
        warm = self.pairs(self.queries) * (self.warm_seconds + OVERHEAD)
        loaded = self.pairs(self.queries) * self.repetitions * (self.seconds + OVERHEAD)
        alone = self.pairs(self.alone_queries) * self.alone_repetitions * (1 + OVERHEAD)
        return warm + loaded + alone + ONCE

    def lines(self) -> list[str]:
        """The plan in words."""
        servers = ", ".join(server.name for server in self.servers)
        return [
            f"scale {self.scale}: {' '.join(self.queries)} on {servers}",
            f"  {self.repetitions} × {self.seconds} s at {CONNECTIONS} connections, "
            f"{self.alone_repetitions} × 1 s at one; about {self.duration() / 60:.1f} minutes",
        ]


def full(scale: int, queries: tuple[str, ...], servers: tuple[Kind, ...], repetitions: int | None) -> Plan:
    """The run whose figures may be quoted."""
    repetitions = repetitions or 5
    # The schema (Q8) is no page, and a quiet server is measured with pages.
    alone = tuple(query for query in queries if query != "q8")
    return Plan(scale, queries, servers, repetitions, seconds=2, alone_repetitions=min(repetitions, 3), alone_queries=alone)


def quick(scale: int, queries: tuple[str, ...], servers: tuple[Kind, ...], repetitions: int | None) -> Plan:
    """A run for daily use: fewer and shorter slices."""
    alone = tuple(query for query in queries if query in ("q1", "q4"))
    return Plan(scale, queries, servers, repetitions or 3, seconds=1, alone_repetitions=1, alone_queries=alone)


def growth(plan: Plan, scales: tuple[int, ...]) -> list[Plan]:
    """The same queries on databases of several sizes, for Folkmoot alone: the cost of growth is not compared with peers."""
    servers = tuple(server for server in plan.servers if server.name in ("folkmoot-postgres", "folkmoot-sqlite"))
    small = replace(plan, servers=servers, seconds=1, alone_repetitions=0, alone_queries=())
    return [replace(small, scale=scale) for scale in scales]
