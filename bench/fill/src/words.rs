//! Made-up words. As in any language, some are far more frequent than others. So searches that find much and searches
//! that find little both behave like real ones.

use std::collections::HashSet;

use crate::random::Random;

/// How many different words there are.
const WORDS: usize = 5_000;

const ONSETS: [&str; 20] =
    ["b", "br", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "z"];
const VOWELS: [&str; 14] = ["a", "a", "e", "e", "i", "i", "o", "o", "u", "u", "ai", "ou", "é", "ö"];
const CODAS: [&str; 8] = ["", "", "", "n", "r", "s", "l", "nd"];

/// All words, the most frequent first.
pub struct Vocabulary {
    words: Vec<String>,
    /// The running sum of the words' frequencies.
    reach: Vec<u32>,
}

impl Vocabulary {
    /// Makes the words from syllables.
    pub fn new(random: &mut Random) -> Self {
        let (mut words, mut seen) = (Vec::with_capacity(WORDS), HashSet::new());
        while words.len() < WORDS {
            let word = word(random);
            if seen.insert(word.clone()) {
                words.push(word);
            }
        }
        // Zipf's law without the first fifty words, because nobody searches for words that are in every text.
        let frequencies = (50_u32..).take(WORDS).map(|rank| 100_000_000 / rank);
        let reach = frequencies.scan(0, |sum, frequency| {
            *sum += frequency;
            Some(*sum)
        });
        Self { reach: reach.collect(), words }
    }

    /// The word of this rank, from 0 for the most frequent one.
    pub fn of_rank(&self, rank: usize) -> String {
        capitalized(&self.words[rank])
    }

    /// A random word, by its frequency.
    fn word(&self, random: &mut Random) -> &str {
        let at = random.below(self.reach.last().copied().unwrap_or_default());
        &self.words[self.reach.partition_point(|reach| *reach <= at)]
    }

    /// A name of `words` words, each capitalised.
    pub fn name(&self, random: &mut Random, words: u32) -> String {
        let words: Vec<String> = (0..words).map(|_| capitalized(self.word(random))).collect();
        words.join(" ")
    }

    /// The title of a talk or an event: three to seven words.
    pub fn title(&self, random: &mut Random) -> String {
        let words: Vec<&str> = (0..3 + random.below(5)).map(|_| self.word(random)).collect();
        capitalized(&words.join(" "))
    }

    /// Prose of about `length` bytes: sentences in paragraphs of two.
    pub fn text(&self, random: &mut Random, length: usize) -> String {
        let mut text = String::with_capacity(length + 80);
        for separator in [" ", "\n\n"].iter().cycle() {
            if text.len() >= length {
                break;
            }
            text.push_str(if text.is_empty() { "" } else { separator });
            let words: Vec<&str> = (0..6 + random.below(6)).map(|_| self.word(random)).collect();
            text.push_str(&capitalized(&words.join(" ")));
            text.push('.');
        }
        text
    }
}

/// A word of two or three syllables.
fn word(random: &mut Random) -> String {
    (0..2 + random.below(2)).flat_map(|_| [random.pick(&ONSETS), random.pick(&VOWELS), random.pick(&CODAS)]).collect()
}

fn capitalized(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}
