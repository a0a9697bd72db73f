//! Slugs: the word that stands for a node in URLs. Unique in its table; lower-case ASCII letters, digits and dashes.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, prelude::*};

use crate::error::Result;

/// The longest slug that is made; database and URLs could hold more, people would not.
const LONGEST: usize = 80;

/// A slug for this name that no row of `column`'s table has yet: the name itself, else with a number behind it.
///
/// `fallback` stands in for names without a single letter or digit that ASCII knows.
pub async fn unique<E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
    name: &str,
    fallback: &str,
) -> Result<String> {
    let base = base(name, fallback);
    let taken: HashSet<String> = E::find()
        .select_only()
        .column(column)
        .filter(column.eq(base.as_str()).or(column.starts_with(format!("{base}-"))))
        .into_tuple::<String>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    if !taken.contains(&base) {
        return Ok(base);
    }
    let mut number = 2_usize;
    loop {
        let candidate = format!("{base}-{number}");
        if !taken.contains(&candidate) {
            return Ok(candidate);
        }
        number += 1;
    }
}

fn base(name: &str, fallback: &str) -> String {
    let mut slug = slug::slugify(name);
    if slug.len() > LONGEST {
        let end = slug[..LONGEST].rfind('-').unwrap_or(LONGEST);
        slug.truncate(end);
    }
    if slug.is_empty() { fallback.to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_for_urls() {
        assert_eq!(base("Kubernetes, a year on!", "talk"), "kubernetes-a-year-on");
        assert_eq!(base("Lucas Käldström", "person"), "lucas-kaldstrom");
        assert_eq!(base("***", "talk"), "talk");
        assert_eq!(base(&"word ".repeat(40), "talk").len(), 79);
    }
}
