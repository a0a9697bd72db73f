//! Events: what is known of their date, whether they take place, who hosts them, and who came.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, batch, each, event, group},
};

#[rstest]
#[tokio::test]
async fn an_event_without_talks_is_whole(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "events": [event("Pub night", json!({ "kind": "SOCIAL" }))] }))).await;
    let data = app
        .query(
            r#"{ event(slug: "pub-night") {
                name kind description venue { name } agenda { title } attendance { going } topics { name }
                talks { totalCount nodes { title } pageInfo { hasNextPage startCursor } }
            } }"#,
        )
        .await;
    let expected = json!({
        "name": "Pub night", "kind": "SOCIAL", "description": null, "venue": null, "agenda": [], "attendance": null,
        "topics": [],
        "talks": { "totalCount": 0, "nodes": [], "pageInfo": { "hasNextPage": false, "startCursor": null } },
    });
    assert_eq!(data["event"], expected);
}

#[rstest]
#[tokio::test]
async fn an_event_without_a_date_is_unscheduled_and_last_in_both_directions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let events = [
        event("Undated", json!({})),
        event("Early", json!({ "date": "2015-02" })),
        event("Late", json!({ "date": "2019-11-05" })),
    ];
    app.load(batch(json!({ "events": events }))).await;

    let undated = app.query(r#"{ event(slug: "undated") { phase startsAt startsOn endsAt datePrecision } }"#).await;
    let nothing = json!({
        "phase": "UNSCHEDULED", "startsAt": null, "startsOn": null, "endsAt": null, "datePrecision": "UNKNOWN",
    });
    assert_eq!(undated["event"], nothing);

    let lists = app
        .query(
            r#"{
                up: events(orderBy: { field: STARTS_AT, direction: ASC }) { nodes { name } }
                down: events(orderBy: { field: STARTS_AT, direction: DESC }) { nodes { name } }
                since: events(filter: { startsAfter: "0001-01-01T00:00:00Z" }) { nodes { name } }
                until: events(filter: { startsBefore: "9999-01-01T00:00:00Z" }) { nodes { name } }
                some_day: events(filter: { phase: [UNSCHEDULED] }) { totalCount nodes { name } }
            }"#,
        )
        .await;
    assert_eq!(each(&lists["up"], "name"), ["Early", "Late", "Undated"]);
    assert_eq!(each(&lists["down"], "name"), ["Late", "Early", "Undated"]);
    assert_eq!(each(&lists["since"], "name"), ["Late", "Early"], "no date is no early date");
    assert_eq!(each(&lists["until"], "name"), ["Late", "Early"], "no date is no late date");
    assert_eq!(lists["some_day"], json!({ "totalCount": 1, "nodes": [{ "name": "Undated" }] }));
}

#[rstest]
#[tokio::test]
async fn a_date_is_shown_as_far_as_it_is_known(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let events = [
        event("Minute", json!({ "starts_at": "2016-08-02T17:30:00Z" })),
        event("Day", json!({ "date": "2016-08-02" })),
        event("Month", json!({ "date": "2016-08" })),
        event("Year", json!({ "date": "2016" })),
    ];
    app.load(batch(json!({ "events": events }))).await;
    let data = app
        .query("{ events(orderBy: { field: CREATED_AT }) { nodes { name datePrecision startsOn startsAt } } }")
        .await;
    // In August, London's midnight is an hour before that of UTC; in January it is the same.
    let expected = json!([
        { "name": "Minute", "datePrecision": "TIME", "startsOn": "2016-08-02", "startsAt": "2016-08-02T17:30:00Z" },
        { "name": "Day", "datePrecision": "DAY", "startsOn": "2016-08-02", "startsAt": "2016-08-01T23:00:00Z" },
        { "name": "Month", "datePrecision": "MONTH", "startsOn": "2016-08", "startsAt": "2016-07-31T23:00:00Z" },
        { "name": "Year", "datePrecision": "YEAR", "startsOn": "2016", "startsAt": "2016-01-01T00:00:00Z" },
    ]);
    assert_eq!(normal_instants(&data["events"]["nodes"]), expected);
}

/// `+00:00` and `Z` are one offset; this compares instants, not spellings.
fn normal_instants(value: &Value) -> Value {
    serde_json::from_str(&value.to_string().replace("+00:00", "Z")).unwrap()
}

