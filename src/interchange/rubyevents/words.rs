//! The words of the source, and their meaning here.

use entity::{
    event::{EventKind, EventStatus},
    membership::MembershipRole,
    resource::ResourceKind,
    sponsorship_role::SponsorshipRole,
    talk::TalkFormat,
};

use crate::domain::text::fold;

/// Placeholders in the place of names, folded.
const NOBODY: &[&str] = &[
    "n a",
    "none",
    "speaker",
    "speakers",
    "tba",
    "tbc",
    "tbd",
    "to be announced",
    "to be confirmed",
    "todo",
    "unknown",
    "unknown speaker",
    "various",
    "various authors",
    "various speakers",
];

/// Is this a placeholder and not a name?
pub(super) fn is_nobody(name: &str) -> bool {
    let folded = fold(name);
    name.trim().is_empty() || NOBODY.contains(&folded.as_str())
}

/// Placeholders in the place of titles, folded (the last one is Japanese: “in preparation”).
const UNTITLED: &[&str] = &["tba", "tbc", "tbd", "to be announced", "to be confirmed", "todo", "準備中"];

/// Is this a placeholder and not a title?
pub(super) fn is_untitled(title: &str) -> bool {
    title.trim().is_empty() || UNTITLED.contains(&fold(title).as_str())
}

/// What kind of gathering.
pub(super) fn event_kind(word: Option<&str>) -> EventKind {
    match word {
        Some("conference") => EventKind::Conference,
        Some("workshop" | "hackathon") => EventKind::Workshop,
        Some("retreat") => EventKind::Social,
        _ => EventKind::Meetup,
    }
}

/// Whether an event takes place.
pub(super) fn event_status(word: Option<&str>) -> EventStatus {
    match word {
        Some("cancelled" | "canceled") => EventStatus::Cancelled,
        Some("postponed") => EventStatus::Postponed,
        _ => EventStatus::Scheduled,
    }
}

/// Does this location say that there is none?
pub(super) fn is_online(location: &str) -> bool {
    matches!(location.trim().to_lowercase().as_str(), "online" | "remote" | "virtual")
}

/// What kind of talk. All other words (`intro`, `gameshow`, `q_and_a`…) mean a talk.
pub(super) fn talk_format(word: Option<&str>) -> TalkFormat {
    match word {
        Some("keynote") => TalkFormat::Keynote,
        Some("lightning_talk") => TalkFormat::Lightning,
        Some("panel") => TalkFormat::Panel,
        Some("workshop") => TalkFormat::Workshop,
        Some("demo") => TalkFormat::Demo,
        _ => TalkFormat::Talk,
    }
}

/// What kind of link.
pub(super) fn resource_kind(word: Option<&str>) -> ResourceKind {
    match word {
        Some("repo" | "code" | "gem" | "library") => ResourceKind::Code,
        Some("presentation" | "slides") => ResourceKind::Slides,
        Some("podcast") => ResourceKind::Podcast,
        Some("video") => ResourceKind::Video,
        Some("photos") => ResourceKind::PhotoAlbum,
        _ => ResourceKind::Article,
    }
}

/// The role that a description means. The source has some hundred descriptions: of organizers and chairs, of hosts on
/// stage, and of attendees by scholarship. All others are volunteers.
pub(super) fn membership_role(words: &str) -> MembershipRole {
    let folded = fold(words);
    let has = |word: &str| folded.split(' ').any(|known| known == word);
    if folded.starts_with("co ") || has("co") {
        MembershipRole::CoOrganizer
    } else if has("organizer") || has("organiser") || has("organizers") || has("organizing") || has("chair") {
        MembershipRole::Organizer
    } else if has("mc") || has("emcee") || has("host") || has("moderator") {
        MembershipRole::Host
    } else if has("scholar") {
        MembershipRole::Member
    } else {
        MembershipRole::Volunteer
    }
}

/// What a sponsor gave, by the name of the tier or badge. Most names say only how much.
pub(super) fn sponsorship_roles(words: &str) -> Vec<SponsorshipRole> {
    let folded = fold(words);
    let has = |words: &[&str]| folded.split(' ').any(|word| words.contains(&word));
    let known = [
        (SponsorshipRole::Venue, has(&["venue", "host"])),
        (SponsorshipRole::Food, has(&["food", "lunch", "breakfast", "dinner", "bento", "snack", "catering"])),
        (SponsorshipRole::Drinks, has(&["drink", "drinks", "drinkup", "coffee", "beer", "hydration"])),
        (SponsorshipRole::Prizes, has(&["prize", "prizes"])),
        (SponsorshipRole::Recording, has(&["video", "recording", "streaming"])),
    ];
    known.into_iter().filter(|(_, given)| *given).map(|(role, _)| role).collect()
}

