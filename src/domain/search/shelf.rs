//! Where documents stand, so that a search reads no more of them than a page needs.
//!
//! All documents stand on a few shelves, one after another in the order of the hits, and every token of a document is
//! indexed together with its shelf. A search looks for the best matches on the first shelf, then on the second, and so on;
//! then for the second best. Each of these is a [`Step`], and the first that fill the page end it: what a common word
//! finds beyond them is never read.

use std::cmp::Reverse;

use uuid::Uuid;

use super::query::Query;

/// The first weight and title on each shelf. No shelf holds two weights, so that titles alone sort it; events and talks are
/// most of what there is.
const SHELVES: [(i32, &str); 13] = [
    (4, ""),
    (3, ""),
    (3, "j"),
    (2, ""),
    (2, "b"),
    (2, "d"),
    (2, "g"),
    (2, "k"),
    (2, "n"),
    (2, "s"),
    (2, "t"),
    (1, ""),
    (0, ""),
];
/// How much of a whole name is a token, in characters: PostgreSQL takes no more than 2,046 bytes.
const NAME: usize = 400;
/// How far apart the tiers are: more than any weight.
pub(super) const TIER: i32 = 10;

/// A place in the order of the hits: what a cursor holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// How well the node matches and how much it counts; lower comes first.
    pub rank: i32,
    /// The beginning of its folded title.
    pub title: String,
    /// Its key.
    pub node_id: Uuid,
}

/// How well the words of a document match; the best comes first.
#[derive(Clone, Copy)]
enum Tier {
    /// A name is the query.
    Equals,
    /// A name begins with it.
    Begins,
    /// The names have all words.
    InNames,
    /// Names and text have them.
    Anywhere,
    /// Words of the names begin with them. What begins so is found last: PostgreSQL reads all of it before it joins two words.
    BegunInNames,
    /// Words of names and text begin with them.
    BegunAnywhere,
}

impl Tier {
    const ALL: [Self; 6] =
        [Self::Equals, Self::Begins, Self::InNames, Self::Anywhere, Self::BegunInNames, Self::BegunAnywhere];

    /// Whether it is about names as a whole.
    fn is_by_name(self) -> bool {
        matches!(self, Self::Equals | Self::Begins)
    }

    /// Where its hits are looked for. Most that have a name that begins alike have a title that does, and would stand on one
    /// shelf or two; so whole names are all on the first shelf of their weight. The order stays: these shelves are neighbours.
    fn shelves(self) -> impl Iterator<Item = Shelf> {
        (0..SHELVES.len()).map(Shelf).filter(move |shelf| !self.is_by_name() || *shelf == shelf.first_of_weight())
    }
}

/// The tier of what has the query only inside a name: no step finds it.
pub(super) const INSIDE: i32 = Tier::BegunAnywhere as i32 + 1;

/// What a token is.
#[derive(Clone, Copy)]
enum Kind {
    /// A name as a whole.
    Name,
    /// A word of a name.
    NameWord,
    /// A word of a name or a text.
    Word,
}

/// A part of the order: all documents on it are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shelf(usize);

impl Shelf {
    /// Where a document stands.
    pub fn of(weight: i32, title: &str) -> Self {
        let before = SHELVES.partition_point(|(first, from)| (Reverse(*first), *from) <= (Reverse(weight), title));
        Self(before.saturating_sub(1))
    }

    fn weight(self) -> i32 {
        SHELVES[self.0].0
    }

    fn first_of_weight(self) -> Self {
        Self::of(self.weight(), "")
    }

    /// A folded name as a token of a document that stands here. No token has a space.
    pub fn name(self, name: &str) -> String {
        self.first_of_weight().token(Kind::Name, &cut(name).replace(' ', "_"))
    }

    /// A word of a name as a token of a document that stands here.
    pub fn name_word(self, word: &str) -> String {
        self.token(Kind::NameWord, word)
    }

    /// A word of a name or a text as a token of a document that stands here.
    pub fn word(self, word: &str) -> String {
        self.token(Kind::Word, word)
    }

    fn token(self, kind: Kind, text: &str) -> String {
        let kind = match kind {
            Kind::Name => 'n',
            Kind::NameWord => 'w',
            Kind::Word => 't',
        };
        format!("{}{kind}{text}", char::from(b'a' + u8::try_from(self.0).unwrap_or(0)))
    }
}

/// As much of a name as is a token.
fn cut(name: &str) -> String {
    name.chars().take(NAME).collect()
}

/// A token that a document must have, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub token: String,
    pub is_prefix: bool,
}

/// What a part of a search looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// All that a document must have.
    pub all: Vec<Term>,
    /// What an earlier step found: it has all of one of these. What was found by its name as a whole, later steps see in the
    /// row ([`Step::by_name`]).
    pub but: Vec<Vec<Term>>,
}

impl Step {
    fn new(query: &Query, tier: Tier, shelf: Shelf) -> Self {
        let name = |is_prefix| vec![Term { token: shelf.name(&query.folded), is_prefix }];
        let words = |spell: fn(Shelf, &str) -> String, is_prefix| -> Vec<Term> {
            query.terms.iter().map(|term| Term { token: spell(shelf, term), is_prefix }).collect()
        };
        let (names, anywhere) =
            (|is_prefix| words(Shelf::name_word, is_prefix), |is_prefix| words(Shelf::word, is_prefix));
        match tier {
            Tier::Equals => Self { all: name(false), but: vec![] },
            Tier::Begins => Self { all: name(true), but: vec![name(false)] },
            Tier::InNames => Self { all: names(false), but: vec![] },
            Tier::Anywhere => Self { all: anywhere(false), but: vec![names(false)] },
            Tier::BegunInNames => Self { all: names(true), but: vec![anywhere(false)] },
            Tier::BegunAnywhere => Self { all: anywhere(true), but: vec![anywhere(false), names(true)] },
        }
    }

