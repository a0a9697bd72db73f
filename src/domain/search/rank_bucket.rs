//! Rank buckets and match steps. With them a search reads only as many documents as a page needs.
//!
//! The order of the hits is cut into a few rank buckets. Each document is in one of them, and each of its tokens is
//! indexed together with the bucket. A search first looks for the best kind of match in the first bucket, then in the
//! second one, and so on. Then it looks for the second best kind of match in all buckets. Each look is a [`MatchStep`].
//! The search ends when the page is full. So it never reads what a common word finds in the later steps.

use std::cmp::Reverse;

use uuid::Uuid;

use super::{query::Query, weight::Weight};

/// The first weight and title of each rank bucket. All documents of a bucket have the same weight, so it is sorted by
/// title alone.
const RANK_BUCKETS: [(i32, &str); Weight::CUTS] = {
    let mut buckets = [(0, ""); Weight::CUTS];
    let (mut filled, mut at) = (0, 0);
    while at < Weight::ALL.len() {
        let (weight, mut cut) = (Weight::ALL[at], 0);
        while cut < weight.cuts().len() {
            buckets[filled] = (weight.number(), weight.cuts()[cut]);
            (filled, cut) = (filled + 1, cut + 1);
        }
        at += 1;
    }
    buckets
};
/// The longest part of a whole name that becomes a token, in characters. PostgreSQL takes at most 2,046 bytes.
const NAME: usize = 400;
/// The distance between the ranks of two tiers. It is greater than any weight.
pub(super) const TIER: i32 = 10;

const _: () = assert!(RANK_BUCKETS[0].0 < TIER && RANK_BUCKETS.len() <= 26, "a letter names each bucket");

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
    /// Words of the names begin with them. These tiers come last, because PostgreSQL reads all words with such a
    /// beginning before it joins two of them.
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

    /// The buckets in which its hits are looked for. Whole names are all indexed in the first bucket of their weight:
    /// hits whose names begin alike mostly have titles that begin alike, so they would be in one or two buckets anyway.
    /// This keeps the order of the hits, because all buckets of a weight are neighbours.
    fn buckets(self) -> impl Iterator<Item = RankBucket> {
        (0..RANK_BUCKETS.len())
            .map(RankBucket)
            .filter(move |bucket| !self.is_by_name() || *bucket == bucket.first_of_weight())
    }
}

/// The tier of documents that have the query only inside a name. No match step finds them.
pub(super) const INSIDE: i32 = Tier::BegunAnywhere as i32 + 1;

/// What a token is.
#[derive(Clone, Copy)]
enum TokenKind {
    /// A name as a whole.
    Name,
    /// A word of a name.
    NameWord,
    /// A word of a name or a text.
    Word,
}

/// A part of the order of all hits. The documents of a bucket are neighbours in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RankBucket(usize);

impl RankBucket {
    /// The bucket of a document.
    pub fn of(weight: i32, title: &str) -> Self {
        let before = RANK_BUCKETS.partition_point(|(first, from)| (Reverse(*first), *from) <= (Reverse(weight), title));
        Self(before.saturating_sub(1))
    }

    fn weight(self) -> i32 {
        RANK_BUCKETS[self.0].0
    }

    fn first_of_weight(self) -> Self {
        Self::of(self.weight(), "")
    }

    /// A folded name as a token of a document of this bucket. No token has a space.
    pub fn name(self, name: &str) -> String {
        self.first_of_weight().token(TokenKind::Name, &cut(name).replace(' ', "_"))
    }

    /// A word of a name as a token of a document of this bucket.
    pub fn name_word(self, word: &str) -> String {
        self.token(TokenKind::NameWord, word)
    }

    /// A word of a name or a text as a token of a document of this bucket.
    pub fn word(self, word: &str) -> String {
        self.token(TokenKind::Word, word)
    }