/// In which phase this one event is at that moment. The field and the filter must agree.
async fn phase_at(backend: Backend, moment: &str, of: &Value) -> Option<String> {
    let app = TestApp::start_at(backend, moment).await?;
    app.load(batch(json!({ "events": [of] }))).await;
    let data = app
        .query(
            "{
                events { nodes { phase } }
                UPCOMING: events(filter: { phase: [UPCOMING] }) { totalCount }
                ONGOING: events(filter: { phase: [ONGOING] }) { totalCount }
                PAST: events(filter: { phase: [PAST] }) { totalCount }
                UNSCHEDULED: events(filter: { phase: [UNSCHEDULED] }) { totalCount }
            }",
        )
        .await;
    let phase = data["events"]["nodes"][0]["phase"].as_str().unwrap().to_owned();
    for filter in ["UPCOMING", "ONGOING", "PAST", "UNSCHEDULED"] {
        let found = data[filter]["totalCount"] == 1;
        assert_eq!(found, filter == phase, "at {moment}, the field says {phase} and the filter {filter} {found}");
    }
    Some(phase)
}

/// Asserts the phases of an event at these moments.
async fn assert_phases(backend: Backend, of: Value, expected: &[(&str, &str)]) {
    for (moment, phase) in expected {
        let Some(found) = phase_at(backend, moment, &of).await else { return };
        assert_eq!(found, *phase, "at {moment}");
    }
}

#[rstest]
#[tokio::test]
async fn phases_change_at_the_very_second(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let evening = json!({ "starts_at": "2026-05-05T17:30:00Z", "ends_at": "2026-05-05T20:00:00Z" });
    let expected = [
        ("2026-05-05T17:29:59.999999Z", "UPCOMING"),
        ("2026-05-05T17:30:00Z", "ONGOING"),
        ("2026-05-05T19:59:59.999999Z", "ONGOING"),
        ("2026-05-05T20:00:00Z", "PAST"),
    ];
    assert_phases(backend, event("Evening", evening), &expected).await;
}

#[rstest]
#[tokio::test]
async fn an_evening_without_an_end_takes_three_hours(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let expected = [("2026-05-05T20:29:59Z", "ONGOING"), ("2026-05-05T20:30:00Z", "PAST")];
    assert_phases(backend, event("Evening", json!({ "starts_at": "2026-05-05T17:30:00Z" })), &expected).await;
}

#[rstest]
#[tokio::test]
async fn a_month_or_a_year_is_never_ongoing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let month = [
        ("2016-07-31T22:59:59Z", "UPCOMING"),
        ("2016-08-15T12:00:00Z", "UPCOMING"),
        ("2016-08-31T22:59:59Z", "UPCOMING"),
        ("2016-08-31T23:00:00Z", "PAST"),
    ];
    assert_phases(backend, event("Some evening", json!({ "date": "2016-08" })), &month).await;
    let year = [("2017-12-31T23:59:59Z", "UPCOMING"), ("2018-01-01T00:00:00Z", "PAST")];
    assert_phases(backend, event("Some time", json!({ "date": "2017" })), &year).await;
}

#[rstest]
#[tokio::test]
async fn a_day_is_ongoing_from_midnight_to_midnight_where_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let new_year = event("Party", json!({ "date": "2026-01-01", "time_zone": "Pacific/Auckland" }));
    let expected = [
        ("2025-12-31T10:59:59Z", "UPCOMING"),
        ("2025-12-31T11:00:00Z", "ONGOING"),
        ("2026-01-01T10:59:59Z", "ONGOING"),
        ("2026-01-01T11:00:00Z", "PAST"),
    ];
    assert_phases(backend, new_year, &expected).await;
}

#[rstest]
#[tokio::test]
async fn a_day_on_which_clocks_change_has_23_or_25_hours(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let spring = [
        ("2026-03-28T23:59:59Z", "UPCOMING"),
        ("2026-03-29T00:00:00Z", "ONGOING"),
        ("2026-03-29T22:59:59Z", "ONGOING"),
        ("2026-03-29T23:00:00Z", "PAST"),
    ];
    assert_phases(backend, event("Spring", json!({ "date": "2026-03-29" })), &spring).await;
    let autumn = [
        ("2026-10-24T22:59:59Z", "UPCOMING"),
        ("2026-10-24T23:00:00Z", "ONGOING"),
        ("2026-10-25T23:59:59Z", "ONGOING"),
        ("2026-10-26T00:00:00Z", "PAST"),
    ];
    assert_phases(backend, event("Autumn", json!({ "date": "2026-10-25" })), &autumn).await;
}

