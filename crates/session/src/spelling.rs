//! Which names are one to people, or to a file system, although their bytes are not the same.
//!
//! Unicode has two spellings of a letter with an accent: as one character, and as the letter and the accent. Both are one text,
//! and file systems of macOS take them for one name: APFS lists the spelling that was given, HFS+ always the second. So names
//! are compared in three ways:
//!
//! 1. What a listing shows and what a record has, byte by byte: a record is made of what was listed, never of what was asked
//!    for, and one file system always lists a file alike.
//! 2. What somebody asks for and what a listing shows, as texts.
//! 3. Where case does not count, units that are one text but for their case are not one unit to their programs.

use unicode_normalization::UnicodeNormalization;

/// The text with each letter and its accent as one character.
pub(crate) fn composed(text: &str) -> String {
    if text.is_ascii() { text.into() } else { text.nfc().collect() }
}

/// What is the same for all that a file system may take for one name.
pub(crate) fn folded(text: &str) -> String {
    // Small letters may be composed otherwise than large ones.
    composed(text).to_lowercase().nfc().collect()
}

/// The text with the case of its letters turned round: of all, and of those that every file system without case knows.
/// Nothing, where it has none.
pub(crate) fn turned(text: &str) -> Vec<String> {
    let all: String = text.chars().map(turn).collect();
    let ascii: String =
        text.chars().map(|char| if char.is_ascii() { turn(char) } else { char }).collect();
    let mut turned = vec![ascii, all];
    turned.dedup();
    turned.retain(|turned| turned != text);
    turned
}

/// Letters of which the other case is several characters stay.
fn turn(char: char) -> char {
    let mut upper = char.to_uppercase();
    let mut lower = char.to_lowercase();
    match (upper.next(), upper.next(), lower.next(), lower.next()) {
        (Some(upper), None, ..) if upper != char => upper,
        (.., Some(lower), None) => lower,
        _ => char,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_one_text_and_case_is_not() {
        for (one, other, is_text, is_name) in [
            ("caf\u{e9}", "cafe\u{301}", true, true),
            ("CAF\u{c9}", "cafe\u{301}", false, true),
            ("cafe", "caf\u{e9}", false, false),
            ("a", "A", false, true),
            ("a", "a", true, true),
        ] {
            assert_eq!(composed(one) == composed(other), is_text, "{one} {other}");
            assert_eq!(folded(one) == folded(other), is_name, "{one} {other}");
        }
    }

    #[test]
    fn the_case_of_letters_is_turned_round() {
        assert_eq!(turned("a-1B"), ["A-1b"]);
        assert_eq!(turned("\u{e9}-1"), ["\u{c9}-1"]);
        assert_eq!(turned("\u{e9}-a"), ["\u{e9}-A", "\u{c9}-A"]);
        assert_eq!(turned("12-\u{df}"), [""; 0], "there is nothing to turn");
    }
}