    fn token(self, kind: TokenKind, text: &str) -> String {
        let kind = match kind {
            TokenKind::Name => 'n',
            TokenKind::NameWord => 'w',
            TokenKind::Word => 't',
        };
        let mut token = String::with_capacity(text.len() + 2);
        token.extend([char::from(b'a' + u8::try_from(self.0).unwrap_or(0)), kind]);
        token.push_str(text);
        token
    }
}

/// The part of a name that becomes a token.
fn cut(name: &str) -> String {
    name.chars().take(NAME).collect()
}

/// A token that a document must have, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub token: String,
    pub is_prefix: bool,
}

/// One step of a search: a kind of match in one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MatchStep {
    /// The document must have all of these.
    pub all: Vec<Term>,
    /// The document must not have all terms of any of these lists, because an earlier step found it by them. Documents
    /// that were found by a whole name are left out in another way ([`MatchStep::by_name`]).
    pub but: Vec<Vec<Term>>,
}

impl MatchStep {
    fn new(query: &Query, tier: Tier, bucket: RankBucket) -> Self {
        let name = |is_prefix| vec![Term { token: bucket.name(&query.folded), is_prefix }];
        let words = |spell: fn(RankBucket, &str) -> String, is_prefix| -> Vec<Term> {
            query.terms.iter().map(|term| Term { token: spell(bucket, term), is_prefix }).collect()
        };
        let (names, anywhere) =
            (|is_prefix| words(RankBucket::name_word, is_prefix), |is_prefix| words(RankBucket::word, is_prefix));
        match tier {
            Tier::Equals => Self { all: name(false), but: vec![] },
            Tier::Begins => Self { all: name(true), but: vec![name(false)] },
            Tier::InNames => Self { all: names(false), but: vec![] },
            Tier::Anywhere => Self { all: anywhere(false), but: vec![names(false)] },
            Tier::BegunInNames => Self { all: names(true), but: vec![anywhere(false)] },
            Tier::BegunAnywhere => Self { all: anywhere(true), but: vec![anywhere(false), names(true)] },
        }
    }

    /// The tier and the bucket of each step, in the order of the hits.
    fn places() -> impl Iterator<Item = (Tier, RankBucket)> {
        Tier::ALL.into_iter().flat_map(|tier| tier.buckets().map(move |bucket| (tier, bucket)))
    }

    /// The steps of a search, in the order of the hits.
    pub fn ranked(query: &Query) -> Vec<Self> {
        Self::places().map(|(tier, bucket)| Self::new(query, tier, bucket)).collect()
    }

    /// The steps that find all documents with the words. Their order does not matter.
    pub fn unranked(query: &Query) -> Vec<Self> {
        let steps = Tier::BegunAnywhere.buckets().map(|bucket| Self::new(query, Tier::BegunAnywhere, bucket));
        steps.map(|step| Self { but: vec![], ..step }).collect()
    }

    /// How many steps are about whole names, and a text that the names of their hits hold. Later steps must not find
    /// these documents again, and leave out those that hold the text. To name them in each bucket would cost more.
    pub fn by_name(query: &Query) -> (usize, String) {
        let steps = Self::places().filter(|(tier, _)| tier.is_by_name()).count();
        (steps, format!("\n{}", cut(&query.folded)))
    }

    /// The rank of what each of the steps finds.
    pub fn ranks() -> Vec<i32> {
        Self::places().map(|(tier, bucket)| tier as i32 * TIER - bucket.weight()).collect()
    }