#[rstest]
#[tokio::test]
async fn a_start_in_the_hour_that_clocks_change_is_one_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_at(backend, "2026-10-25T00:59:59Z").await else { return };
    // London: on 29 March, 00:59:59 is followed by 02:00; on 25 October, 01:30 comes twice, an hour apart.
    let events = [
        event("Skipped hour", json!({ "starts_at": "2026-03-29T01:00:00Z" })),
        event("First half past one", json!({ "starts_at": "2026-10-25T00:30:00Z", "ends_at": "2026-10-25T00:45:00Z" })),
        event("Second half past one", json!({ "starts_at": "2026-10-25T01:30:00Z" })),
        // The law changed in 2026: Vancouver keeps summer time. Older time zone data would say 08:00.
        event("Far west", json!({ "date": "2026-12-01", "time_zone": "America/Vancouver" })),
    ];
    app.load(batch(json!({ "events": events }))).await;
    let data = app
        .query("{ events(orderBy: { field: STARTS_AT }) { nodes { name startsAt startsOn timeZone phase } } }")
        .await;
    let london = "Europe/London";
    let expected = json!([
        { "name": "Skipped hour", "startsAt": "2026-03-29T01:00:00Z", "startsOn": "2026-03-29", "timeZone": london,
          "phase": "PAST" },
        { "name": "First half past one", "startsAt": "2026-10-25T00:30:00Z", "startsOn": "2026-10-25",
          "timeZone": london, "phase": "PAST" },
        { "name": "Second half past one", "startsAt": "2026-10-25T01:30:00Z", "startsOn": "2026-10-25",
          "timeZone": london, "phase": "UPCOMING" },
        { "name": "Far west", "startsAt": "2026-12-01T07:00:00Z", "startsOn": "2026-12-01",
          "timeZone": "America/Vancouver", "phase": "UPCOMING" },
    ]);
    assert_eq!(normal_instants(&data["events"]["nodes"]), expected);
}

#[rstest]
#[tokio::test]
async fn a_joint_event_is_listed_in_each_group_and_counts_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hosts = json!([{ "group": GROUP, "role": "LEAD" }, { "group": "Docker London", "role": "CO_HOST" }]);
    app.load(json!({
        "groups": [group(GROUP), group("Docker London"), group("Rust London")],
        "events": [event("Zero Day", json!({ "date": "2016-09-08", "hosts": hosts }))],
        "talks": [{ "key": "t", "title": "Docker security", "status": "DELIVERED", "group": GROUP, "event": "Zero Day" }],
    }))
    .await;
    let data = app
        .query(
            r#"{
                groups { nodes {
                    name
                    events { totalCount nodes { name } }
                    talks { totalCount nodes { title } }
                    stats { year events talks }
                } }
                events { totalCount nodes { name hosts { role group { name } } } }
                of_either: events(filter: { or: [{ group: "kubernetes-london" }, { group: "docker-london" }] }) {
                    totalCount nodes { name }
                }
                of_both: events(filter: { and: [{ group: "kubernetes-london" }, { group: "docker-london" }] }) {
                    totalCount
                }
                talks { totalCount }
            }"#,
        )
        .await;
    let of = |name: &str, count: i32| {
        let zero_day = vec![json!({ "name": "Zero Day" }); usize::from(count > 0)];
        let security = vec![json!({ "title": "Docker security" }); usize::from(count > 0)];
        let stats = vec![json!({ "year": 2016, "events": 1, "talks": 1 }); usize::from(count > 0)];
        json!({
            "name": name, "stats": stats,
            "events": { "totalCount": count, "nodes": zero_day },
            "talks": { "totalCount": count, "nodes": security },
        })
    };
    assert_eq!(data["groups"]["nodes"], json!([of("Docker London", 1), of(GROUP, 1), of("Rust London", 0)]));
    let hosts = json!([
        { "role": "LEAD", "group": { "name": GROUP } },
        { "role": "CO_HOST", "group": { "name": "Docker London" } },
    ]);
    assert_eq!(data["events"], json!({ "totalCount": 1, "nodes": [{ "name": "Zero Day", "hosts": hosts }] }));
    assert_eq!(data["of_either"], json!({ "totalCount": 1, "nodes": [{ "name": "Zero Day" }] }));
    assert_eq!(data["of_both"]["totalCount"], 1);
    assert_eq!(data["talks"]["totalCount"], 1);
}

