//! The events of the first page, a card each.

use jiff::{Timestamp, civil::Date};

use super::{
    facts::{Event, Facts},
    link::{playground, text},
};
use crate::http::page::escape;

/// How many events the page shows.
const CARDS: usize = 3;

/// The cards. Past events fill the places that no upcoming event takes. `picture` finds the path of a
/// picture that this server has.
pub fn html(facts: &Facts, has_links: bool, picture: &dyn Fn(&str) -> Option<String>) -> String {
    let (upcoming, latest) = (&facts.upcoming.nodes, &facts.latest.nodes);
    let next = upcoming.iter().position(|event| event.phase == "UPCOMING" && event.takes_place());
    // The next one is shown, even if many before it were called off.
    let skipped = next.map_or(0, |next| (next + 1).saturating_sub(CARDS));
    let cards: String = upcoming
        .iter()
        .chain(latest)
        .enumerate()
        .skip(skipped)
        .take(CARDS)
        .map(|(index, event)| {
            let is_first_past = index == upcoming.len() && event.phase == "PAST";
            let label = match event.phase.as_str() {
                _ if next == Some(index) => "Next",
                "ONGOING" if event.takes_place() => ongoing(event),
                _ if is_first_past => "Latest",
                _ => "",
            };
            card(event, label, has_links, picture)
        })
        .collect();
    format!("<ul class=\"cards\">\n{cards}</ul>")
}

/// The heading above the cards.
pub fn heading(facts: &Facts) -> &'static str {
    match (facts.upcoming.nodes.is_empty(), facts.latest.nodes.is_empty()) {
        (false, false) if facts.upcoming.nodes.len() < CARDS => "Next and latest events",
        (false, _) => "Next events",
        (true, false) => "Latest events",
        (true, true) => "Events",
    }
}

/// An event of which only the day is known is ongoing all day.
fn ongoing(event: &Event) -> &'static str {
    if event.date_precision == "TIME" { "On now" } else { "Today" }
}

fn card(event: &Event, label: &str, has_links: bool, picture: &dyn Fn(&str) -> Option<String>) -> String {
    let label = if label.is_empty() { String::new() } else { format!("<span class=\"label\">{label}</span> ") };
    let class = if event.takes_place() { "card" } else { "card off" };
    let name = format!("<bdi>{}</bdi>", text(&event.name));
    let name = if has_links { format!("<a href=\"{}\">{name}</a>", playground(&query(event))) } else { name };
    let lines: String = [place(event), talks(event, picture)].into_iter().flatten().collect();
    format!(
        "<li class=\"{class}\">{leaf} <div><p class=\"when\">{label}{status}{when}</p>\n<h3>{name}</h3>{lines}</div></li>\n",
        leaf = leaf(event),
        status = status(event),
        when = when(event),
    )
}

fn status(event: &Event) -> String {
    let (class, words) = match event.status.as_str() {
        "CANCELLED" => ("bad", "Cancelled"),
        "POSTPONED" => ("bad", "Postponed"),
        "TENTATIVE" => ("mild", "Not certain yet"),
        "RESCHEDULED" => ("mild", "New date"),
        "MOVED_ONLINE" => ("mild", "Moved online"),
        _ => return String::new(),
    };
    format!("<span class=\"label {class}\">{words}</span> ")
}

/// The date as a leaf of a calendar, for the eye alone: the words are beside it.
fn leaf(event: &Event) -> String {
    let starts_on = event.starts_on.as_deref().unwrap_or_default();
    let (above, large) = match (month(starts_on), day(starts_on)) {
        (Some(month), Some(date)) => (short(month), date.day().to_string()),
        (Some(month), None) => (short(month), "…".to_owned()),
        (None, _) => ("", starts_on.get(..4).unwrap_or("?").to_owned()),
    };
    let size = if large.len() > 3 { " class=\"year\"" } else { "" };
    format!("<div class=\"leaf\" aria-hidden=\"true\"><span>{above}</span> <b{size}>{}</b></div>", escape(&large))
}

