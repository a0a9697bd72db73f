//! Text that people wrote, in the form in which a client can show it.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use ammonia::UrlRelative;
use async_graphql::{Context, Enum};
use comrak::{
    Arena, Options, format_html,
    nodes::{Node, NodeValue},
    parse_document,
};
use moka::sync::Cache;

use super::{context::ContextExt, scalar::Markdown};

/// How much memory the cached texts may take, in bytes.
const KEPT: u64 = 16 * 1024 * 1024;
/// How much memory a cached text takes beside its own bytes, in bytes.
const ENTRY: usize = 128;

/// The form in which a text is returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub enum TextFormat {
    /// As it was written, CommonMark with tables, task lists, strike-through and bare links.
    #[default]
    Markdown,
    /// HTML that is safe to insert into a page: no scripts, styles, forms, frames or foreign schemes. Links are `http`, `https` or
    /// `mailto`, in full, and carry `rel="nofollow noopener noreferrer ugc"`. Pictures are links, so that nothing is loaded.
    Html,
    /// Words only, for notifications and previews.
    Plain,
}

/// Rendered texts by format and source text.
type Rendered = Cache<(TextFormat, Arc<str>), Arc<str>>;

/// The cache of rendered texts. Its keys are the texts themselves, so all requests share it. The least used ones are
/// evicted.
static RENDERED: LazyLock<Rendered> = LazyLock::new(|| {
    let weigh = |(_, text): &(TextFormat, Arc<str>), rendered: &Arc<str>| {
        u32::try_from(text.len() + rendered.len() + ENTRY).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(KEPT).weigher(weigh).build()
});

/// A text of the data in this form; null if there is none. It costs points by its length, and long rendering yields to
/// other tasks. In an answer that is too large, only the texts beyond the limit are null, each with an error.
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
        TextFormat::Html => POLICY.clean(&html(text)).to_string(),
        TextFormat::Plain => plain(text),
    }
}

fn html(text: &str) -> String {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    link_images(root);
    let mut html = String::new();
    // A text that is written into memory does not fail.
    let _ = format_html(root, &options, &mut html);
    html
}

/// What HTML may hold.
static POLICY: LazyLock<ammonia::Builder<'static>> = LazyLock::new(policy);

/// Links lead to the web or to a mailbox, in full. Nothing is loaded from elsewhere
/// ([0025](../../docs/decisions/0025-no-images-from-elsewhere.md)).
fn policy() -> ammonia::Builder<'static> {
    let mut policy = ammonia::Builder::default();
    policy
        .rm_tags(["img"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer ugc"))
        .attribute_filter(|_, attribute, value| {
            // `https:host` is an absolute address to some readers, and a relative one to browsers.
            let in_full = ["http://", "https://", "mailto:"];
            let is_full = || in_full.iter().any(|start| begins(value, start));
            (!matches!(attribute, "href" | "cite" | "src") || is_full()).then_some(Cow::Borrowed(value))
        });
    policy
}

fn begins(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

/// A picture becomes a link to it, with its description as the text. Within a link only the description stays.
fn link_images<'a>(root: Node<'a>) {
    let is_link = |node: Node<'a>| matches!(node.data().value, NodeValue::Link(_));
    let images: Vec<Node<'a>> =
        root.descendants().filter(|node| matches!(node.data().value, NodeValue::Image(_))).collect();
    for image in images {
        let in_link = image.ancestors().skip(1).any(is_link) || image.descendants().any(is_link);
        let target = match &image.data().value {
            NodeValue::Image(target) if !in_link && image.first_child().is_some() => Some(target.clone()),
            _ => None,
        };
        if let Some(target) = target {
            image.data_mut().value = NodeValue::Link(target);
            continue;
        }
        let description: Vec<Node<'a>> = image.children().collect();
        for part in description {
            image.insert_before(part);
        }
        image.detach();
    }
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
    fn links_lead_to_the_web_or_to_a_mailbox() {
        for good in ["https://example.org/a", "HTTP://example.org/", "mailto:me@example.org"] {
            let html = render(&format!("[x]({good})"), TextFormat::Html);
            assert!(html.contains(&format!("href=\"{good}\"")), "{html}");
            assert!(html.contains("rel=\"nofollow noopener noreferrer ugc\""), "{html}");
        }
        for evil in ["ssh://h/", "magnet:?xt=1", "tel:1", "//h/a", "/a", "a", "#a", "https:h", "sms:1", "data:,x", "?a"]
        {
            let html = render(&format!("[x]({evil})"), TextFormat::Html);
            assert!(html.contains('x') && !html.contains("href"), "{evil}: {html}");
        }
    }

    #[test]
    fn a_picture_is_a_link_and_never_loaded() {
        let shown = |text: &str| render(text, TextFormat::Html);
        let html = shown("![a *cat*](https://example.org/cat.png)");
        assert!(html.contains("href=\"https://example.org/cat.png\""), "{html}");
        assert!(html.contains("a <em>cat</em>") && !html.contains("<img"), "{html}");
        let badge = shown("[![build](https://b.example/b.svg)](https://example.org/)");
        assert!(badge.contains("build") && !badge.contains("b.example"), "{badge}");
        let nested = shown("![a [b](https://example.org/b) ![c](https://c.example/c.png)](https://example.org/d)");
        assert!(!nested.contains("<img"), "{nested}");
        assert!(!shown("![](https://example.org/cat.png)").contains("example"));
    }

    #[test]
    fn plain_text_has_words_only() {
        let plain = render("# A & B\n\n*fish* < [chips](https://example.org)", TextFormat::Plain);
        assert_eq!(plain, "A & B\nfish < chips");
    }
}