#[rstest]
#[tokio::test]
async fn an_event_cancelled_after_publishing_stays_where_it_was(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_at(backend, "2020-03-20T12:00:00Z").await else { return };
    let planned = json!({ "starts_at": "2020-03-26T18:00:00Z", "venue": "Skills Matter" });
    let venues = json!([{ "key": "Skills Matter", "name": "Skills Matter", "city": "London" }]);
    app.load(batch(json!({ "venues": venues, "events": [event("5th birthday", planned.clone())] }))).await;
    let id = app.query(r#"{ event(slug: "5th-birthday") { id } }"#).await["event"]["id"].clone();

    let mut cancelled = event("5th birthday", planned);
    cancelled["status"] = json!("CANCELLED");
    cancelled["cancelled_at"] = json!("2020-03-16T18:00:00Z");
    cancelled["public_cancellation_reason"] = json!("The coronavirus pandemic");
    app.load(batch(json!({ "events": [cancelled] }))).await;

    let data = app
        .query(
            r#"{
                event(slug: "5th-birthday") {
                    id status publication phase startsOn cancelledAt publicCancellationReason venue { name } version
                }
                cancelled: events(filter: { status: [CANCELLED] }) { totalCount }
                planned: events(filter: { not: { status: [CANCELLED] } }) { totalCount }
                upcoming: events(filter: { phase: [UPCOMING] }) { totalCount }
                group(slug: "kubernetes-london") { events { totalCount } stats { year } }
            }"#,
        )
        .await;
    let expected = json!({
        "id": id, "status": "CANCELLED", "publication": "PUBLISHED", "phase": "UPCOMING", "startsOn": "2020-03-26",
        "cancelledAt": "2020-03-16T18:00:00Z", "publicCancellationReason": "The coronavirus pandemic",
        "venue": { "name": "Skills Matter" }, "version": 2,
    });
    assert_eq!(normal_instants(&data["event"]), expected, "what is cancelled keeps its page, date and place");
    assert_eq!(data["cancelled"]["totalCount"], 1);
    assert_eq!(data["planned"]["totalCount"], 0);
    assert_eq!(data["upcoming"]["totalCount"], 1, "the phase follows from the date alone");
    assert_eq!(data["group"]["events"]["totalCount"], 1);
    assert_eq!(data["group"]["stats"], json!([]), "it took place in no year");
}

#[rstest]
#[tokio::test]
async fn an_event_can_be_cancelled_before_it_had_a_venue_or_a_date(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "events": [event("Summer party", json!({ "status": "CANCELLED" }))] }))).await;
    let data = app
        .query(
            r#"{ event(slug: "summer-party") {
                status phase venue { name } cancelledAt publicCancellationReason hosts { group { name } }
            } }"#,
        )
        .await;
    let expected = json!({
        "status": "CANCELLED", "phase": "UNSCHEDULED", "venue": null, "cancelledAt": null,
        "publicCancellationReason": null, "hosts": [{ "group": { "name": GROUP } }],
    });
    assert_eq!(data["event"], expected);
}

#[rstest]
// More heads than sign-ups: nobody stayed away, and no share is negative.
#[case::more_heads_than_sign_ups(json!({ "going": 80, "headcount": 100 }), json!(0.0))]
#[case::a_quarter_stayed_away(json!({ "going": 100, "headcount": 75 }), json!(0.25))]
#[case::nobody_came(json!({ "going": 10, "headcount": 0 }), json!(1.0))]
#[case::counted_at_the_door(json!({ "going": 10, "checked_in": 5 }), json!(0.5))]
#[case::heads_count_before_the_door(json!({ "going": 10, "checked_in": 5, "headcount": 10 }), json!(0.0))]
#[case::nobody_counted(json!({ "going": 10 }), json!(null))]
#[case::nobody_signed_up_anywhere(json!({ "headcount": 100 }), json!(null))]
#[case::nobody_signed_up(json!({ "going": 0, "headcount": 3 }), json!(null))]
#[tokio::test]
async fn the_share_of_those_who_stayed_away(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] attendance: Value,
    #[case] rate: Value,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "events": [event("Evening", json!({ "attendance": attendance }))] }))).await;
    let data = app
        .query(r#"{ event(slug: "evening") { attendance { going headcount checkedIn waitlisted dropOffRate } } }"#)
        .await;
    let found = &data["event"]["attendance"];
    assert_eq!(found["dropOffRate"], rate);
    for (field, column) in [("going", "going"), ("headcount", "headcount"), ("checkedIn", "checked_in")] {
        assert_eq!(found[field], attendance[column], "{field}: no number is derived from another");
    }
    assert_eq!(found["waitlisted"], Value::Null);
}