/// The date in words, as exact as it is known, with the time in the event's zone.
fn when(event: &Event) -> String {
    let Some(starts_on) = event.starts_on.as_deref() else { return "No date".to_owned() };
    let year = escape(starts_on.get(..4).unwrap_or(starts_on));
    let words = match (month(starts_on), day(starts_on)) {
        (Some(month), Some(date)) => {
            format!("{} {} {} {year}", weekday(date), date.day(), short(month))
        }
        (Some(month), None) => format!("{month} {year}"),
        (None, _) => year,
    };
    let time = time(event).map(|time| format!(", {time} <span class=\"zone\">{}</span>", text(&event.time_zone)));
    format!("<time datetime=\"{}\">{words}</time>{}", escape(starts_on), time.unwrap_or_default())
}

/// The time of day at which it begins, if that is known.
fn time(event: &Event) -> Option<String> {
    let starts_at: Timestamp = event.starts_at.as_ref().filter(|_| event.date_precision == "TIME")?.parse().ok()?;
    Some(starts_at.in_tz(&event.time_zone).ok()?.strftime("%H:%M").to_string())
}

fn day(starts_on: &str) -> Option<Date> {
    starts_on.parse().ok()
}

fn month(starts_on: &str) -> Option<&'static str> {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let number: usize = starts_on.get(5..7)?.parse().ok()?;
    NAMES.get(number.checked_sub(1)?).copied()
}

fn short(month: &str) -> &str {
    month.get(..3).unwrap_or(month)
}

fn weekday(date: Date) -> &'static str {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    usize::try_from(date.weekday().to_monday_zero_offset())
        .ok()
        .and_then(|day| NAMES.get(day))
        .copied()
        .unwrap_or_default()
}

/// Who hosts it, and where.
fn place(event: &Event) -> Option<String> {
    let hosts: Vec<_> = event.hosts.iter().map(|host| format!("<bdi>{}</bdi>", text(&host.group.name))).collect();
    let venue = event.venue.as_ref().map(|venue| {
        let city = venue.city.as_deref().filter(|city| !venue.name.contains(*city));
        let city = city.map(|city| format!(", <bdi>{}</bdi>", text(city))).unwrap_or_default();
        format!("<bdi>{}</bdi>{city}", text(&venue.name))
    });
    let place = match (venue, event.attendance_mode.as_str()) {
        (_, "ONLINE") => Some("online".to_owned()),
        (Some(venue), "MIXED") => Some(format!("{venue}, and online")),
        (None, "MIXED") => Some("in a room and online".to_owned()),
        (venue, _) => venue,
    };
    let parts: Vec<_> = (!hosts.is_empty()).then(|| hosts.join(" and ")).into_iter().chain(place).collect();
    (!parts.is_empty()).then(|| format!("\n<p class=\"where\">{}</p>", parts.join(" · ")))
}

/// How many talks, and who speaks.
fn talks(event: &Event, picture: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let count = match event.talks.total_count {
        0 => return None,
        1 => "1 talk".to_owned(),
        count => format!("{count} talks"),
    };
    let mut people: Vec<_> =
        event.talks.nodes.iter().flat_map(|talk| &talk.speakers).map(|speaker| &speaker.person).collect();
    let mut known = std::collections::HashSet::new();
    people.retain(|person| known.insert(&person.name));
    people.truncate(3);
    let faces: Vec<_> = people
        .iter()
        .filter_map(|person| picture(&person.avatar.as_ref()?.url))
        .map(|path| format!("<img src=\"{}\" alt=\"\" width=\"32\" height=\"32\">", escape(&path)))
        .collect();
    let faces = faces.concat();
    let faces = if faces.is_empty() { faces } else { format!("<span class=\"faces\">{faces}</span>") };
    let names: Vec<_> = people.iter().map(|person| format!("<bdi>{}</bdi>", text(&person.name))).collect();
    let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    Some(format!("\n<p class=\"who\">{faces}<span>{count}{names}</span></p>"))
}

/// What the playground asks of an event.
fn query(event: &Event) -> String {
    let slug = serde_json::to_string(&event.slug).unwrap_or_default();
    format!(
        "{{\n  event(slug: {slug}) {{\n    name\n    startsOn\n    status\n    venue {{ name city }}\n    \
         hosts {{ group {{ name }} }}\n    talks(first: 10) {{\n      nodes {{ title speakers {{ person {{ name }} }} }}\n    \
         }}\n  }}\n}}\n"
    )
}