    /// Where the steps look, in the order of the hits.
    fn places() -> impl Iterator<Item = (Tier, Shelf)> {
        Tier::ALL.into_iter().flat_map(|tier| tier.shelves().map(move |shelf| (tier, shelf)))
    }

    /// The steps of a search, in the order of the hits.
    pub fn ranked(query: &Query) -> Vec<Self> {
        Self::places().map(|(tier, shelf)| Self::new(query, tier, shelf)).collect()
    }

    /// The steps to all that has the words, in no order that matters.
    pub fn unranked(query: &Query) -> Vec<Self> {
        let steps = Tier::BegunAnywhere.shelves().map(|shelf| Self::new(query, Tier::BegunAnywhere, shelf));
        steps.map(|step| Self { but: vec![], ..step }).collect()
    }

    /// How many steps are about names as a whole. What they find, later ones must not find again; that is seen in its names,
    /// which hold this text. To look for it on each shelf would cost more.
    pub fn by_name(query: &Query) -> (usize, String) {
        let steps = Self::places().filter(|(tier, _)| tier.is_by_name()).count();
        (steps, format!("\n{}", cut(&query.folded)))
    }

    /// The rank of what each of the steps finds.
    pub fn ranks() -> Vec<i32> {
        Self::places().map(|(tier, shelf)| tier as i32 * TIER - shelf.weight()).collect()
    }

    /// The number of the step that finds a hit: one that does not exist if none finds it. A cursor that was made up has a
    /// number, too.
    pub fn of(position: &Position) -> usize {
        let tier = position.rank.saturating_add(TIER - 1).div_euclid(TIER).clamp(0, INSIDE);
        let shelf = Shelf::of((tier * TIER).saturating_sub(position.rank), &position.title);
        let begun = Self::places().filter(|(of, at)| (*of as i32, at.0) <= (tier, shelf.0)).count();
        if tier == INSIDE { begun } else { begun.saturating_sub(1) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shelf_holds_one_weight_and_the_table_all_steps() {
        for (at, (weight, from)) in SHELVES.iter().enumerate() {
            assert_eq!(Shelf::of(*weight, from), Shelf(at));
            assert_eq!(Shelf::of(*weight, "").0, SHELVES.iter().position(|(first, _)| first == weight).unwrap());
        }
        assert!(Step::places().count() <= 256);
    }

    #[test]
    fn a_hit_is_found_by_its_own_step() {
        for (number, ((_, shelf), rank)) in Step::places().zip(Step::ranks()).enumerate() {
            let title = SHELVES[shelf.0].1.to_owned();
            assert_eq!(Step::of(&Position { rank, title, node_id: Uuid::nil() }), number);
        }
        assert_eq!(
            Step::of(&Position { rank: INSIDE * TIER - 2, title: "k".into(), node_id: Uuid::nil() }),
            Step::ranks().len()
        );
    }

    #[test]
    fn no_whole_name_is_too_long_for_postgresql() {
        assert!(Shelf::of(2, "").name(&"𝕂".repeat(5000)).len() < 2046);
    }

    proptest! {
        #[test]
        fn steps_are_in_the_order_of_hits(titles: (String, String), ranks in (-9..50, -9..50)) {
            let at = |title: &str, rank| Position { rank, title: title.to_owned(), node_id: Uuid::nil() };
            let (left, right) = (at(&titles.0, ranks.0), at(&titles.1, ranks.1));
            if left <= right {
                prop_assert!(Step::of(&left) <= Step::of(&right));
            }
        }

        #[test]
        fn one_step_finds_what_has_the_words(
            names in prop::collection::vec("[ab]{1,3}", 1..4),
            texts in prop::collection::vec("[ab]{1,3}", 0..4),
            terms in prop::collection::btree_set("[ab]{1,3}", 1..4),
        ) {
            let shelf = Shelf::of(2, "k");
            let words = names.iter().chain(&texts).map(|word| shelf.word(word));
            let tokens: Vec<String> = names.iter().map(|word| shelf.name_word(word)).chain(words).collect();
            let has = |term: &Term| {
                tokens.iter().any(|token| if term.is_prefix { token.starts_with(&term.token) } else { *token == term.token })
            };
            let finds = |step: &Step| step.all.iter().all(has) && !step.but.iter().any(|but| but.iter().all(has));
            let terms: Vec<String> = terms.into_iter().collect();
            let query = Query { folded: terms.join(" "), terms };
            // Those by names as a whole are not about words.
            let ranked = Step::ranked(&query).split_off(Step::by_name(&query).0);
            let found = Step::unranked(&query).iter().any(finds);
            prop_assert_eq!(ranked.iter().filter(|step| finds(step)).count(), usize::from(found));
        }

        #[test]
        fn every_cursor_is_of_a_step(rank: i32, title: String) {
            let step = Step::of(&Position { rank, title, node_id: Uuid::nil() });
            prop_assert!(step <= Step::places().count());
        }
    }
}
