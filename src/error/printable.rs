//! Makes texts of others safe in messages and logs: no sign in them may steer the terminal or page that shows them.

/// The text with visible escapes for signs that steer a terminal or change the direction of text.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for sign in text.chars() {
        if steers(sign) || is_direction_mark(sign) {
            printable.extend(sign.escape_unicode());
        } else {
            printable.push(sign);
        }
    }
    printable
}

/// Control characters, line separators, and signs that embed, override or isolate directions, the deprecated ones too.
#[must_use]
pub fn steers(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// The invisible marks of direction (left-to-right, right-to-left, Arabic letter). Texts that are written from right to
/// left need them beside signs and digits.
#[must_use]
pub fn is_direction_mark(sign: char) -> bool {
    matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(printable("a\u{1b}[2Jb\u{9b}c\u{202e}d\0\u{200f}"), r"a\u{1b}[2Jb\u{9b}c\u{202e}d\u{0}\u{200f}");
        assert_eq!(printable("Zoë パリ 👩\u{200d}💻 עברית"), "Zoë パリ 👩\u{200d}💻 עברית");
    }
}
