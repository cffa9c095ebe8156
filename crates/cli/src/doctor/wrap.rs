//! Sentences that are longer than the terminal is wide.

use crate::screen::columns_of;

/// The lines of a text, broken between words; all but the first one begin with so many blanks. `width`: of the terminal, if it is
/// one.
pub(super) fn wrapped(text: &str, indent: usize, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else { return vec![text.into()] };
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && columns_of(&line) + 1 + columns_of(word) > width {
            let whole = std::mem::replace(&mut line, " ".repeat(indent));
            lines.push(whole.trim_end().into());
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_all_of_them_are_there() {
        let text = "- one: two three fourfourfour five";
        assert_eq!(wrapped(text, 2, None), [text]);
        assert_eq!(wrapped(text, 2, Some(80)), [text]);
        assert_eq!(
            wrapped(text, 2, Some(12)),
            ["- one: two", "  three", "  fourfourfour", "  five"]
        );
        for width in 0..40 {
            let whole = wrapped(text, 2, Some(width)).join(" ");
            assert_eq!(
                whole.split_whitespace().collect::<Vec<_>>(),
                text.split(' ').collect::<Vec<_>>()
            );
        }
    }
}
