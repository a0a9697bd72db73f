//! Folding: how text is compared, without accents, capitals and punctuation. It happens here and not in the databases.
//! So it is the same on both.

use std::ops::Range;

use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// A folded word, letter by letter.
pub(crate) type Word = Vec<Letter>;

/// A letter, digit or sign of a folded word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The letter, folded.
    pub value: char,
    /// Its bytes in the original text. Two letters of one ligature have the same bytes.
    pub source: Range<usize>,
    /// Whether there was an apostrophe before it.
    pub follows_apostrophe: bool,
}

/// By how many letters a name differs from the one that somebody wrote. `None` if more than a third of the letters are
/// wrong, missing, too many or swapped.
#[must_use]
pub fn mistakes(known: &str, written: &str) -> Option<usize> {
    let mistakes = strsim::damerau_levenshtein(known, written);
    (mistakes <= known.len().max(written.len()) / 3).then_some(mistakes)
}

/// The text without accents and capitals, with single spaces between its words. Only letters and digits stay, and the
/// signs of names like `C++` and `C#`. Names with the same folded text look the same to people.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in words(text) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.iter().map(|letter| letter.value));
    }
    folded
}

/// How many characters of a name are compared when names are sorted. An index of PostgreSQL takes at most 2,700 bytes.
const SORTED: usize = 200;

/// The sort key of a name: its folded beginning.
pub fn sort_key(name: &str) -> String {
    let mut key = fold(name);
    if let Some((end, _)) = key.char_indices().nth(SORTED) {
        key.truncate(end);
    }
    key
}

/// The folded words of a text, and their places in it.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let signs = decomposed(text);
    let mut folder = Folder::default();
    let mut at = 0;
    while let Some((sign, source)) = signs.get(at) {
        let run = signs[at..].iter().take_while(|(sign, _)| matches!(sign, '+' | '#')).count();
        if run > 0 {
            folder.suffix(&signs[at..at + run], signs.get(at + run));
        } else {
            folder.take(*sign, source);
        }
        at += run.max(1);
    }
    folder.words
}

/// The characters in compatibility decomposition and lower case, each with the bytes it comes from.
fn decomposed(text: &str) -> Vec<(char, Range<usize>)> {
    let mut signs = Vec::with_capacity(text.len());
    for (start, character) in text.char_indices() {
        let source = start..start + character.len_utf8();
        if character.is_ascii() {
            signs.push((character.to_ascii_lowercase(), source));
            continue;
        }
        decompose_compatible(character, |part| {
            let part = if part == '♯' { '#' } else { part };
            signs.extend(part.to_lowercase().map(|lower| (lower, source.clone())));
        });
    }
    signs
}

#[derive(Default)]
struct Folder {
    words: Vec<Word>,
    /// Does the next letter belong to the last word?
    is_open: bool,
    apostrophe: bool,
}

impl Folder {
    fn take(&mut self, sign: char, source: &Range<usize>) {
        if sign.is_ascii_alphanumeric() {
            self.push(sign, source);
        } else if is_diacritic(sign) {
            // It is not compared, but in highlights of the original text it belongs to its letter.
            if let Some(letter) = self.last() {
                letter.source.end = source.end;
            }
        } else if is_apostrophe(sign) {
            // An apostrophe joins letters: O'Brien and OBrien are the same.
            self.apostrophe = self.is_open;
        } else if is_invisible(sign) {
        } else if is_combining_mark(sign) {
            if self.is_open {
                self.push(sign, source);
            }
        } else if sign.is_alphanumeric() {
            self.letter(sign, source);
        } else {
            self.close();
        }
    }

    /// Letters that have no decomposition, but are variants of other letters for people.
    fn letter(&mut self, sign: char, source: &Range<usize>) {
        let variant = match sign {
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'ø' => "o",
            'ł' => "l",
            'đ' | 'ð' => "d",
            'þ' => "th",
            'ħ' => "h",
            'ŧ' => "t",
            'ı' => "i",
            'ς' => "σ",
            sign => return self.push(sign, source),
        };
        for part in variant.chars() {
            self.push(part, source);
        }
    }

