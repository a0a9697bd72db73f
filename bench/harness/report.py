"""The tables that a run ends with, in Markdown."""

from dataclasses import dataclass, field

from .places import EVENTS_AT_SCALE_1
from .plan import CONNECTIONS
from .slices import Figure, Slice, figure

POSTGRES, SQLITE = "folkmoot-postgres", "folkmoot-sqlite"
READY_SECONDS, MEMORY_MEBIBYTES, ALONE_OF_LIMIT = 0.100, 60, 1.4
GROWTH = {**dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q8"), 1.2), "q6": 2.0, "q7": 2.0}


@dataclass(frozen=True)
class Column:
    """A ratio of requests a second, and what is wanted of it for each query; `static` sets it against q5's answer."""

    title: str
    server: str
    other: str
    targets: dict[str, float]
    static: bool = False


CACHED = dict.fromkeys(("q1", "q2", "q3", "q4"), 0.6)
# The static answer in the targets is the one with the same JSON (`limit-cached`). The limit's answer to q5 has 31 bytes: the
# least that HTTP costs. It is shown beside it.
RATIOS = [
    Column("of the PostgreSQL limit", POSTGRES, "limit-postgres", dict(q1=0.80, q2=0.85, q3=0.80, q4=0.75, q5=0.75)),
    Column("of the SQLite limit", SQLITE, "limit-sqlite", dict(q1=0.60, q2=0.60, q3=0.50, q4=0.50, q5=0.75)),
    Column("cached, of the same from a map", "cached-postgres", "limit-cached", CACHED),
    Column("the same on SQLite", "cached-sqlite", "limit-cached", CACHED),
    Column("cached, of a static `{ __typename }`", "cached-postgres", "limit-postgres", {}, static=True),
    Column("the same on SQLite", "cached-sqlite", "limit-sqlite", {}, static=True),
    Column("× PostGraphile", POSTGRES, "postgraphile", dict(q1=5.8, q2=4, q3=4.8, q4=4.5, q5=9)),
    Column("× Seaography", POSTGRES, "seaography", dict(q1=3, q2=6.5, q3=4, q4=6.5, q5=1.7)),
]


@dataclass
class Results:
    """All results of one scale."""

    scale: int
    queries: tuple[str, ...]
    servers: tuple[str, ...]
    slices: list[Slice] = field(default_factory=list)
    statements: dict[tuple[str, str], float] = field(default_factory=dict)
    ready: dict[str, float] = field(default_factory=dict)
    memory_at_start: dict[str, float] = field(default_factory=dict)
    memory_after_load: dict[str, float] = field(default_factory=dict)

    def figure(self, server: str, query: str, connections: int = CONNECTIONS) -> Figure | None:
        """The medians of a server, query and number of connections; None if it was not measured."""
        wanted = (server, query, connections)
        return figure([s for s in self.slices if (s.server, s.query, s.connections) == wanted])


def table(title: str, head: list[str], rows: list[list[str]]) -> str:
    """A table with its title above."""
    lines = [f"\n### {title}\n", f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _mark(figure: Figure) -> str:
    return " (!)" if figure.dirty else ""


def verdict(holds: bool) -> str:
    """Whether a target is reached, in a word."""
    return "holds" if holds else "**misses**"


def _by_query(results: Results, title: str, cell, connections: int = CONNECTIONS) -> str:
    """A table with a line a server and a column a query."""
    rows = []
    for server in results.servers:
        figures = [(query, results.figure(server, query, connections)) for query in results.queries]
        rows.append([server, *(cell(server, query, found) if found else "–" for query, found in figures)])
    return table(title, ["", *(query.upper() for query in results.queries)], rows)


def _ratio(results: Results, column: Column, query: str) -> str:
    one, other = results.figure(column.server, query), results.figure(column.other, "q5" if column.static else query)
    if one is None or other is None:
        return "–"
    ratio = one.rate / other.rate
    target = column.targets.get(query)
    wanted = f", ≥ {target:g} {verdict(ratio >= target)}" if target else ""
    return f"{ratio:.2f}{wanted}{_mark(one) or _mark(other)}"


def _columns(results: Results) -> list[Column]:
    """The ratios between the measured servers: the known ones, and those to other builds of Folkmoot."""
    known = [column for column in RATIOS if {column.server, column.other} <= set(results.servers)]
    named = {POSTGRES, SQLITE, *(name for column in RATIOS for name in (column.server, column.other))}
    others = [server for server in results.servers if server not in named]
    twin = {other: SQLITE if other.endswith("-sqlite") else POSTGRES for other in others}
    return known + [Column(f"× {other}", twin[other], other, {}) for other in others if twin[other] in results.servers]


def ratios(results: Results) -> str:
    """The table that matters: Folkmoot against the limits and the peers."""
    columns = _columns(results)
    rows = [[query.upper(), *(_ratio(results, column, query) for column in columns)] for query in results.queries]
    return table("Ratios of requests a second", ["", *(column.title for column in columns)], rows)


def _alone(results: Results, server: str, query: str) -> str:
    ours, peer = results.figure(server, query, 1), results.figure("postgraphile", query, 1)
    limit = results.figure(server.replace("folkmoot", "limit"), query, 1)
    if ours is None:
        return "–"
    parts = [f"{ours.p50:.2f} ms"]
    if peer:
        parts.append(f"PostGraphile {peer.p50:.2f} {verdict(ours.p50 < peer.p50)}")
    if limit:
        wanted = f" {verdict(ours.p50 <= ALONE_OF_LIMIT * limit.p50)}" if query == "q1" else ""
        parts.append(f"{ours.p50 / limit.p50:.2f} × limit{wanted}")
    return ", ".join(parts)


def alone(results: Results) -> str:
    """Half of all requests at one connection: a quiet server's answer times."""
    measured = {piece.query for piece in results.slices if piece.connections == 1}
    queries = [query for query in results.queries if query in measured]
    rows = [[query.upper(), *(_alone(results, server, query) for server in (POSTGRES, SQLITE))] for query in queries]
    return table(f"p50 at one connection (Q1: ≤ {ALONE_OF_LIMIT} × the limit)", ["", POSTGRES, SQLITE], rows)


def resources(results: Results) -> str:
    """Start-up and memory."""
    rows = []
    for server in results.servers:
        ready, after = results.ready[server], results.memory_after_load[server]
        ours = server in (POSTGRES, SQLITE)
        rows.append(
            [
                server,
                f"{ready * 1000:.0f} ms" + (f", {verdict(ready <= READY_SECONDS)}" if ours else ""),
                f"{results.memory_at_start[server]:.0f} MiB",
                f"{after:.0f} MiB" + (f", {verdict(after <= MEMORY_MEBIBYTES)}" if ours else ""),
            ]
        )
    limits = f"≤ {READY_SECONDS * 1000:.0f} ms, ≤ {MEMORY_MEBIBYTES} MiB"
    return table(f"Start and memory (RssAnon; {limits})", ["", "first answer after", "memory then", "after load"], rows)


def _cost(small: Results, large: Results, server: str, query: str) -> str:
    one, other = small.figure(server, query), large.figure(server, query)
    if one is None or other is None:
        return "–"
    cost, target = one.rate / other.rate, GROWTH[query]
    rates = f"{_number(one.rate)} → {_number(other.rate)}"
    return f"{rates}: {cost:.2f}, ≤ {target:g} {verdict(cost <= target)}{_mark(one) or _mark(other)}"


def growth(small: Results, large: Results) -> str:
    """The cost of a database that is several times larger."""
    servers = large.servers
    rows = [[query.upper(), *(_cost(small, large, server, query) for server in servers)] for query in large.queries]
    return table(f"Requests a second with {large.scale // small.scale} times as many events", ["", *servers], rows)


def tables(results: Results) -> str:
    """Everything about one scale."""

    def rate(_server: str, _query: str, found: Figure) -> str:
        return f"{_number(found.rate)} ±{found.spread / 2:.0%}{_mark(found)}"

    def times(_server: str, _query: str, found: Figure) -> str:
        return f"{found.p50:.2f} / {found.p99:.2f}"

    def split(server: str, query: str, found: Figure) -> str:
        count = results.statements.get((server, query))
        return f"{found.server_cpu:.0f} + {found.database_cpu:.0f}" + (f", {count:.2f}" if count is not None else "")

    parts = [
        f"\n## {results.scale * EVENTS_AT_SCALE_1:,} events",
        _by_query(results, f"Requests a second at {CONNECTIONS} connections, median ± half the spread", rate),
        _by_query(results, "p50 / p99 in ms, at the same", times),
        _by_query(results, "CPU a request in µs, server + database; statements a request", split),
    ]
    if _columns(results):
        parts.append(ratios(results))
    if any(piece.connections == 1 for piece in results.slices):
        parts.append(alone(results))
    return "\n".join([*parts, resources(results)])
