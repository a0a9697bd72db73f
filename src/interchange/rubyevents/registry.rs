//! What files share: the people behind names, and one record for each sponsor or venue, even if several events name it.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use entity::node_type::NodeType;

use super::{
    BATCH,
    files::{self, Source, Speaker, items, parse},
    incomplete, words,
};
use crate::{
    domain::text::fold,
    error::Result,
    interchange::{
        record::{Batch, Link, Organization, Person, Room, Topic, Venue},
        report::Report,
        session::Session,
        store::NAMED,
    },
};

/// Names and places of a whole directory.
#[derive(Default)]
pub(super) struct Registry {
    /// Keys of people by every spelling that the register lists.
    spellings: HashMap<String, String>,
    /// The same by folded spelling. `None` if two people have the same folded spelling.
    folded: HashMap<String, Option<String>>,
    /// People whom the register does not list: the first spelling of each, by key.
    strangers: HashMap<String, String>,
    /// The ids of talks, to find an id that is used twice.
    talks: HashSet<String>,
}

impl Registry {
    /// Reads the register of people. A broken item costs only itself.
    pub async fn read_people(&mut self, source: &Source, session: &mut Session) -> Result<()> {
        let file = "speakers.yml";
        let Some(text) = source.text(file, session.report()).ok().flatten() else { return Ok(()) };
        let (mut seen, mut found) = (HashSet::new(), items(&text));
        if found.is_empty() {
            // It is empty, or a list in another form of YAML.
            found.push((0, &text));
        }
        for chunk in found.chunks(BATCH) {
            let mut batch = Batch::default();
            for (lines_before, item) in chunk {
                match parse::<Option<Vec<Speaker>>>(item) {
                    Ok(speakers) => {
                        for speaker in speakers.into_iter().flatten() {
                            let person = person(speaker);
                            if !seen.insert(person.key.clone()) {
                                let reason = format!("the slug “{}” is used before", person.key);
                                session.report().skip(file, Some(lines_before + 1), reason);
                                continue;
                            }
                            self.register(&person, session.report());
                            batch.people.push(person);
                        }
                    }
                    Err(problem) => {
                        let line = problem.line.unwrap_or(1) + lines_before;
                        session.report().skip(file, Some(line), problem.reason);
                    }
                }
            }
            session.write(file, batch).await?;
        }
        Ok(())
    }

    fn register(&mut self, person: &Person, report: &mut Report) {
        for name in std::iter::once(&person.name).chain(&person.aliases) {
            match self.spellings.entry(name.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(person.key.clone());
                }
                Entry::Occupied(entry) if *entry.get() != person.key => {
                    let text = format!("“{name}” is both {} and {}; the first is meant by it", entry.get(), person.key);
                    report.note("speakers.yml", text);
                }
                Entry::Occupied(_) => {}
            }
            match self.folded.entry(fold(name)) {
                Entry::Vacant(entry) => {
                    entry.insert(Some(person.key.clone()));
                }
                Entry::Occupied(mut entry) if entry.get().as_ref() != Some(&person.key) => {
                    entry.insert(None);
                }
                Entry::Occupied(_) => {}
            }
        }
    }

    /// The person behind a name. `None` for a placeholder. A person whom the register does not list is added to the
    /// batch.
    pub fn person(&mut self, name: &str, batch: &mut Batch) -> Option<String> {
        let name = name.trim();
        if words::is_nobody(name) {
            return None;
        }
        let folded = fold(name);
        if let Some(key) = self.spellings.get(name).or_else(|| self.folded.get(&folded)?.as_ref()) {
            return Some(key.clone());
        }
        let key = format!("{NAMED}{}", if folded.is_empty() { name } else { &folded });
        let name = self.strangers.entry(key.clone()).or_insert_with(|| name.to_owned());
        if !batch.people.iter().any(|person| person.key == key) {
            batch.people.push(Person { key: key.clone(), name: name.clone(), ..Person::default() });
        }
        Some(key)
    }

    /// Is this the first talk of this id?
    pub fn is_new_talk(&mut self, id: &str) -> bool {
        self.talks.insert(id.to_owned())
    }

    /// Reads all sponsors and venues. If several files describe one of them, the first file in order of path counts,
    /// and the others fill its gaps. If one of the files is broken, what is known already stays as it is, because the
    /// broken file might have added something.
    pub async fn read_places(&mut self, source: &Source, session: &mut Session) -> Result<()> {
        let (mut organizations, mut venues) = (BTreeMap::new(), BTreeMap::new());
        let (mut all_sponsors, mut all_venues) = (true, true);
        for series in &source.series {
            for event in source.events(series, &mut Report::default()) {
                let (sponsors, venue) =
                    (format!("{series}/{event}/sponsors.yml"), format!("{series}/{event}/venue.yml"));
                let sponsors = source.read::<Vec<files::Sponsors>>(&sponsors, session.report());
                all_sponsors &= sponsors.is_ok();
                for sponsor in sponsors.ok().flatten().iter().flatten().flat_map(sponsors_of) {
                    add_organization(&mut organizations, sponsor);
                }
                let venue = source.read::<files::Venue>(&venue, session.report());
                all_venues &= venue.is_ok();
                if let Ok(Some(venue)) = venue {
                    add_venue(&mut venues, &venue);
                }
            }
        }
        let mut organizations = organizations.into_values().peekable();
        while organizations.peek().is_some() {
            let organizations: Vec<Organization> = organizations.by_ref().take(BATCH).collect();
            let keys = organizations.iter().filter(|_| !all_sponsors);
            let incomplete = keys.map(|one| incomplete(NodeType::Organization, &one.key)).collect();
            session.write("*/*/sponsors.yml", Batch { organizations, incomplete, ..Batch::default() }).await?;
        }
        let venues: Vec<Venue> = venues.into_values().collect();
        let keys = venues.iter().filter(|_| !all_venues);
        let incomplete = keys.map(|one| incomplete(NodeType::Venue, &one.key)).collect();
        session.write("*/*/venue.yml", Batch { venues, incomplete, ..Batch::default() }).await
    }
}

