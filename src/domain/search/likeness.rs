//! Decides whether a typed word is a mistyped word of a name. This is decided here and not in the databases, because
//! their trigram similarity and bm25 would give different orders.

use std::collections::HashMap;

use super::query::Query;

/// The most words of a text with mistakes.
const WORDS: usize = 8;
/// The longest word of such a text, in letters.
const LONGEST: usize = 40;
/// From this many letters on, a word may have one mistake.
const ONE_MISTAKE: usize = 4;
/// From this many letters on, a word may have two.
const TWO_MISTAKES: usize = 8;
/// The databases index sequences of this many letters.
const TRIGRAM: usize = 3;
/// The most words of a candidate's names that are looked at. A person may have any number of other names.
const NAME_WORDS: usize = 100;

/// A word that somebody typed.
struct Word<'a> {
    text: &'a str,
    letters: Vec<char>,
    /// How many mistakes it may have.
    tolerance: usize,
    /// Its first letters. All letters if it may have no mistake.
    head: String,
    /// Its last letters, if it may have a mistake.
    tail: Option<String>,
}

impl<'a> Word<'a> {
    fn new(text: &'a str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let tolerance = match letters.len() {
            // A different number is no typing mistake: whoever asks for 2024 does not mean 2023.
            _ if letters.iter().any(|letter| letter.is_numeric()) => 0,
            TWO_MISTAKES.. => 2,
            ONE_MISTAKE.. => 1,
            _ => 0,
        };
        let head = match letters.len() {
            length if tolerance == 0 => length,
            9.. => 4,
            7.. => 3,
            _ => 2,
        };
        // The letter between them may be swapped with the one before it.
        let tail = (tolerance > 0).then(|| (head + 1).min(letters.len() - TRIGRAM));
        let (head, tail) = (letters[..head].iter().collect(), tail.map(|from| letters[from..].iter().collect()));
        Self { text, letters, tolerance, head, tail }
    }

    /// The names of a candidate have at least one of these texts: the first letters of this word at the beginning of a
    /// word, or its last letters anywhere. None is shorter than a trigram. There is none if the word is too short for
    /// the index.
    fn anchors(&self) -> Vec<String> {
        if self.letters.len() < 2 {
            return Vec::new();
        }
        let beginnings = ['\n', ' '].map(|before| format!("{before}{}", self.head));
        beginnings.into_iter().chain(self.tail.clone()).collect()
    }

    /// Whether this word of a name has the first letters or the last ones. With one mistake, one of them is still
    /// right. With two mistakes, one in each, the word is not found.
    fn is_anchored_in(&self, name_word: &str) -> bool {
        name_word.starts_with(&self.head) || self.tail.as_ref().is_some_and(|tail| name_word.contains(tail))
    }

    /// The names of a good candidate have many of these texts.
    fn pieces(&self) -> impl Iterator<Item = String> {
        let inner = self.letters.windows(TRIGRAM).map(|letters| letters.iter().collect());
        self.anchors().into_iter().chain(inner)
    }

    /// How much this word of a name is like the typed one; `None` if it is not.
    fn likeness(&self, name_word: &str) -> Option<Likeness> {
        let name_letters = name_word.chars().count();
        if name_word.starts_with(self.text) {
            return Some(Likeness { mistakes: 0, unfinished: usize::from(name_letters > self.letters.len()) });
        }
        if !self.is_anchored_in(name_word) || name_letters + self.tolerance < self.letters.len() {
            return None;
        }
        let shortest = self.letters.len() - self.tolerance;
        let longest = name_letters.min(self.letters.len() + self.tolerance);
        // People may still be typing, so the typed word may be only the beginning. A whole word comes first among equal
        // mistakes.
        let beginnings = (shortest..=longest).map(|length| {
            let beginning: String = name_word.chars().take(length).collect();
            let unfinished = usize::from(length < name_letters);
            Likeness { mistakes: strsim::osa_distance(self.text, &beginning), unfinished }
        });
        beginnings.min().filter(|likeness| likeness.mistakes <= self.tolerance)
    }
}

