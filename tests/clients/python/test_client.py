"""The client that ariadne-codegen makes of queries.graphql, against a server. python.test.mjs says where that is."""

import asyncio
import os
from datetime import datetime
from unittest import IsolatedAsyncioTestCase, main

from graphql_client import Client, EventFilter, EventPhase, GraphQLClientGraphQLMultiError
from graphql_client.found import FoundSearchNodesEvent, FoundSearchNodesGroup


class ClientTest(IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        client = Client(url=os.environ["FOLKMOOT_URL"], ws_url=os.environ["FOLKMOOT_WEB_SOCKET_URL"])
        self.client = await self.enterAsyncContext(client)

    async def test_pages(self):
        slugs, after, more = [], None, True
        while more:
            talks = (await self.client.talks(first=2, after=after)).talks
            self.assertLessEqual(len(talks.nodes), 2)
            slugs += [talk.slug for talk in talks.nodes]
            after, more = talks.page_info.end_cursor, talks.page_info.has_next_page
        self.assertEqual(len(set(slugs)), talks.total_count)
        self.assertEqual(len(slugs), talks.total_count)

    async def test_types(self):
        evenings = await self.client.evenings(EventFilter(group="dunmere-rb", phase=[EventPhase.PAST]))
        march = evenings.events.nodes[0]
        self.assertIs(march.phase, EventPhase.PAST)
        self.assertIsInstance(march.starts_at, datetime)
        self.assertEqual(march.starts_on, "2018-03-13")

    async def test_union(self):
        found = {type(node) for node in (await self.client.found("dunmere")).search.nodes}
        self.assertLessEqual({FoundSearchNodesEvent, FoundSearchNodesGroup}, found)

    async def test_error(self):
        with self.assertRaises(GraphQLClientGraphQLMultiError) as raised:
            await self.client.talks(first=0)
        [error] = raised.exception.errors
        self.assertEqual(error.extensions["code"], "BAD_PAGE")

    async def test_subscription(self):
        async def hear(title):
            async for heard in self.client.changes(after=os.environ["FOLKMOOT_AFTER"]):
                if heard.changes.node.title == title:
                    return heard

        await asyncio.wait_for(hear(os.environ["FOLKMOOT_TITLE"]), 20)


if __name__ == "__main__":
    main()
