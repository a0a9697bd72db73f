"""The standard library of Python, with no package: python3 events.py [URL]"""

import json
import sys
import urllib.error
import urllib.request

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/graphql"

QUERY = """
query Events($first: Int!) {
  events(first: $first) {
    nodes {
      id
      name
      startsOn
    }
  }
}
"""


def ask(query: str, variables: dict) -> dict:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(URL, body, {"Content-Type": "application/json"})
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        response = error  # It has an answer, too.
    with response:
        answer = json.load(response)
    if errors := answer.get("errors"):
        raise RuntimeError("\n".join(f"{error['extensions']['code']}: {error['message']}" for error in errors))
    return answer["data"]


for event in ask(QUERY, {"first": 3})["events"]["nodes"]:
    print(event["startsOn"] or "undated", event["name"])