/// How different a text is from what it may mean. Less is nearer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Likeness {
    /// Letters that are missing, too many, wrong or swapped with the next one.
    pub mistakes: usize,
    /// Words of which only the beginning was typed.
    unfinished: usize,
}

impl Likeness {
    fn and(self, other: Self) -> Self {
        Self { mistakes: self.mistakes + other.mistakes, unfinished: self.unfinished + other.unfinished }
    }
}

/// A text that may have mistakes.
pub(super) struct Typed<'a> {
    words: Vec<Word<'a>>,
}

impl<'a> Typed<'a> {
    /// `None` if no index can find similar names, or if the text is too long.
    pub fn new(query: &'a Query) -> Option<Self> {
        let words: Vec<Word> = query.folded.split(' ').map(Word::new).collect();
        let is_short = words.len() <= WORDS && words.iter().all(|word| word.letters.len() <= LONGEST);
        let has_mistakes = words.iter().any(|word| word.tolerance > 0);
        (is_short && has_mistakes).then_some(Self { words })
    }

    /// For each word, texts of which the names of a candidate have at least one. Words without such texts are compared
    /// later.
    pub fn anchors(&self) -> Vec<Vec<String>> {
        self.words.iter().map(Word::anchors).filter(|anchors| !anchors.is_empty()).collect()
    }

    /// The names of a good candidate have many of these texts.
    pub fn pieces(&self) -> Vec<String> {
        self.words.iter().flat_map(Word::pieces).collect()
    }

    /// For each word, the most similar word in these names. Of equally similar words it is the first of the alphabet. A
    /// word without a mistake stays as it was typed.
    pub fn nearest<'n>(&self, names: &'n str, known: &mut Known<'n>) -> Option<(Likeness, Vec<&'n str>)>
    where
        'a: 'n,
    {
        let name_words = || names.split(['\n', ' ']).filter(|word| !word.is_empty()).take(NAME_WORDS);
        let mut sum = Likeness::default();
        let mut nearest = Vec::with_capacity(self.words.len());
        for (at, word) in self.words.iter().enumerate() {
            let mut likeness = |of| *known.entry((at, of)).or_insert_with(|| word.likeness(of));
            let (found, of) = name_words().filter_map(|of| Some((likeness(of)?, of))).min()?;
            sum = sum.and(found);
            nearest.push(if found.mistakes == 0 { word.text } else { of });
        }
        Some((sum, nearest))
    }
}

