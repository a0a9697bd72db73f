curl http://127.0.0.1:8000/graphql \
  -H 'Content-Type: application/json' \
  -d '{"query": "{ events(first: 3) { nodes { name startsOn } } }"}'