/// A person of the register.
fn person(speaker: Speaker) -> Person {
    let name = speaker.name.trim().to_owned();
    let slug = speaker.slug.filter(|slug| !slug.trim().is_empty());
    let links = [
        ("website", speaker.website, ""),
        ("github", speaker.github, "https://github.com/"),
        ("twitter", speaker.twitter, "https://twitter.com/"),
        ("mastodon", speaker.mastodon, ""),
        ("bluesky", speaker.bluesky, "https://bsky.app/profile/"),
        ("linkedin", speaker.linkedin, "https://www.linkedin.com/in/"),
        ("speakerdeck", speaker.speakerdeck, "https://speakerdeck.com/"),
    ];
    let links = links.into_iter().filter_map(|(kind, value, base)| link(kind, &value?, base));
    Person {
        key: slug.unwrap_or_else(|| format!("{NAMED}{}", fold(&name))),
        aliases: speaker.aliases.unwrap_or_default().into_iter().map(|alias| alias.name.trim().to_owned()).collect(),
        links: links.collect(),
        name,
        ..Person::default()
    }
}

/// A link from an address, or from an account name and the address before it.
fn link(kind: &str, value: &str, base: &str) -> Option<Link> {
    let account = value.trim().trim_matches(|c: char| !c.is_ascii_graphic()).trim_start_matches('@');
    if account.is_empty() {
        return None;
    }
    let is_address = account.starts_with("http://") || account.starts_with("https://");
    let url = if is_address { account.to_owned() } else { format!("{base}{account}") };
    Some(Link { kind: kind.to_owned(), url })
}

/// A topic by its name.
pub(super) fn topic(name: &str) -> Option<Topic> {
    let name = name.trim();
    // The name is not folded, because C and C# are two topics.
    (!name.is_empty()).then(|| Topic { key: name.to_lowercase(), name: name.to_owned(), ..Topic::default() })
}

/// The sponsors of a file that have a name.
fn sponsors_of(file: &files::Sponsors) -> impl Iterator<Item = &files::Sponsor> {
    file.tiers.iter().flat_map(|tier| tier.sponsors.iter().flatten()).filter(|sponsor| !sponsor.name.trim().is_empty())
}

/// The key of a sponsor.
pub(super) fn organization_key(sponsor: &files::Sponsor) -> String {
    let slug = sponsor.slug.as_deref().map(str::trim).filter(|slug| !slug.is_empty());
    slug.map_or_else(|| format!("{NAMED}{}", fold(&sponsor.name)), str::to_owned)
}

fn add_organization(organizations: &mut BTreeMap<String, Organization>, sponsor: &files::Sponsor) {
    let known = organizations.entry(organization_key(sponsor)).or_insert_with_key(|key| Organization {
        key: key.clone(),
        name: sponsor.name.trim().to_owned(),
        ..Organization::default()
    });
    fill(&mut known.website, sponsor.website.as_deref());
    // A path that starts with a slash belongs to the source's own pages.
    if let Some(logo) = sponsor.logo_url.as_deref().filter(|url| url.starts_with("http")) {
        fill(&mut known.logo.get_or_insert_default().url, Some(logo));
    }
}

/// The key of a venue.
pub(super) fn venue_key(venue: &files::Venue) -> String {
    format!("{}, {}", fold(&venue.name), fold(venue.address.city.as_deref().unwrap_or_default()))
}

fn add_venue(venues: &mut BTreeMap<String, Venue>, venue: &files::Venue) {
    let known = venues.entry(venue_key(venue)).or_insert_with_key(|key| Venue {
        key: key.clone(),
        name: venue.name.trim().to_owned(),
        ..Venue::default()
    });
    let files::Address { street, city, region, postal_code, country_code } = &venue.address;
    let lines =
        [street, postal_code, region].into_iter().flatten().map(|line| line.trim()).filter(|line| !line.is_empty());
    fill(&mut known.address, Some(&lines.collect::<Vec<_>>().join(", ")));
    fill(&mut known.city, city.as_deref());
    fill(
        &mut known.country,
        country_code.as_deref().map(|code| words::country(code).unwrap_or(code.to_owned())).as_deref(),
    );
    fill(&mut known.accessibility, venue.accessibility.as_ref().map(accessibility).as_deref());
    if known.latitude.is_none()
        && let Some(coordinates) = &venue.coordinates
    {
        (known.latitude, known.longitude) = (coordinates.latitude, coordinates.longitude);
    }
    if known.rooms.is_empty() {
        let rooms = venue.rooms.iter().flatten();
        known.rooms = rooms.map(|room| Room { name: room.name.clone(), capacity: room.capacity }).collect();
    }
}

fn accessibility(facts: &files::Accessibility) -> String {
    let said = [
        (facts.wheelchair, "Wheelchair accessible.", "Not wheelchair accessible."),
        (facts.elevators, "Elevators.", "No elevators."),
        (facts.accessible_restrooms, "Accessible restrooms.", "No accessible restrooms."),
    ];
    let said = said.into_iter().filter_map(|(fact, yes, no)| Some(if fact? { yes } else { no }));
    let notes = facts.notes.as_deref().map(str::trim).filter(|notes| !notes.is_empty());
    said.chain(notes).collect::<Vec<_>>().join(" ")
}

fn fill(slot: &mut Option<String>, value: Option<&str>) {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    if slot.is_none() {
        *slot = value.map(str::to_owned);
    }
}