/// Known results: how similar words of names are to words of the text. Many names have the same words.
pub(super) type Known<'n> = HashMap<(usize, &'n str), Option<Likeness>>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn likeness(typed: &str, name_word: &str) -> Option<(usize, usize)> {
        Word::new(typed).likeness(name_word).map(|likeness| (likeness.mistakes, likeness.unfinished))
    }

    #[test]
    fn mistakes_are_letters_that_are_missing_too_many_wrong_or_swapped() {
        for (typed, meant) in [
            ("kubernets", "kubernetes"),
            ("kuberntes", "kubernetes"),
            ("kubbernetes", "kubernetes"),
            ("kubernetas", "kubernetes"),
            ("ubernetes", "kubernetes"),
            ("prometeus", "prometheus"),
            ("grafna", "grafana"),
            ("lodon", "london"),
            ("isito", "istio"),
            ("rusr", "rust"),
        ] {
            assert_eq!(likeness(typed, meant), Some((1, 0)), "{typed}");
        }
        assert_eq!(likeness("kubrnets", "kubernetes"), Some((2, 0)));
    }

    #[test]
    fn short_words_and_numbers_must_be_right() {
        for (typed, other) in [("gp", "go"), ("sre", "sra"), ("2024", "2023"), ("k8ss", "k8s"), ("web2", "web3")] {
            assert_eq!(likeness(typed, other), None, "{typed}");
        }
        assert_eq!(likeness("go", "golang"), Some((0, 1)));
        assert_eq!(likeness("2024", "2024"), Some((0, 0)));
    }

    #[test]
    fn a_word_has_as_many_mistakes_as_its_length_allows() {
        assert_eq!(likeness("grfna", "grafana"), None);
        assert_eq!(likeness("promtheus", "prometheus"), Some((1, 0)));
        assert_eq!(likeness("promteus", "prometheus"), Some((2, 0)));
        assert_eq!(likeness("prmteus", "prometheus"), None);
        // One in the first letters and one in the last ones.
        assert_eq!(likeness("obsrvabilty", "observability"), None);
        assert_eq!(likeness("obsrvability", "observability"), Some((1, 0)));
    }

    #[test]
    fn what_is_still_being_typed_is_the_beginning_of_a_word() {
        assert_eq!(likeness("kubrn", "kubernetes"), Some((1, 1)));
        assert_eq!(likeness("promet", "prometheus"), Some((0, 1)));
        // The whole word comes before the beginning of another one.
        assert!(likeness("heml", "helm") < likeness("heml", "hello"));
    }

    fn nearest(text: &str, names: &str) -> Option<(usize, String)> {
        let query = Query::parse(text).unwrap();
        let typed = Typed::new(&query)?;
        typed.nearest(names, &mut Known::new()).map(|(likeness, words)| (likeness.mistakes, words.join(" ")))
    }

    #[test]
    fn every_word_of_the_text_must_be_meant() {
        let names = "\nkubernetes london\nk8s london\n";
        assert_eq!(nearest("kubernets lodon", names), Some((2, "kubernetes london".to_owned())));
        assert_eq!(nearest("lodon k8s", names), Some((1, "london k8s".to_owned())));
        assert_eq!(nearest("lond kubernets", names), Some((1, "lond kubernetes".to_owned())));
        assert_eq!(nearest("kubernets berlin", names), None);
        assert_eq!(nearest("kubernetes-lodon", names), Some((1, "kubernetes london".to_owned())));
    }

    #[test]
    fn what_is_too_short_or_too_long_means_nothing_else() {
        for text in ["go", "k8s 2024", &"kubernets ".repeat(WORDS + 1), &"k".repeat(LONGEST + 1)] {
            assert!(Typed::new(&Query::parse(text).unwrap()).is_none(), "{text}");
        }
    }

    /// A word, and the same with a mistake in it.
    fn mistyped() -> impl Strategy<Value = (String, String)> {
        let mistake = (prop::collection::vec("[a-z]", 7..24), 0..4_usize, any::<prop::sample::Index>(), "[a-z]");
        mistake.prop_map(|(letters, kind, at, other)| {
            let mut typed = letters.clone();
            let at = at.index(letters.len() - 1);
            match kind {
                0 => drop(typed.remove(at)),
                1 => typed.insert(at, other),
                2 => typed[at] = other,
                _ => typed.swap(at, at + 1),
            }
            (letters.concat(), typed.concat())
        })
    }

    proptest! {
        #[test]
        fn one_mistake_in_a_long_word_is_found_and_leaves_an_anchor((meant, typed) in mistyped()) {
            let word = Word::new(&typed);
            prop_assert!(word.likeness(&meant).is_some_and(|likeness| likeness.mistakes <= 1), "{} {}", typed, meant);
            let names = format!("\nabout {meant}\n");
            prop_assert!(word.anchors().iter().any(|anchor| names.contains(anchor)), "{} {}", typed, meant);
        }

        #[test]
        fn a_trigram_index_has_every_anchor(text: String) {
            if let Ok(query) = Query::parse(&text) {
                for piece in query.folded.split(' ').flat_map(|word| Word::new(word).anchors()) {
                    prop_assert!(piece.chars().count() >= TRIGRAM, "{:?}", piece);
                }
            }
        }

        #[test]
        fn what_is_similar_has_no_more_mistakes_than_allowed(typed in "[a-d]{4,12}", other in "[a-d]{1,14}") {
            let word = Word::new(&typed);
            if let Some(likeness) = word.likeness(&other) {
                prop_assert!(likeness.mistakes <= word.tolerance);
                prop_assert!(likeness.mistakes > 0 || other.starts_with(&typed));
            }
        }
    }
}
