// Plain `fetch`, with no package: node fetch.js [URL]

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';

const query = `
  query Events($first: Int!) {
    events(first: $first) {
      nodes {
        id
        name
        startsOn
      }
    }
  }
`;

async function ask(query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
    body: JSON.stringify({ query, variables }),
  });
  // An error has an answer, too. What is no JSON comes from something between here and the server.
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors.map(({ message, extensions }) => `${extensions?.code}: ${message}`).join('\n'));
  return data;
}

const { events } = await ask(query, { first: 3 });
for (const { name, startsOn } of events.nodes) console.log(startsOn ?? 'undated', name);