    /// The number of the step that finds a hit. If no step finds it, the number is one that does not exist. A cursor
    /// that a client made up has a number, too.
    pub fn of(position: &Position) -> usize {
        let tier = position.rank.saturating_add(TIER - 1).div_euclid(TIER).clamp(0, INSIDE);
        let bucket = RankBucket::of((tier * TIER).saturating_sub(position.rank), &position.title);
        let begun = Self::places().filter(|(of, at)| (*of as i32, at.0) <= (tier, bucket.0)).count();
        if tier == INSIDE { begun } else { begun.saturating_sub(1) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Documents have the letters of these buckets in their tokens. Whoever changes them raises the format.
    #[test]
    fn the_buckets_are_those_of_the_stored_documents() {
        let of = |weight| RANK_BUCKETS.iter().filter(move |(of, _)| *of == weight).map(|(_, from)| *from);
        let cuts: Vec<Vec<_>> = [4, 3, 2, 1, 0].map(|weight| of(weight).collect()).into();
        assert_eq!(cuts, [vec![""], vec!["", "j"], vec!["", "b", "d", "g", "k", "n", "s", "t"], vec![""], vec![""]]);
        assert!(RANK_BUCKETS.is_sorted_by_key(|(weight, from)| (Reverse(*weight), *from)));
        assert_eq!(RankBucket::of(Weight::Common.number(), "kubernetes").word("go"), "htgo");
    }

    #[test]
    fn a_bucket_holds_one_weight_and_the_table_all_steps() {
        for (at, (weight, from)) in RANK_BUCKETS.iter().enumerate() {
            assert_eq!(RankBucket::of(*weight, from), RankBucket(at));
            assert_eq!(
                RankBucket::of(*weight, "").0,
                RANK_BUCKETS.iter().position(|(first, _)| first == weight).unwrap()
            );
        }
        assert!(MatchStep::places().count() <= 256);
    }

    #[test]
    fn a_hit_is_found_by_its_own_step() {
        for (number, ((_, bucket), rank)) in MatchStep::places().zip(MatchStep::ranks()).enumerate() {
            let title = RANK_BUCKETS[bucket.0].1.to_owned();
            assert_eq!(MatchStep::of(&Position { rank, title, node_id: Uuid::nil() }), number);
        }
        assert_eq!(
            MatchStep::of(&Position { rank: INSIDE * TIER - 2, title: "k".into(), node_id: Uuid::nil() }),
            MatchStep::ranks().len()
        );
    }

    #[test]
    fn no_whole_name_is_too_long_for_postgresql() {
        assert!(RankBucket::of(2, "").name(&"𝕂".repeat(5000)).len() < 2046);
    }

    proptest! {
        #[test]
        fn steps_are_in_the_order_of_hits(titles: (String, String), ranks in (-9..50, -9..50)) {
            let at = |title: &str, rank| Position { rank, title: title.to_owned(), node_id: Uuid::nil() };
            let (left, right) = (at(&titles.0, ranks.0), at(&titles.1, ranks.1));
            if left <= right {
                prop_assert!(MatchStep::of(&left) <= MatchStep::of(&right));
            }
        }

        #[test]
        fn one_step_finds_what_has_the_words(
            names in prop::collection::vec("[ab]{1,3}", 1..4),
            texts in prop::collection::vec("[ab]{1,3}", 0..4),
            terms in prop::collection::btree_set("[ab]{1,3}", 1..4),
        ) {
            let bucket = RankBucket::of(2, "k");
            let words = names.iter().chain(&texts).map(|word| bucket.word(word));
            let tokens: Vec<String> = names.iter().map(|word| bucket.name_word(word)).chain(words).collect();
            let has = |term: &Term| {
                tokens.iter().any(|token| if term.is_prefix { token.starts_with(&term.token) } else { *token == term.token })
            };
            let finds = |step: &MatchStep| step.all.iter().all(has) && !step.but.iter().any(|but| but.iter().all(has));
            let terms: Vec<String> = terms.into_iter().collect();
            let query = Query { folded: terms.join(" "), terms };
            // The steps about whole names are not about words.
            let ranked = MatchStep::ranked(&query).split_off(MatchStep::by_name(&query).0);
            let found = MatchStep::unranked(&query).iter().any(finds);
            prop_assert_eq!(ranked.iter().filter(|step| finds(step)).count(), usize::from(found));
        }

        #[test]
        fn every_cursor_is_of_a_step(rank: i32, title: String) {
            let step = MatchStep::of(&Position { rank, title, node_id: Uuid::nil() });
            prop_assert!(step <= MatchStep::places().count());
        }
    }
}
