//! Slugs: the names of nodes in URLs. A slug is unique in its table. It has lower-case ASCII letters, digits and
//! dashes.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, prelude::*};

use crate::{db::keys::is_any, error::Result};

/// The longest slug. The database and URLs could have longer ones, but people could not remember them.
const LONGEST: usize = 80;

/// How many numbered candidates are looked up at once, growing by this factor from 1.
const GROWTH: usize = 8;

/// New slugs for all these names. No row of `column`'s table has one of them, and they differ from each other. A slug
/// is the name, or the name and a number. A name without a letter or digit of ASCII has `fallback` as its slug. This
/// looks up exact candidates by the unique index, mostly once or twice.
pub async fn unique_many<E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
    names: &[&str],
    fallback: &str,
) -> Result<Vec<String>> {
    let mut pending: Vec<(usize, String)> = names.iter().map(|name| base(name, fallback)).enumerate().collect();
    let mut found = vec![String::new(); names.len()];
    let mut used: HashSet<String> = HashSet::new();
    let (mut first, mut size) = (1, 1);
    while !pending.is_empty() {
        let bases: HashSet<&str> = pending.iter().map(|(_, base)| base.as_str()).collect();
        let candidates: Vec<String> =
            bases.iter().flat_map(|base| (first..first + size).map(|number| numbered(base, number))).collect();
        used.extend(taken::<E>(db, column, &candidates).await?);
        pending.retain(|(index, base)| {
            let free = (first..first + size).map(|number| numbered(base, number)).find(|slug| !used.contains(slug));
            let Some(slug) = free else { return true };
            used.insert(slug.clone());
            found[*index] = slug;
            false
        });
        first += size;
        size *= GROWTH;
    }
    Ok(found)
}

async fn taken<E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
    candidates: &[String],
) -> Result<Vec<String>> {
    let is_candidate = is_any(db.get_database_backend(), column.into_expr(), candidates);
    Ok(E::find().select_only().column(column).filter(is_candidate).into_tuple().all(db).await?)
}

fn numbered(base: &str, number: usize) -> String {
    if number == 1 { base.to_owned() } else { format!("{base}-{number}") }
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
