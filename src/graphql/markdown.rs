//! Text that people wrote, in the form in which a client can show it.

use async_graphql::Enum;
use comrak::{Options, markdown_to_html};

use super::scalar::Markdown;

/// The form in which a text is returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum TextFormat {
    /// As it was written, CommonMark with tables, task lists, strike-through and bare links.
    #[default]
    Markdown,
    /// HTML that is safe to insert into a page: no scripts, styles, forms, frames or foreign schemes.
    Html,
    /// Words only, for notifications and previews.
    Plain,
}

/// The text in this form.
#[must_use]
pub fn render(text: &str, format: TextFormat) -> Markdown {
    Markdown(match format {
        TextFormat::Markdown => text.to_owned(),
        TextFormat::Html => ammonia::clean(&html(text)),
        TextFormat::Plain => plain(text),
    })
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
        let Markdown(html) = render(text, TextFormat::Html);
        assert!(html.contains("<strong>hi</strong>"), "{html}");
        for evil in ["script", "onerror", "javascript:", "svg"] {
            assert!(!html.contains(evil), "{html}");
        }
    }

    #[test]
    fn plain_text_has_words_only() {
        let Markdown(plain) = render("# A & B\n\n*fish* < [chips](https://example.org)", TextFormat::Plain);
        assert_eq!(plain, "A & B\nfish < chips");
    }
}
