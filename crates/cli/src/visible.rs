//! What is printed for people shows what it holds, and does nothing to the terminal.
//!
//! Names, paths and the texts in records come from whoever could write into a cache. Escape sequences in them would move
//! the cursor or rename the window, a line end would make up a line of ours, and marks of writing direction show letters
//! in another order than the one they have.

use std::borrow::Cow;

/// The text with all that acts on a terminal spelled out, as in `\n` and `\u{1b}`. What is visible already comes back as
/// it is, so that nothing is spelled out twice; therefore a backslash stands for itself.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts_on_a_terminal) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match acts_on_a_terminal(character) {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown.into()
}

pub(crate) fn acts_on_a_terminal(character: char) -> bool {
    character.is_control() || changes_direction(character) || ends_a_line(character)
}

/// The marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX #9).
fn changes_direction(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// The line and paragraph separators of Unicode.
fn ends_a_line(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out_once() {
        for (text, shown) in [
            ("plain, naïve, 漢字 \\n", "plain, naïve, 漢字 \\n"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("two\nlines\r\t", "two\\nlines\\r\\t"),
            ("del\u{7f} c1\u{9b}", "del\\u{7f} c1\\u{9b}"),
            ("abc\u{202e}gpj.exe", "abc\\u{202e}gpj.exe"),
            ("a\u{2028}b\u{2069}", "a\\u{2028}b\\u{2069}"),
        ] {
            assert_eq!(visible(text), shown);
            assert_eq!(visible(&visible(text)), shown);
        }
    }
}
