//! Documents: what is stored of public nodes for the search. They are made of the texts of nodes.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use entity::node_type::NodeType;
use uuid::Uuid;

use super::{rank_bucket::RankBucket, tokens, weight::Weight};
use crate::domain::text;

/// How many characters of a title decide the order. They are a part of every cursor.
const TITLE: usize = 80;
/// How many bytes of different tokens are indexed of a document. A `tsvector` has at most 1 MB.
const WORDS: usize = 200_000;
/// The format of the documents; part of every fingerprint. Raise it when folding, tokens or rank buckets change. Then a
/// start renews all documents. 0 is no format.
pub(super) const FORMAT: i32 = 3;

/// What is stored of a public node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SearchDocument {
    pub node_type: NodeType,
    pub node_id: Uuid,
    pub weight: i32,
    pub title: String,
    pub names: String,
    /// Its different tokens, each with its rank bucket, separated by spaces.
    pub words: String,
    pub fingerprint: i64,
}

impl SearchDocument {
    /// A document of texts as people write them. The first name is the title.
    pub fn new((node_type, node_id): (NodeType, Uuid), weight: Weight, names: &[String], body: &[String]) -> Self {
        let folded: Vec<String> = names.iter().map(|name| text::fold(name)).collect();
        let title: String = folded.first().map(|title| title.chars().take(TITLE).collect()).unwrap_or_default();
        let weight = weight.number();
        let mut document = Self {
            node_type,
            node_id,
            weight,
            words: words(RankBucket::of(weight, &title), &folded, names, body),
            title,
            names: format!("\n{}\n", folded.join("\n")),
            fingerprint: 0,
        };
        let mut hasher = DefaultHasher::new();
        (FORMAT, document.weight, &document.title, &document.names, &document.words).hash(&mut hasher);
        document.fingerprint = hasher.finish().cast_signed();
        document
    }
}

/// The tokens of a document. If there are too many, the last ones of its text are left out.
fn words(bucket: RankBucket, folded: &[String], names: &[String], body: &[String]) -> String {
    let cut = |texts: &[String]| -> Vec<String> {
        texts.iter().flat_map(|text| tokens::tokens(text)).map(|token| token.text).collect()
    };
    let (of_names, of_body) = (cut(names), cut(body));
    let names = folded.iter().filter(|name| !name.is_empty()).map(|name| bucket.name(name));
    let name_words = of_names.iter().map(|word| bucket.name_word(word));
    let all_words = of_names.iter().chain(&of_body).map(|word| bucket.word(word));
    let mut words: Vec<String> = names.chain(name_words).chain(all_words).collect();
    if words.iter().map(|word| word.len() + 1).sum::<usize>() > WORDS {
        cut_to_size(&mut words);
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Keeps the first different tokens, as many as are indexed.
fn cut_to_size(words: &mut Vec<String>) {
    let (mut seen, mut bytes) = (HashSet::new(), 0);
    let end = words.iter().position(|word| {
        bytes += if seen.insert(word.as_str()) { word.len() + 1 } else { 0 };
        bytes > WORDS
    });
    if let Some(end) = end {
        words.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documents of the current format. If this test fails, searches do not find the documents of a database any
    /// more: raise [`FORMAT`], and write the new words here.
    #[test]
    fn a_document_of_the_format_looks_so() {
        let names = ["L’été à Łódź".to_owned(), "東京都".to_owned()];
        let document =
            SearchDocument::new((NodeType::Event, Uuid::nil()), Weight::Common, &names, &["C++, ok".to_owned()]);
        assert_eq!((FORMAT, document.weight, document.title.as_str()), (3, 2, "lete a lodz"));
        assert_eq!(document.names, "\nlete a lodz\n東京都\n");
        assert_eq!(
            document.words,
            "dnlete_a_lodz dn東京都 hta htc++ htete htlete htlodz htok ht京都 ht東京 ht都 hwa hwete hwlete hwlodz hw京都 \
             hw東京 hw都"
        );
    }
}