/// The BCP 47 tag of a language by its English name. A tag stays as it is.
pub(super) fn language(name: &str) -> Option<String> {
    let tag = match name.trim().to_lowercase().as_str() {
        "bulgarian" => "bg",
        "chinese" | "mandarin" => "zh",
        "czech" => "cs",
        "danish" => "da",
        "dutch" => "nl",
        "english" => "en",
        "finnish" => "fi",
        "french" => "fr",
        "german" => "de",
        "greek" => "el",
        "hebrew" => "he",
        "hungarian" => "hu",
        "italian" => "it",
        "japanese" => "ja",
        "korean" => "ko",
        "norwegian" => "no",
        "polish" => "pl",
        "portuguese" => "pt",
        "romanian" => "ro",
        "russian" => "ru",
        "spanish" => "es",
        "swedish" => "sv",
        "thai" => "th",
        "turkish" => "tr",
        "ukrainian" => "uk",
        other => {
            let mut parts = other.split('-');
            let is_tag = parts.next().is_some_and(|first| (2..=3).contains(&first.len()))
                && other.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            return is_tag.then(|| name.trim().to_owned());
        }
    };
    Some(tag.to_owned())
}

/// The code of a country by its code or name. The source has a few codes of its own.
pub(super) fn country(word: &str) -> Option<String> {
    let word = word.trim();
    let upper = word.to_uppercase();
    let code = match upper.as_str() {
        "UK" | "ENGLAND" | "SCOTLAND" | "WALES" | "UNITED KINGDOM" => "GB",
        "USA" | "UNITED STATES" | "UNITED STATES OF AMERICA" => "US",
        "ARG" | "ARGENTINA" => "AR",
        "JA" | "JAPAN" => "JP",
        "AUSTRALIA" => "AU",
        "AUSTRIA" => "AT",
        "BELARUS" => "BY",
        "BELGIUM" => "BE",
        "BOSNIA AND HERZEGOVINA" => "BA",
        "BRAZIL" => "BR",
        "BULGARIA" => "BG",
        "CANADA" => "CA",
        "CHINA" => "CN",
        "COLOMBIA" => "CO",
        "CZECH REPUBLIC" | "CZECHIA" => "CZ",
        "DENMARK" => "DK",
        "FINLAND" => "FI",
        "FRANCE" => "FR",
        "GERMANY" => "DE",
        "GREECE" => "GR",
        "HUNGARY" => "HU",
        "INDIA" => "IN",
        "INDONESIA" => "ID",
        "IRELAND" => "IE",
        "ISRAEL" => "IL",
        "ITALY" => "IT",
        "KENYA" => "KE",
        "LATVIA" => "LV",
        "LITHUANIA" => "LT",
        "MALAYSIA" => "MY",
        "MEXICO" => "MX",
        "MOLDOVA" => "MD",
        "NEPAL" => "NP",
        "NETHERLANDS" | "THE NETHERLANDS" => "NL",
        "NEW ZEALAND" => "NZ",
        "PHILIPPINES" => "PH",
        "POLAND" => "PL",
        "PORTUGAL" => "PT",
        "ROMANIA" => "RO",
        "RUSSIA" => "RU",
        "SINGAPORE" => "SG",
        "SOUTH AFRICA" => "ZA",
        "SOUTH KOREA" => "KR",
        "SPAIN" => "ES",
        "SWEDEN" => "SE",
        "SWITZERLAND" => "CH",
        "TAIWAN" => "TW",
        "THAILAND" => "TH",
        "TURKEY" | "TÜRKIYE" => "TR",
        "UKRAINE" => "UA",
        "URUGUAY" => "UY",
        _ if word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) => return Some(upper),
        _ => return None,
    };
    Some(code.to_owned())
}

/// Seconds of a cue like `1:02:03` or `04:30`.
pub(super) fn seconds(cue: &str) -> Option<u32> {
    cue.trim().split(':').try_fold(0_u32, |seconds, part| seconds.checked_mul(60)?.checked_add(part.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood() {
        assert!(is_nobody("ToDo") && is_nobody("Various speakers") && is_nobody(" ") && !is_nobody("Tod O"));
        assert!(is_untitled("TBC") && !is_untitled("The TBC project"));
        assert_eq!(membership_role("Señor Organizer"), MembershipRole::Organizer);
        assert_eq!(membership_role("Co-Chair"), MembershipRole::CoOrganizer);
        assert_eq!(membership_role("Lightning Talk Emcee"), MembershipRole::Host);
        assert_eq!(membership_role("NOC"), MembershipRole::Volunteer);
        assert_eq!(language("Japanese").as_deref(), Some("ja"));
        assert_eq!(language("pt-BR").as_deref(), Some("pt-BR"));
        assert_eq!(language("Klingon, mostly"), None);
        assert_eq!(country("UK").as_deref(), Some("GB"));
        assert_eq!(country("nl").as_deref(), Some("NL"));
        assert_eq!(country("Atlantis"), None);
        assert_eq!(seconds("1:02:03"), Some(3723));
        assert_eq!(seconds("soon"), None);
    }
}
