//! Pictures: logos and portraits. There is one row for each address.

use std::collections::HashMap;

use entity::image;
use sea_orm::ActiveValue::Set;
use serde_json::Value;
use uuid::Uuid;

use super::{Place, Run, check::text};
use crate::{
    domain::{check::web_address, sources},
    error::Result,
    interchange::record::{Batch, Image},
};

impl Run<'_> {
    /// Finds or creates the pictures that this batch names.
    pub(super) async fn load_images(&mut self, batch: &Batch) -> Result<()> {
        let logos = batch.organizations.iter().filter_map(|owner| Some((owner.logo.as_ref()?, &owner.name)));
        let avatars = batch.people.iter().filter_map(|owner| Some((owner.avatar.as_ref()?, &owner.name)));
        let wanted = logos.chain(avatars).filter_map(|(image, name)| {
            let url = text(image.url.as_deref())?;
            let url = if self.is_own(&url) { url } else { web_address(&url).ok()? };
            let row = image::ActiveModel {
                url: Set(url.clone()),
                alt: Set(text(image.alt.as_deref()).unwrap_or_else(|| name.clone())),
                width: Set(image.width.filter(|width| *width > 0)),
                height: Set(image.height.filter(|height| *height > 0)),
                ..Default::default()
            };
            Some((url, row))
        });
        let wanted: HashMap<_, _> = wanted.collect();
        let urls: Vec<String> = wanted.keys().cloned().chain(self.earlier_addresses()).collect();
        self.images = sources::images(&self.reading, &urls).await?;
        let mut new = Vec::new();
        for (url, row) in wanted {
            if !self.images.contains_key(&url) {
                let planned = self.planned.image(&url);
                let id = planned.unwrap_or_else(|| self.new_id());
                self.planned.add_image(&url, id);
                new.push(image::ActiveModel { id: Set(id), ..row });
                self.images.insert(url, id);
            }
        }
        match self.tx {
            Some(tx) => tx.add_images(new).await,
            None => Ok(()),
        }
    }

    /// The addresses that the last records named.
    fn earlier_addresses(&self) -> Vec<String> {
        let mut addresses = Vec::new();
        for record in self.bases.values() {
            let record: Value = serde_json::from_str(record).unwrap_or_default();
            let urls = ["logo", "avatar"].map(|image| text(record[image]["url"].as_str()));
            let usual = |url: String| if self.is_own(&url) { Some(url) } else { web_address(&url).ok() };
            addresses.extend(urls.into_iter().flatten().filter_map(usual));
        }
        addresses
    }

    /// The key of a picture that [`Self::load_images`] found or made.
    pub(super) fn image(&mut self, at: &Place<'_>, image: Option<&Image>) -> Option<Uuid> {
        let url = text(image?.url.as_deref())?;
        let url = if self.is_own(&url) { url } else { self.url(at, Some(&url))? };
        self.images.get(&url).copied()
    }

    /// Whether it is an address of this server, which need not be on the public web.
    fn is_own(&self, url: &str) -> bool {
        self.own_address.is_some_and(|own| url.starts_with(own))
    }
}
