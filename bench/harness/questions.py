"""What is asked: the queries in each server's words, and a thousand choices of variables for each, from the data."""

import json
from pathlib import Path

from .places import BENCH, BODIES
from .postgres import Postgres
from .servers import Kind, Server

CHOICES = 1000
# Where in the list of all events the deep pages begin, as shares of it: a hundred after each.
DEPTHS = [0.50 + 0.05 * step for step in range(10)]
PAGE = 100
PUBLIC_TALK = "status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')"
# `md5` shuffles, the same way each time and for every scale.
EVENTS = f"SELECT slug FROM events WHERE publication <> 'DRAFT' ORDER BY md5(slug) LIMIT {CHOICES}"
# As many groups as the smaller database has. Other queries have a thousand choices at either size. With ten times as many
# groups, the larger database would get ten times as many distinct requests, which costs processor cache whatever its size.
GROUPS = "SELECT slug FROM groups ORDER BY md5(slug) LIMIT 50"
SPEAKERS = f"""SELECT slug FROM people WHERE EXISTS (SELECT FROM talk_speakers WHERE person_id = people.id)
    ORDER BY md5(slug) LIMIT {CHOICES}"""
TITLES = f"""SELECT title FROM talks WHERE {PUBLIC_TALK} AND title IS NOT NULL
    AND event_id IN (SELECT id FROM events WHERE publication <> 'DRAFT') ORDER BY md5(slug) LIMIT {CHOICES}"""
STATUSES = f"""SELECT groups.slug, events.status
    FROM event_hosts JOIN events ON events.id = event_id JOIN groups ON groups.id = group_id
    WHERE publication <> 'DRAFT' AND groups.slug IN ({GROUPS})
    GROUP BY 1, 2 ORDER BY md5(groups.slug || events.status) LIMIT {CHOICES}"""
DATED = "SELECT count(starts_at) FROM events WHERE publication <> 'DRAFT'"
PLACE = """SELECT to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM events
    WHERE publication <> 'DRAFT' ORDER BY starts_at, id LIMIT 1 OFFSET {}"""
KEYS = """SELECT slug, id FROM events WHERE publication <> 'DRAFT' AND starts_at IS NOT NULL
    ORDER BY starts_at, id LIMIT {} OFFSET {}"""


def text(dialect: str, query: str) -> str | None:
    """A query in a server's words, without comments and on one line; None if that server has no such thing."""
    file = BENCH / "queries" / dialect / f"{query}.graphql"
    if not file.exists():
        return None
    lines = (line for line in file.read_text().splitlines() if not line.startswith("#"))
    return " ".join(" ".join(lines).split())


def asked_of(kind: Kind, query: str) -> bool:
    """Whether a server is asked this query."""
    return query in kind.queries and text(kind.dialect, query) is not None


def _words(title: str, number: int) -> str:
    """One or two words of a title."""
    words = title.split()
    return " ".join(words[: 1 + number % 2])


class Questions:
    """The choices for one scale, and the bodies of requests that they make."""

    def __init__(self, postgres: Postgres, scale: int):
        self.postgres = postgres
        self.database = f"bench_{scale}x"
        self.scale = scale
        self.offsets = [int(share * int(self._rows(DATED)[0][0])) for share in DEPTHS]
        titles = [title for (title,) in self._rows(TITLES)]
        self.choices = {
            "q1": [{"slug": slug} for (slug,) in self._rows(EVENTS)],
            "q2": [{"slug": slug} for (slug,) in self._rows(GROUPS)],
            "q3": [{"slug": slug} for (slug,) in self._rows(SPEAKERS)],
            "q4": self._places(),
            "q5": [{}],
            "q6": [{"query": _words(title, number)} for number, title in enumerate(titles)],
            "q7": [{"group": group, "status": status} for group, status in self._rows(STATUSES)],
            "q8": [{}],
        }

    def _rows(self, sql: str) -> list[list[str]]:
        return self.postgres.rows(self.database, sql)

    def _places(self) -> list[dict]:
        """Events after which a deep page begins."""
        keys = [row for offset in self.offsets for row in self._rows(KEYS.format(PAGE, offset))]
        return [{"slug": slug, "id": key} for slug, key in keys]

    def _cursors(self, server: Server) -> dict[str, str]:
        """The cursors of those events. Only the server can make them."""
        if server.kind.dialect == "folkmoot":
            query = """query Cursors($from: DateTime!) {
                events(filter: {startsAfter: $from}, orderBy: {field: STARTS_AT}, first: 100) {
                    edges { cursor node { slug } } } }"""
            places = [{"from": self._rows(PLACE.format(offset))[0][0]} for offset in self.offsets]
        else:
            query = """query Cursors($offset: Int!) {
                events(orderBy: [STARTS_AT_ASC, ROW_ID_ASC], first: 100, offset: $offset) {
                    edges { cursor node { slug } } } }"""
            places = [{"offset": offset} for offset in self.offsets]
        bodies = [json.dumps({"query": query, "variables": place}).encode() for place in places]
        pages = [json.loads(server.ask("q4", body))["data"]["events"] for body in bodies]
        edges = [edge for page in pages for edge in page["edges"]]
        return {edge["node"]["slug"]: edge["cursor"] for edge in edges}

    def _in_words_of(self, dialect: str, query: str, cursors: dict[str, str]) -> list[dict]:
        """The variables of a query as a server takes them."""
        choices = self.choices[query]
        if query == "q4" and dialect == "seaography":
            return [{"after": f"Uuid[36]:{choice['id']}"} for choice in choices]
        if query == "q4":
            return [{"after": cursors[choice["slug"]]} for choice in choices]
        if query == "q7" and dialect == "folkmoot":
            return [{"group": choice["group"], "status": [choice["status"]]} for choice in choices]
        return choices

    def file(self, dialect: str, query: str) -> Path:
        """The bodies of a query, one a line."""
        return BODIES / f"{dialect}.{query}.{self.scale}x"

    def bodies(self, dialect: str, query: str) -> list[bytes]:
        """The bodies of a query."""
        return self.file(dialect, query).read_bytes().splitlines()

    def write(self, servers: list[Server], queries: tuple[str, ...]) -> None:
        """Writes the bodies for each dialect that a server speaks."""
        BODIES.mkdir(parents=True, exist_ok=True)
        # The limits speak Folkmoot's dialect but make no cursors.
        speakers = {server.kind.dialect: server for server in reversed(servers) if not server.kind.is_limit}
        cursors = {}
        if "q4" in queries:
            # Seaography pages by key alone.
            makers = {dialect: server for dialect, server in speakers.items() if dialect != "seaography"}
            cursors = {dialect: self._cursors(server) for dialect, server in makers.items()}
            known = set.intersection(*(set(found) for found in cursors.values()))
            self.choices["q4"] = [choice for choice in self.choices["q4"] if choice["slug"] in known]
        for dialect in speakers:
            for query in queries:
                asked = text(dialect, query)
                if asked is None:
                    continue
                lines = [
                    json.dumps({"query": asked, "variables": variables}, separators=(",", ":"))
                    for variables in self._in_words_of(dialect, query, cursors.get(dialect, {}))
                ]
                self.file(dialect, query).write_text("\n".join(lines) + "\n")
