"""The proof, before anything is timed, that all servers answer with the same data."""

import json
import os
import statistics
from datetime import UTC, datetime

from .questions import Questions, asked_of
from .servers import Server

SAMPLES = 50
# Plain lists of Folkmoot, which are connections elsewhere. All queries use these names for them.
LISTS = {"hosts", "speakers"}
INSTANTS = {"startsAt", "endsAt"}
# Each server makes cursors of its own.
OPAQUE = {"endCursor"}


class Unequal(Exception):
    """Two servers answer differently, so comparing their speed would mean nothing."""


def _instant(value: str | None) -> str | None:
    """An instant as Folkmoot writes it."""
    if value is None:
        return None
    instant = datetime.fromisoformat(value.replace(" UTC", "+00:00")).astimezone(UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value):
    """An answer without what each server writes in its own way."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {}
    for name, item in value.items():
        if name in INSTANTS:
            plain[name] = _instant(item)
        elif name in LISTS and isinstance(item, dict):
            plain[name] = _plain(item["nodes"])
        elif name == "paginationInfo":
            plain |= item
        elif name not in OPAQUE:
            plain[name] = _plain(item)
    return plain


def _sorted(value):
    """The same with all lists in one order: Seaography orders by one column, and its ties are in any order."""
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=_shown)
    if isinstance(value, dict):
        return {name: _sorted(item) for name, item in value.items()}
    return value


def _of_folkmoot(dialect: str, query: str, data: dict):
    """The part of Folkmoot's answer that a peer must equal."""
    if query == "q8":
        return "a schema"
    if dialect == "seaography":
        # Another order, hence another page.
        return len(data["events"]["nodes"]) if query == "q4" else _sorted(_plain(data))
    return _plain(data)


def _of_peer(dialect: str, query: str, data: dict):
    """The same part of a peer's answer."""
    if query == "q8":
        return "a schema" if len(data["__schema"]["types"]) > 10 else "none"
    plain = _plain(data)
    if dialect == "seaography" and query == "q4":
        return len(plain["events"]["nodes"])
    if dialect == "seaography" and query != "q5":
        # It has no single nodes, only lists that are filtered down to one.
        plain = _sorted({name: item["nodes"][0] for name, item in plain.items() if item["nodes"]})
    return plain.get("group") if query == "q7" else plain


def _data(server: Server, query: str, answer: bytes) -> dict:
    """The data of an answer that has some, and no errors."""
    read = json.loads(answer)
    data = read.get("data")
    if "errors" in read or not data or None in data.values():
        raise Unequal(f"{server.name} does not answer {query}: {answer[:500]}")
    return data


def _shown(value) -> str:
    return json.dumps(value, sort_keys=True)


def _explain(query: str, one: Server, first: str, other: Server, second: str) -> Unequal:
    """The first difference between two answers."""
    place = len(os.path.commonprefix([first, second]))
    around = slice(max(0, place - 60), place + 60)
    return Unequal(f"{query}: the data differ\n  {one.name}: …{first[around]}\n  {other.name}: …{second[around]}")


def _compare(query: str, reference: Server, other: Server, answers: tuple[bytes, bytes]) -> None:
    """Compares one answer; servers that speak Folkmoot's dialect must answer with the same JSON."""
    dialect = other.kind.dialect
    expected, found = _data(reference, query, answers[0]), _data(other, query, answers[1])
    if dialect != reference.kind.dialect:
        expected, found = _of_folkmoot(dialect, query, expected), _of_peer(dialect, query, found)
    if expected != found:
        raise _explain(query, reference, _shown(expected), other, _shown(found))


def _answers(server: Server, query: str, questions: Questions) -> list[bytes]:
    """The answers to some of a query's bodies, spread over all of them."""
    bodies = questions.bodies(server.kind.dialect, query)
    step = max(1, len(bodies) // SAMPLES)
    return [server.ask(query, body) for body in bodies[::step][:SAMPLES]]


def check(servers: list[Server], questions: Questions, queries: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """Sends the same requests to all servers and compares; returns how long each server's answers to each query are."""
    lengths = {}
    reference = servers[0]
    for query in queries:
        expected = _answers(reference, query, questions)
        for server in servers:
            if not asked_of(server.kind, query):
                continue
            found = _answers(server, query, questions)
            for answers in zip(expected, found, strict=True):
                _compare(query, reference, server, answers)
            lengths[server.name, query] = statistics.mean(map(len, found))
    return lengths
