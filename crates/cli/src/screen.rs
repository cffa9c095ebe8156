//! How wide the terminal is, and how texts are made to fit.

use std::io::IsTerminal;

use console::Term;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns of the terminal that standard output is; COLUMNS overrides what it says of itself. `None`: it is no terminal, and lines may be
/// as long as they like.
pub(crate) fn width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let own = || Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    columns.or_else(own).filter(|columns| *columns > 0)
}

/// How many columns a text takes.
pub(crate) fn columns_of(text: &str) -> usize {
    text.width()
}

/// Where a text that is too long is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Its beginning stays.
    End,
    /// Its beginning stays, and its last few letters: those of ids differ there.
    Middle,
}

/// What stays of the end of a text that is cut in its middle.
const TAIL: usize = 5;

const ELLIPSIS: char = '…';

/// A text that takes so many columns at most.
pub(crate) fn fitted(text: &str, columns: usize, cut: Cut) -> String {
    if columns_of(text) <= columns {
        return text.into();
    }
    let tail = match cut {
        Cut::Middle if columns > 2 * TAIL => ending(text, TAIL),
        _ => "",
    };
    let room = columns.saturating_sub(1 + columns_of(tail));
    let head = beginning(text, room);
    if columns == 0 { String::new() } else { format!("{head}{ELLIPSIS}{tail}") }
}

fn beginning(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, character) in text.char_indices() {
        taken += character.width().unwrap_or(0);
        if taken > columns {
            return &text[..at];
        }
    }
    text
}

fn ending(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, character) in text.char_indices().rev() {
        taken += character.width().unwrap_or(0);
        if taken > columns {
            return &text[at + character.len_utf8()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_whatever_their_letters_take() {
        for (text, columns, cut, fits) in [
            ("short", 5, Cut::End, "short"),
            ("longer", 5, Cut::End, "long…"),
            ("a-long-unit-0l5si3gacvbvl", 15, Cut::Middle, "a-long-un…cvbvl"),
            ("a-long-unit-0l5si3gacvbvl", 8, Cut::Middle, "a-long-…"),
            ("漢字漢字", 8, Cut::End, "漢字漢字"),
            ("漢字漢字漢字", 8, Cut::End, "漢字漢…"),
            ("漢字漢字漢字漢字", 12, Cut::Middle, "漢字漢…漢字"),
            ("x", 0, Cut::End, ""),
        ] {
            let fitted = fitted(text, columns, cut);
            assert_eq!(fitted, fits, "{text} in {columns}");
            assert!(columns_of(&fitted) <= columns, "{fitted}");
        }
    }
}
