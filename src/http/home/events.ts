type Answer = {
  data?: { events: { nodes: { name: string; startsOn: string | null }[] } };
  errors?: { message: string }[];
};

const response = await fetch('http://127.0.0.1:8000/graphql', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ query: '{ events(first: 3) { nodes { name startsOn } } }' }),
});
const { data, errors }: Answer = await response.json();
if (!data) throw new Error(errors?.[0]?.message);
for (const { name, startsOn } of data.events.nodes) console.log(startsOn ?? 'undated', name);
