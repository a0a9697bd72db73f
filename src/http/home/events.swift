import Foundation  // on Linux also FoundationNetworking
struct Event: Decodable { let name: String, startsOn: String? }
struct Events: Decodable { let nodes: [Event] }
struct Root: Decodable { let events: Events }
struct Answer: Decodable { let data: Root }

let query = "{ events(first: 3) { nodes { name startsOn } } }"
var request = URLRequest(url: URL(string: "http://127.0.0.1:8000/graphql")!)
request.httpMethod = "POST"
request.setValue("application/json", forHTTPHeaderField: "Content-Type")
request.httpBody = try JSONEncoder().encode(["query": query])
let (body, _) = try await URLSession.shared.data(for: request)
let answer = try JSONDecoder().decode(Answer.self, from: body)
for event in answer.data.events.nodes { print(event.startsOn ?? "undated", event.name) }
