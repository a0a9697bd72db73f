//! Private by default: a crawl of the whole schema, built from its introspection, which must never find anything
//! private.
//!
//! Every private text of the database holds [`SECRET`], every private date lies in 1987 and every private sum is
//! written with these digits. New fields are crawled by themselves.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{
    event, event_private, node_type::NodeType, person, person_private, rsvp, sponsorship, sponsorship_private, talk,
    talk_proposal,
};
use folkmoot::graphql::relay::id;
use rstest::rstest;
use sea_orm::{ActiveValue::Set, EntityTrait, IdenStatic, Iterable};
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, event, group, person, talk, with},
    introspection::{Schema, base, list, text},
};

const SECRET: &str = "SECRETMARKER";

const SECRET_SUM: i64 = 1987;

/// Is there anything private in this answer?
fn tells(answer: &str) -> bool {
    answer.to_uppercase().contains(SECRET) || answer.contains("1987")
}

/// A published evening and a draft with everything that an evening can have, and every other thing that is not public.
fn records() -> Value {
    let secret = |what: &str| format!("{SECRET} {what}");
    let of_note = |who: &str| json!([{ "source": who, "kind": "PERSON", "confidence": "STATED", "note": who }]);
    let everything = |who: &str, date: &str| {
        json!({
            "url": format!("https://{who}.example/"), "description": who, "website": format!("https://{who}.example/"),
            "status": "CANCELLED", "public_cancellation_reason": who, "date": date, "venue": "Hall",
            "capacity_offline": 10, "topics": ["Topic"], "resources": [resource_of(who)],
            "attendance": { "going": 2, "headcount": 1, "source": who }, "provenance": of_note(who),
        })
    };
    let talk_of = |title: &str, status: &str, event: &str| {
        let who = if title.starts_with("Public") { "Public" } else { SECRET };
        let speakers = json!([{ "person": "Ann", "role": "SPEAKER", "affiliation": who }]);
        let more = json!({
            "status": status, "event": event, "abstract_text": title, "speakers": speakers, "topics": ["Topic"],
            "resources": [resource_of(who)], "provenance": of_note(who), "url": format!("https://{who}.example/"),
        });
        talk(title, more)
    };
    let sponsorship_of = |key: &str, field: &str, of: &str, status: &str| {
        json!({
            "key": key, "organization": "Acme", (field): of, "tier": key, "description": key, "status": status,
            "roles": ["FOOD"], "provenance": of_note(key),
        })
    };
    let fundraiser_of = |key: &str, event: &str| {
        json!({
            "key": key, "name": key, "group": GROUP, "event": event, "beneficiary": key, "goal_minor": 100,
            "raised_minor": 200, "currency": "EUR", "provenance": of_note(key),
        })
    };
    let draft = secret("draft");
    let mut public_event = event("Public evening", everything("Public", "2019-05-01"));
    public_event["status"] = json!("SCHEDULED");
    // An evening may name talks that are not public, yet or any more.
    public_event["agenda"] = json!([
        { "kind": "TALK", "talk": "Public talk" },
        { "kind": "TALK", "talk": secret("rejected") },
        { "kind": "TALK", "talk": secret("talk of a draft") },
    ]);
    let mut draft_event = event(&draft, everything(SECRET, "1987-06-05"));
    draft_event["publication"] = json!("DRAFT");
    draft_event["agenda"] = json!([{ "kind": "INTRO", "title": SECRET }, { "kind": "TALK", "talk": "Public talk" }]);
    let mut public_talk = talk_of("Public talk", "DELIVERED", "Public evening");
    public_talk["original_talk"] = json!(secret("talk of a draft"));
    let memberships = json!([
        { "person": "Ann", "role": "ORGANIZER", "starts_on": "2019" },
        { "person": "Ben", "role": "MEMBER", "starts_on": "1987-06-05", "ends_on": "1987-06-06" },
    ]);
    let ann = json!({
        "links": [{ "kind": "website", "url": "https://ann.example/" }], "affiliations": [{ "organization": "Acme" }],
    });
    json!({
        "organizations": [{ "key": "Acme", "name": "Acme", "logo": { "url": "https://acme.example/logo.png" } }],
        "venues": [{ "key": "Hall", "name": "Hall", "organization": "Acme", "rooms": [{ "name": "Stage" }] }],
        "people": [with(person("Ann"), ann), person("Ben")],
        "topics": [{ "key": "Topic", "name": "Topic" }],
        "groups": [with(group(GROUP), json!({ "topics": ["Topic"], "memberships": memberships }))],
        "events": [public_event, draft_event],
        "talks": [
            public_talk,
            talk_of(&secret("talk of a draft"), "DELIVERED", &draft),
            talk_of(&secret("proposed"), "PROPOSED", "Public evening"),
            talk_of(&secret("rejected"), "REJECTED", "Public evening"),
            talk_of(&secret("withdrawn"), "WITHDRAWN", "Public evening"),
        ],
        "sponsorships": [
            sponsorship_of("Public", "group", GROUP, "ACTIVE"),
            sponsorship_of("Public, of the evening", "event", "Public evening", "ENDED"),
            sponsorship_of(&secret("proposed"), "group", GROUP, "PROPOSED"),
            sponsorship_of(&secret("proposed for the evening"), "event", "Public evening", "PROPOSED"),
            sponsorship_of(&secret("of a draft"), "event", &draft, "ACTIVE"),
        ],
        "fundraisers": [
            fundraiser_of("Public", "Public evening"),
            fundraiser_of(&secret("collection"), &draft),
        ],
    })
}