    fn push(&mut self, sign: char, source: &Range<usize>) {
        // Syllables that come as several characters (Hangul, voiced kana) become one character again. Letters of ASCII
        // never join the character before them.
        if !sign.is_ascii()
            && let Some(last) = self.last()
            && let Some(whole) = compose(last.value, sign)
        {
            last.value = whole;
            last.source.end = source.end;
            return;
        }
        if !self.is_open {
            self.words.push(Word::new());
        }
        let letter = Letter { value: sign, source: source.clone(), follows_apostrophe: self.apostrophe };
        if let Some(word) = self.words.last_mut() {
            word.push(letter);
        }
        (self.is_open, self.apostrophe) = (true, false);
    }

    /// A run of `+` and `#`: part of the word in `C++`, `C++20`, `C#` and `Google+`, a separator in `a+b` and
    /// `Meetup#5`.
    fn suffix(&mut self, run: &[(char, Range<usize>)], next: Option<&(char, Range<usize>)>) {
        let follows_letter = self.last().is_some_and(|last| !matches!(last.value, '+' | '#'));
        match run {
            [('+', first), ('+', second)] if follows_letter => {
                self.push('+', first);
                self.push('+', second);
            }
            [(sign, source)] if follows_letter && next.is_none_or(|(next, _)| !next.is_alphanumeric()) => {
                self.push(*sign, source);
                self.close();
            }
            _ => self.close(),
        }
    }

    fn close(&mut self) {
        (self.is_open, self.apostrophe) = (false, false);
    }

    fn last(&mut self) -> Option<&mut Letter> {
        if self.is_open { self.words.last_mut()?.last_mut() } else { None }
    }
}

/// Accents and points that people leave out. The marks of other scripts (vowel signs of India, voicing of kana) make a
/// different word and stay.
fn is_diacritic(sign: char) -> bool {
    is_combining_mark(sign)
        && matches!(sign,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\'' | '\u{2018}' | '\u{2019}' | '\u{2bb}' | '\u{2bc}')
}

/// Signs that join, stretch, direct or vary their neighbours and are not text of their own.
fn is_invisible(sign: char) -> bool {
    matches!(sign,
        '\u{ad}' | '\u{640}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_fold_alike() {
        for (left, right) in [
            ("Lucas Käldström", "lucas kaldstrom"),
            ("  Apurva “Apu” Chitnis ", "Apurva \"Apu\" Chitnis"),
            ("Weave.Works", "weave works"),
            ("O’Brien", "OBrien"),
            ("ＡＢＣ", "abc"),
            ("Łukasz", "lukasz"),
            ("İstanbul", "istanbul"),
            ("ΟΔΟΣ", "οδός"),
            ("C♯", "c#"),
            ("ﾎﾟｯﾄﾞ", "ポッド"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("e\u{301}te\u{301}", "été"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} / {right}");
        }
    }

    #[test]
    fn different_names_fold_apart() {
        for (left, right) in [("C", "C++"), ("C++", "C#"), ("C", "C#"), ("パリ", "ハリ"), ("हिन्दी", "हनद")]
        {
            assert_ne!(fold(left), fold(right), "{left} / {right}");
        }
    }

    #[test]
    fn signs_stay_only_where_they_name_something() {
        for (text, folded) in [
            ("C++/C#", "c++ c#"),
            ("C++20", "c++20"),
            ("(F#)", "f#"),
            ("a+b", "a b"),
            ("Meetup #5", "meetup 5"),
            ("Meetup#5", "meetup 5"),
            ("Docker + Kubernetes", "docker kubernetes"),
            ("c+++", "c"),
            ("c+\u{301}b", "c+ b"),
            ("🎉❤️1️⃣", "1"),
            ("\0'\"*%_\\:", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text: String) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn folding_twice_changes_nothing_where_signs_meet(text in r"[aCéß+#♯'’ か゚゙한한\u{301}\u{94d}\u{200d}ﬁ½İςΣ]{0,12}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn words_know_where_they_stand(text: String) {
            for word in words(&text) {
                let mut end = 0;
                for letter in word {
                    prop_assert!(text.get(letter.source.clone()).is_some_and(|source| !source.is_empty()));
                    prop_assert!(letter.source.end >= end);
                    end = letter.source.end;
                }
            }
        }
    }
}
