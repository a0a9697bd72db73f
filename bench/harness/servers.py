"""The servers that are compared. A new server is one more line in `kinds`."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .places import BENCH, BINARIES, FOLKMOOT, LOGS, sqlite_file
from .postgres import Postgres
from .process import Process, free_port, wait_until

# What `cached` and `limit-cached` are asked.
KEPT = ("q1", "q2", "q3", "q4")
QUERIES = tuple(f"q{number}" for number in range(1, 9))
# More points than any run can spend: the rate limiter counts as always, and never refuses.
PLENTY = "1000000000"


@dataclass(frozen=True)
class Kind:
    """A server of the comparison: how it is started, and in which words it is asked."""

    name: str
    dialect: str
    command: Callable[[str, int], list[str]]
    sqlite: bool = False
    user: str = "postgres"
    path: str = "/graphql"
    env: dict[str, str] = field(default_factory=dict)
    queries: tuple[str, ...] = QUERIES

    @property
    def is_limit(self) -> bool:
        """Whether it understands Folkmoot's requests but has a path for each, and no GraphQL."""
        return "{number}" in self.path

    @property
    def is_folkmoot(self) -> bool:
        """Whether it is a Folkmoot."""
        return self.dialect == "folkmoot" and not self.is_limit

    def url(self, postgres: Postgres, scale: int) -> str:
        """The URL of its database."""
        return f"sqlite:{sqlite_file(scale)}" if self.sqlite else postgres.url(f"bench_{scale}x", self.user)


def _folkmoot(binary: Path, *settings: str) -> Callable[[str, int], list[str]]:
    def command(url: str, port: int) -> list[str]:
        budget = ["--rate-limit", PLENTY, "--rate-refill", PLENTY]
        return [str(binary), "serve", "--database-url", url, "--listen", f"127.0.0.1:{port}", *budget, *settings]

    return command


def _program(name: str, *settings: str) -> Callable[[str, int], list[str]]:
    def command(url: str, port: int) -> list[str]:
        return [str(BINARIES / name), "--url", url, "--listen", f"127.0.0.1:{port}", *settings]

    return command


def _postgraphile(url: str, port: int) -> list[str]:
    directory = BENCH / "postgraphile"
    return [str(directory / "node_modules/node/bin/node"), str(directory / "server.mjs"), url, str(port)]


def kinds(others: dict[str, Path]) -> dict[str, Kind]:
    """All servers by name; `others` are further builds of Folkmoot, to compare with this one."""
    production = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    this = FOLKMOOT
    everybody = [
        kind
        for name, binary in {"folkmoot": this, **others}.items()
        for kind in (
            Kind(f"{name}-postgres", "folkmoot", _folkmoot(binary)),
            Kind(f"{name}-sqlite", "folkmoot", _folkmoot(binary), sqlite=True),
        )
    ]
    cached = _folkmoot(this, "--response-cache-mib", "64")
    remembering, path = _program("limit", "--remember"), "/q/{number}"
    everybody += [
        Kind("cached-postgres", "folkmoot", cached, queries=KEPT),
        Kind("cached-sqlite", "folkmoot", cached, sqlite=True, queries=KEPT),
        Kind("limit-cached", "folkmoot", remembering, sqlite=True, path=path, queries=KEPT),
        Kind("limit-postgres", "folkmoot", _program("limit"), path=path),
        Kind("limit-sqlite", "folkmoot", _program("limit"), sqlite=True, path=path),
        Kind("postgraphile", "postgraphile", _postgraphile, user="visitor", env=production),
        Kind("seaography", "seaography", _program("seaography"), user="visitor"),
    ]
    return {kind.name: kind for kind in everybody}


class Server:
    """A server that runs."""

    def __init__(self, kind: Kind, postgres: Postgres, scale: int):
        self.kind = kind
        self.name = kind.name
        self.port = free_port()
        command = kind.command(kind.url(postgres, scale), self.port)
        begun = time.monotonic()
        self.process = Process(command, LOGS / f"{kind.name}.log", kind.env)
        try:
            wait_until(self._answers, self.process)
        except BaseException:
            self.stop()
            raise
        self.ready_after = time.monotonic() - begun

    def _answers(self) -> bool:
        """Whether it answers a query; that it listens is not enough."""
        try:
            return b'"data"' in self.ask("q5", b'{"query":"query Typename { __typename }"}')
        except (OSError, http.client.HTTPException):
            return False

    def address(self, query: str) -> str:
        """Where it answers a query."""
        return f"http://127.0.0.1:{self.port}{self.kind.path.format(number=query[1:])}"

    def ask(self, query: str, body: bytes) -> bytes:
        """Its answer to one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"content-type": "application/json", "accept": "application/json"}
        try:
            connection.request("POST", self.kind.path.format(number=query[1:]), body, headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def stop(self) -> None:
        """Ends it."""
        self.process.stop()