fn resource_of(who: &str) -> Value {
    json!({ "kind": "SLIDES", "url": format!("https://{who}.example/slides"), "title": who })
}

/// Rows of the tables that are private as a whole, which no import writes.
async fn load_private_tables(app: &TestApp) {
    app.db
        .write(&app.clock, |tx| {
            Box::pin(async move {
                let db = tx.past_the_rules();
                let secret = || Some(SECRET.to_owned());
                let then: DateTime<Utc> = "1987-06-05T04:03:02Z".parse().expect("a time");
                let events = event::Entity::find().all(db).await?;
                let people = person::Entity::find().all(db).await?;
                for event in &events {
                    let row = event_private::ActiveModel {
                        event_id: Set(event.id),
                        join_url: Set(Some(format!("https://{SECRET}.example/"))),
                        notes: Set(secret()),
                    };
                    event_private::Entity::insert(row).exec_without_returning(db).await?;
                    for person in &people {
                        let row = rsvp::ActiveModel {
                            id: Set(tx.new_id()),
                            created_at: Set(then),
                            updated_at: Set(then),
                            version: Set(1),
                            event_id: Set(event.id),
                            person_id: Set(person.id),
                            status: Set(rsvp::RsvpStatus::Going),
                            mode: Set(rsvp::RsvpMode::Offline),
                            guests: Set(1987),
                            waitlist_position: Set(None),
                            checked_in_at: Set(Some(then)),
                        };
                        rsvp::Entity::insert(row).exec_without_returning(db).await?;
                    }
                }
                for person in &people {
                    let row = person_private::ActiveModel {
                        person_id: Set(person.id),
                        email: Set(Some(format!("{SECRET}.{}@example.org", person.slug))),
                        account: Set(Some(format!("{SECRET}-{}", person.slug))),
                        notes: Set(secret()),
                    };
                    person_private::Entity::insert(row).exec_without_returning(db).await?;
                }
                for sponsorship in sponsorship::Entity::find().all(db).await? {
                    let row = sponsorship_private::ActiveModel {
                        sponsorship_id: Set(sponsorship.id),
                        amount_minor: Set(Some(SECRET_SUM)),
                        currency: Set(Some("XTS".to_owned())),
                        invoice: Set(sponsorship_private::Invoice::Overdue),
                    };
                    sponsorship_private::Entity::insert(row).exec_without_returning(db).await?;
                }
                for talk in talk::Entity::find().all(db).await? {
                    let row = talk_proposal::ActiveModel {
                        id: Set(tx.new_id()),
                        created_at: Set(then),
                        updated_at: Set(then),
                        version: Set(1),
                        talk_id: Set(talk.id),
                        submitted_by_id: Set(None),
                        submitted_at: Set(then),
                        message: Set(secret()),
                        decided_by_id: Set(None),
                        decided_at: Set(Some(then)),
                        decision_note: Set(secret()),
                    };
                    talk_proposal::Entity::insert(row).exec_without_returning(db).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// The names of the nodes, as a client could know or guess them, and whether each is private.
struct Names {
    ids: Vec<(String, bool)>,
    slugs: Vec<(String, bool)>,
}

async fn names(app: &TestApp) -> Names {
    let mut names = Names { ids: Vec::new(), slugs: Vec::new() };
    macro_rules! gather {
        ($($table:ident: $type:ident $(, $slug:ident)?;)*) => { $(
            for row in entity::$table::Entity::find().all(app.db.reads()).await.unwrap() {
                let private = is_private(NodeType::$type, &format!("{row:?}"));
                names.ids.push((id::encode(NodeType::$type, row.id).to_string(), private));
                $( names.slugs.push((row.$slug.clone(), private)); )?
            }
        )* };
    }
    gather! {
        group: Group, slug;
        membership: Membership;
        event: Event, slug;
        talk: Talk, slug;
        person: Person, slug;
        organization: Organization, slug;
        venue: Venue, slug;
        sponsorship: Sponsorship;
        topic: Topic, slug;
        resource: Resource;
        fundraiser: Fundraiser;
        rsvp: Rsvp;
    }
    let types: BTreeSet<_> = names.ids.iter().map(|(id, _)| id.split('_').next().unwrap()).collect();
    assert_eq!(types.len(), NodeType::iter().count(), "of each type of node, a row is there");
    names
}

fn is_private(node_type: NodeType, row: &str) -> bool {
    node_type == NodeType::Rsvp || tells(row)
}

/// A crawl: it asks, and looks at each answer.
struct Crawl<'a> {
    app: &'a TestApp,
    schema: Schema,
    types_met: BTreeSet<String>,
    queries: usize,
}

/// Filters that let everything pass must not let private rows pass.
const ARGUMENTS: [&str; 2] = ["first: 100", "first: 100, filter: { or: [{}, { not: { not: {} } }] }"];
/// How many objects deep it looks below a root field's.
const DEPTH: usize = 2;

impl Crawl<'_> {
    async fn ask(&mut self, query: &str) -> Value {
        let answer = self.app.query(query).await;
        self.queries += 1;
        self.look(&answer);
        let written = answer.to_string();
        assert!(!tells(&written), "{query}\n\n{}", around(&written));
        answer
    }

    fn look(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if name == "__typename" {
                        self.types_met.insert(text(value).to_owned());
                    }
                    self.look(value);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.look(value)),
            _ => {}
        }
    }

    /// Asks everything below a root field that is called with these arguments.
    async fn below(&mut self, field: &str, arguments: &str, type_name: &str, lists: &str) {
        let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
        let selection = self.schema.selection(type_name, DEPTH, lists);
        self.ask(&format!("{{ {field}{arguments} {{ {selection} }} }}")).await;
    }
}

/// The place in a long answer where the secret stands.
fn around(answer: &str) -> String {
    let at = answer.to_uppercase().find(SECRET).or_else(|| answer.find("1987")).unwrap_or_default();
    answer.chars().skip(at.saturating_sub(200)).take(400).collect()
}

#[rstest]
#[tokio::test]
async fn no_query_tells_what_is_private(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_without_limits(backend).await else { return };
    app.load(records()).await;
    load_private_tables(&app).await;
    let names = names(&app).await;
    assert!(names.ids.iter().filter(|(_, private)| *private).count() > 15);
    let schema = Schema::of(&app).await;
    let mut crawl = Crawl { app: &app, schema, types_met: BTreeSet::new(), queries: 0 };

    for field in crawl.schema.fields("Query").to_vec() {
        let (name, type_name) = (text(&field["name"]), base(&field["type"]).to_owned());
        let arguments: Vec<_> = list(&field["args"]).iter().map(|argument| text(&argument["name"])).collect();
        if arguments.contains(&"filter") {
            for lists in ARGUMENTS {
                crawl.below(name, lists, &type_name, lists).await;
            }
        } else if arguments == ["id", "slug"] {
            for (slug, _) in &names.slugs {
                crawl.below(name, &format!("slug: {slug:?}"), &type_name, ARGUMENTS[0]).await;
            }
            for (id, _) in names.ids.iter().filter(|(id, _)| id.split('_').next() == Some(&type_name)) {
                crawl.below(name, &format!("id: {id:?}"), &type_name, ARGUMENTS[0]).await;
            }
        } else if arguments == ["ids"] {
            let ids: Vec<_> = names.ids.iter().map(|(id, _)| id).collect();
            crawl.below(name, &format!("ids: {ids:?}"), &type_name, ARGUMENTS[0]).await;
        } else if arguments == ["id"] {
            for (id, _) in &names.ids {
                crawl.below(name, &format!("id: {id:?}"), &type_name, ARGUMENTS[0]).await;
            }
        } else if arguments.contains(&"query") {
            for words in [SECRET, "Public"] {
                crawl.below(name, &format!("query: {words:?}, first: 100"), &type_name, ARGUMENTS[0]).await;
            }
        } else {
            let required = list(&field["args"]).iter().any(crate::support::introspection::is_required);
            assert!(!required, "teach the crawl what to pass to `{name}`");
            crawl.below(name, "", &type_name, ARGUMENTS[0]).await;
        }
    }

    let expected: BTreeSet<_> = crawl.schema.of_kind("OBJECT").map(str::to_owned).collect();
    let missed: Vec<_> = expected
        .difference(&crawl.types_met)
        .filter(|name| !["Query", "Subscription"].contains(&name.as_str()))
        .collect();
    assert!(missed.is_empty(), "the crawl met no {missed:?}: give its records some");
    assert!(crawl.queries > 100, "{}", crawl.queries);
}

#[rstest]
#[tokio::test]
async fn what_is_private_has_no_node_and_what_is_public_has_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(records()).await;
    load_private_tables(&app).await;
    for (id, private) in names(&app).await.ids {
        let data = app.query(&format!("{{ node(id: {id:?}) {{ id }} }}")).await;
        assert_eq!(data["node"].is_null(), private, "{id}");
    }
}

/// A filter that names something private must not tell that it exists.
#[rstest]
#[tokio::test]
async fn no_filter_tells_what_is_private(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(records()).await;
    load_private_tables(&app).await;
    let names = names(&app).await;
    let schema = Schema::of(&app).await;
    let (mut asked, mut found) = (0, 0);
    for field in schema.fields("Query") {
        let Some(filter) = list(&field["args"]).iter().find(|argument| argument["name"] == "filter") else { continue };
        let name = text(&field["name"]);
        for input in list(&schema.types[base(&filter["type"])]["inputFields"]) {
            let input_name = text(&input["name"]);
            let values: Vec<String> = match (base(&input["type"]), input_name) {
                ("ID", _) => {
                    let private = names.ids.iter().chain(&names.slugs).filter(|(_, private)| *private);
                    private.map(|(name, _)| format!("{name:?}")).collect()
                }
                ("String", "query") => vec![format!("{SECRET:?}")],
                _ => continue,
            };
            for value in values {
                let query = format!(
                    "{{ {name}(filter: {{ {input_name}: {value} }}) {{ totalCount nodes {{ __typename }} }} }}"
                );
                let answer = app.answer(&query, json!({})).await;
                // The id of another type is an error, whether there is such a node or not.
                let refused = answer["errors"][0]["extensions"]["code"] == "BAD_ID";
                // Something private has the same error as something that does not exist.
                let unknown = answer["errors"][0]["extensions"]["code"] == "UNKNOWN_NAME"
                    && !text(&answer["errors"][0]["message"]).contains("Did you mean");
                let nothing = input_name == "query" && answer["data"][name] == json!({ "totalCount": 0, "nodes": [] });
                assert!(refused || unknown || nothing, "{query}: {answer}");
                asked += usize::from(!refused);
            }
            // Not everything below a public node is public.
            let public = names.ids.iter().filter(|(_, private)| !private && base(&input["type"]) == "ID");
            for (value, _) in public {
                let everything = schema.selection(base(&field["type"]).trim_end_matches("Connection"), 0, "");
                let query =
                    format!("{{ {name}(filter: {{ {input_name}: {value:?} }}) {{ nodes {{ {everything} }} }} }}");
                let answer = app.answer(&query, json!({})).await;
                assert!(!tells(&answer["data"].to_string()), "{query}: {answer}");
                found += list(&answer["data"][name]["nodes"]).len();
            }
        }
    }
    assert!(asked > 50, "{asked}");
    assert!(found > 10, "{found}");
}

#[rstest]
#[tokio::test]
async fn the_schema_has_no_word_for_what_is_private(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let words = ["email", "mail", "joinurl", "amount", "invoice", "notes", "phone", "password", "account"];
    let mut looked = 0;
    for (type_name, described) in &schema.types {
        let fields = list(&described["fields"]).iter().chain(list(&described["inputFields"]));
        let arguments = list(&described["fields"]).iter().flat_map(|field| list(&field["args"]));
        let names = fields.chain(arguments).map(|named| text(&named["name"]));
        for name in names.chain([type_name.as_str()]) {
            let spelled = name.to_lowercase();
            assert!(!words.iter().any(|word| spelled.contains(word)), "{type_name}: {name}");
            looked += 1;
        }
    }
    assert!(looked > 300, "{looked}");

    // The same by tables: no column of a private table is a field of the type that it belongs to.
    let private_sides = [
        ("Person", columns::<person_private::Entity>()),
        ("Event", columns::<event_private::Entity>()),
        ("Sponsorship", columns::<sponsorship_private::Entity>()),
        ("Talk", columns::<talk_proposal::Entity>()),
    ];
    for (type_name, columns) in private_sides {
        let shared = ["id", "created_at", "updated_at", "version"];
        for column in columns.iter().filter(|column| !shared.contains(&column.as_str())) {
            let field = column.replace('_', "");
            let found = schema.fields(type_name).iter().find(|f| text(&f["name"]).to_lowercase() == field);
            assert!(found.is_none(), "{type_name} shows {column}");
        }
    }
}

fn columns<E: EntityTrait>() -> Vec<String> {
    E::Column::iter().map(|column| column.as_str().to_owned()).collect()
}
