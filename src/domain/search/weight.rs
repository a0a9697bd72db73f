//! Weights: what counts more among equally good matches. This is the one place that has them. The order of the hits, the
//! documents and the rank buckets follow from it.

/// The weight of a node among equally good matches. Whoever types the name of a group means the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// A topic that is replaced by another one. The other one has its name, too, and comes first.
    Replaced,
    /// Organizations and venues.
    Minor,
    /// Events, talks and topics.
    Common,
    /// People.
    Person,
    /// Groups.
    Group,
}

impl Weight {
    /// All weights in the order of the hits.
    pub const ALL: [Self; 5] = [Self::Group, Self::Person, Self::Common, Self::Minor, Self::Replaced];

    /// How many parts all weights are cut into.
    pub const CUTS: usize = {
        let (mut cuts, mut at) = (0, 0);
        while at < Self::ALL.len() {
            cuts += Self::ALL[at].cuts().len();
            at += 1;
        }
        cuts
    };

    /// The number that documents have. Higher comes first.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The titles at which the nodes of this weight are cut into parts that are about equal. Each part begins with its
    /// title. `Common` has the most parts, because most documents are events and talks.
    pub const fn cuts(self) -> &'static [&'static str] {
        match self {
            Self::Person => &["", "j"],
            Self::Common => &["", "b", "d", "g", "k", "n", "s", "t"],
            Self::Group | Self::Minor | Self::Replaced => &[""],
        }
    }
}
