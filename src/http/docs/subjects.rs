//! The types of the schema by subject, for the reference and for the playground's panel of documentation.

use serde::Serialize;

/// Types that belong together.
#[derive(Debug, Serialize)]
pub struct Subject {
    /// Its heading.
    pub name: &'static str,
    /// The names of its types: the noun first, then what belongs to it, then its lists.
    pub types: &'static [&'static str],
}

/// All types of the schema but the built-in ones, each in one subject.
pub const SUBJECTS: &[Subject] = &[
    Subject { name: "Queries and subscriptions", types: &["Query", "Subscription"] },
    Subject {
        name: "Groups",
        types: &[
            "Group",
            "GroupStatus",
            "GroupYear",
            "Membership",
            "MembershipRole",
            "GroupConnection",
            "GroupEdge",
            "GroupFilter",
            "GroupOrder",
            "GroupOrderField",
        ],
    },
    Subject {
        name: "Events",
        types: &[
            "Event",
            "EventKind",
            "EventStatus",
            "EventPhase",
            "EventPublication",
            "EventDatePrecision",
            "AttendanceMode",
            "AttendanceSummary",
            "EventCapacity",
            "EventHost",
            "HostRole",
            "AgendaItem",
            "AgendaItemKind",
            "EventConnection",
            "EventEdge",
            "EventFilter",
            "EventOrder",
            "EventOrderField",
        ],
    },
    Subject {
        name: "Talks",
        types: &[
            "Talk",
            "TalkFormat",
            "TalkStatus",
            "TalkSpeaker",
            "SpeakerRole",
            "Resource",
            "ResourceKind",
            "TalkConnection",
            "TalkEdge",
            "TalkFilter",
            "TalkOrder",
            "TalkOrderField",
        ],
    },
    Subject {
        name: "People",
        types: &[
            "Person",
            "PersonLink",
            "Affiliation",
            "PersonConnection",
            "PersonEdge",
            "PersonFilter",
            "PersonOrder",
            "PersonOrderField",
        ],
    },
    Subject {
        name: "Venues",
        types: &["Venue", "Room", "VenueConnection", "VenueEdge", "VenueFilter", "VenueOrder", "VenueOrderField"],
    },
    Subject {
        name: "Organizations",
        types: &[
            "Organization",
            "OrganizationConnection",
            "OrganizationEdge",
            "OrganizationFilter",
            "OrganizationOrder",
            "OrganizationOrderField",
        ],
    },
    Subject {
        name: "Sponsorships and money",
        types: &[
            "Sponsorship",
            "SponsorshipRole",
            "SponsorshipStatus",
            "Fundraiser",
            "Money",
            "SponsorshipConnection",
            "SponsorshipEdge",
            "SponsorshipFilter",
            "SponsorshipOrder",
            "SponsorshipOrderField",
        ],
    },
    Subject {
        name: "Topics",
        types: &["Topic", "TopicConnection", "TopicEdge", "TopicFilter", "TopicOrder", "TopicOrderField"],
    },
    Subject {
        name: "Search",
        types: &[
            "SearchResult",
            "SearchType",
            "SearchHighlight",
            "TextFragment",
            "SearchResultConnection",
            "SearchResultEdge",
        ],
    },
    Subject { name: "Changes", types: &["Change", "ChangeOperation", "ChangeType", "ChangePage"] },
    Subject { name: "Nodes and pages", types: &["Node", "PageInfo", "OrderDirection"] },
    Subject {
        name: "Sources and pictures",
        types: &["Provenance", "ProvenanceKind", "Confidence", "ExternalRef", "Image"],
    },
    Subject { name: "Limits", types: &["RateLimit"] },
    Subject {
        name: "Scalars",
        types: &["PartialDate", "Date", "DateTime", "Duration", "Markdown", "TextFormat", "URL", "BigInt"],
    },
];
