//! Text that people wrote, in the form in which a client can show it.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use async_graphql::{Context, Enum};
use comrak::{Options, markdown_to_html};
use moka::sync::Cache;

use super::{context::ContextExt, scalar::Markdown};

/// How much memory the rendered texts may take that are kept, in bytes.
const KEPT: u64 = 16 * 1024 * 1024;
/// What a kept text takes beside its bytes.
const ENTRY: usize = 128;

/// The form in which a text is returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub enum TextFormat {
    /// As it was written, CommonMark with tables, task lists, strike-through and bare links.
    #[default]
    Markdown,
    /// HTML that is safe to insert into a page: no scripts, styles, forms, frames or foreign schemes.
    Html,
    /// Words only, for notifications and previews.
    Plain,
}

/// Texts that were rendered before, by the text itself: a text means the same to everybody. The least used ones are forgotten.
static RENDERED: LazyLock<Cache<(TextFormat, Arc<str>), Arc<str>>> = LazyLock::new(|| {
    let weigh = |(_, text): &(TextFormat, Arc<str>), rendered: &Arc<str>| {
        u32::try_from(text.len() + rendered.len() + ENTRY).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(KEPT).weigher(weigh).build()
});

/// A text of the data in this form; null if there is none. It is paid for by its length, and rendering pauses so that others
/// have their turn. Of an answer that is too large, only what is beyond is missing: its fields are null, each with its error.
pub async fn field(ctx: &Context<'_>, text: Option<&str>, format: TextFormat) -> Option<Markdown> {
    let text = in_format(ctx, text?, format).await;
    match ctx.request().meter.sent(&text) {
        Ok(()) => Some(Markdown(text.into_owned())),
        Err(error) => {
            let error = async_graphql::Error::from(error).into_server_error(ctx.item.pos);
            ctx.add_error(ctx.set_error_path(error));
            None
        }
    }
}

async fn in_format<'a>(ctx: &Context<'_>, text: &'a str, format: TextFormat) -> Cow<'a, str> {
    if format == TextFormat::Markdown {
        return text.into();
    }
    let key = (format, Arc::from(text));
    if let Some(rendered) = RENDERED.get(&key) {
        return rendered.as_ref().to_owned().into();
    }
    ctx.request().meter.rendered(text);
    ctx.request().loaders.pause(text.len()).await;
    let rendered = render(text, format);
    RENDERED.insert(key, rendered.as_str().into());
    rendered.into()
}

/// The text in this form.
fn render(text: &str, format: TextFormat) -> String {
    match format {
        TextFormat::Markdown => text.to_owned(),
        TextFormat::Html => ammonia::clean(&html(text)),
        TextFormat::Plain => plain(text),
    }
}

fn html(text: &str) -> String {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    markdown_to_html(text, &options)
}

/// The text of the HTML without its tags, entities decoded.
fn plain(text: &str) -> String {
    let bare = ammonia::Builder::empty().clean(&html(text)).to_string();
    let decoded = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", " ");
    decoded.replace("&amp;", "&").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_carries_no_script() {
        let text = "**hi** <script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) <svg onload=alert(1)>";
        let html = render(text, TextFormat::Html);
        assert!(html.contains("<strong>hi</strong>"), "{html}");
        for evil in ["script", "onerror", "javascript:", "svg"] {
            assert!(!html.contains(evil), "{html}");
        }
    }

    #[test]
    fn plain_text_has_words_only() {
        let plain = render("# A & B\n\n*fish* < [chips](https://example.org)", TextFormat::Plain);
        assert_eq!(plain, "A & B\nfish < chips");
    }
}