#[rstest]
#[tokio::test]
async fn filters_combine(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let events = [
        event("Old meetup", json!({ "date": "2015-02" })),
        event("Old party", json!({ "date": "2016-08", "kind": "SOCIAL" })),
        event("New meetup", json!({ "date": "2020-02" })),
        event("Draft", json!({ "date": "2020-02", "publication": "DRAFT" })),
    ];
    app.load(batch(json!({ "events": events }))).await;
    for (filter, expected) in [
        ("{}", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ not: {} }", vec![]),
        ("{ or: [] }", vec![]),
        ("{ not: { or: [] } }", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ and: [] }", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ or: [{}] }", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ or: [{}, { kind: [SOCIAL] }] }", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ not: { not: {} } }", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ kind: [] }", vec![]),
        ("{ not: { kind: [] } }", vec!["New meetup", "Old party", "Old meetup"]),
        ("{ kind: [MEETUP], startsBefore: \"2016-01-01T00:00:00Z\" }", vec!["Old meetup"]),
        ("{ or: [{ kind: [SOCIAL] }, { startsAfter: \"2020-01-01T00:00:00Z\" }] }", vec!["New meetup", "Old party"]),
        ("{ kind: [SOCIAL], or: [{ startsAfter: \"2020-01-01T00:00:00Z\" }] }", vec![]),
        ("{ not: { or: [{ kind: [SOCIAL] }, { startsAfter: \"2020-01-01T00:00:00Z\" }] } }", vec!["Old meetup"]),
        ("{ and: [{ kind: [MEETUP] }, { not: { startsAfter: \"2020-01-01T00:00:00Z\" } }] }", vec!["Old meetup"]),
    ] {
        let query = format!(
            "{{ events(filter: {filter}) {{ totalCount nodes {{ name }} }}
                group(slug: \"kubernetes-london\") {{ events(filter: {filter}) {{ totalCount nodes {{ name }} }} }} }}"
        );
        let data = app.query(&query).await;
        for list in [&data["events"], &data["group"]["events"]] {
            assert_eq!(each(list, "name"), expected, "{filter}");
            assert_eq!(list["totalCount"], expected.len(), "{filter}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn the_agenda_tells_the_evening_in_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let agenda = json!([
        { "kind": "INTRO", "title": "Welcome", "starts_at": "2016-08-02T17:30:00Z", "duration_minutes": 10 },
        { "kind": "TALK", "talk": "kube-lego", "duration_minutes": 90 },
        { "kind": "BREAK" },
        { "kind": "QUIZ", "title": "Quiz on Kahoot" },
    ]);
    app.load(batch(json!({
        "events": [event("Birthday", json!({ "agenda": agenda }))],
        "talks": [{ "key": "kube-lego", "title": "kube-lego", "status": "DELIVERED", "event": "Birthday" }],
    })))
    .await;
    let data = app
        .query(r#"{ event(slug: "birthday") { agenda { position kind title startsAt duration talk { title } } } }"#)
        .await;
    let expected = json!([
        { "position": 0, "kind": "INTRO", "title": "Welcome", "startsAt": "2016-08-02T17:30:00Z", "duration": "PT10M",
          "talk": null },
        { "position": 1, "kind": "TALK", "title": null, "startsAt": null, "duration": "PT1H30M",
          "talk": { "title": "kube-lego" } },
        { "position": 2, "kind": "BREAK", "title": null, "startsAt": null, "duration": null, "talk": null },
        { "position": 3, "kind": "QUIZ", "title": "Quiz on Kahoot", "startsAt": null, "duration": null, "talk": null },
    ]);
    assert_eq!(normal_instants(&data["event"]["agenda"]), expected);
}

#[rstest]
#[tokio::test]
async fn the_year_of_an_event_is_that_of_its_own_time_zone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let tokyo = json!({ "date": "2025-01-01", "time_zone": "Asia/Tokyo" });
    app.load(batch(json!({ "events": [event("New year", tokyo)] }))).await;
    let data = app.query("{ events(filter: { year: [2025] }) { nodes { startsAt startsOn } } }").await;
    // In UTC it is still the old year.
    let new_year = json!({ "startsAt": "2024-12-31T15:00:00Z", "startsOn": "2025-01-01" });
    assert_eq!(data["events"]["nodes"], json!([new_year]));
    assert_eq!(app.query("{ events(filter: { year: [2024] }) { totalCount } }").await["events"]["totalCount"], 0);
    assert_eq!(app.error("{ events(filter: { year: [0] }) { totalCount } }").await.0, "BAD_FILTER");
}
