//! Tables that fit the terminal.
//!
//! What does not fit is made shorter where a column may be, down to its least width. If that is not enough, the columns that may be left out are, one after the other.
//! In a pipe everything is whole.

use crate::screen::{Cut, columns_of, fitted};
use crate::styled::{FAINT, Line, Span};
use crate::visible::visible;

/// What may be done to a column that is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Whole,
    /// It may be cut down to so many columns.
    Shorter(usize, Cut),
    /// It may be left out, after those of a lower number.
    LeftOut(u8),
}

/// A column: its heading, and whether it is one of numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    pub(crate) is_number: bool,
    pub(crate) fit: Fit,
}

impl Column {
    pub(crate) const fn text(heading: &'static str, fit: Fit) -> Self {
        Self { heading, is_number: false, fit }
    }

    pub(crate) const fn number(heading: &'static str, fit: Fit) -> Self {
        Self { heading, is_number: true, fit }
    }
}

/// Between two columns.
const GAP: usize = 2;

/// Lines with a heading, each column as wide as its widest cell. `width`: of the terminal, if it is one.
pub(crate) fn table(
    columns: &[Column],
    rows: &[Vec<Span>],
    indent: usize,
    width: Option<usize>,
) -> Vec<Line> {
    let heading = columns.iter().map(|column| Span::new(column.heading, FAINT)).collect();
    let rows: Vec<Vec<Span>> =
        std::iter::once(&heading).chain(rows).map(|row| shown(row)).collect();
    let widest = |at: usize| rows.iter().map(|row| columns_of(&row[at].text)).max().unwrap_or(0);
    let natural: Vec<usize> = (0..columns.len()).map(widest).collect();
    let widths = match width {
        Some(width) => fit(columns, &natural, width.saturating_sub(indent)),
        None => natural.into_iter().map(Some).collect(),
    };
    rows.iter().map(|row| line(row, columns, &widths, indent, width)).collect()
}

fn shown(row: &[Span]) -> Vec<Span> {
    row.iter().map(|Span { text, style }| Span::new(visible(text), *style)).collect()
}

/// The width of each column; `None`: it is left out.
fn fit(columns: &[Column], natural: &[usize], room: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = natural.iter().copied().map(Some).collect();
    loop {
        let there: Vec<usize> = widths.iter().flatten().copied().collect();
        let taken = there.iter().sum::<usize>() + GAP * there.len().saturating_sub(1);
        let Some(excess) = taken.checked_sub(room).filter(|excess| *excess > 0) else {
            return widths;
        };
        let spare = |at: usize| match (columns[at].fit, widths[at]) {
            (Fit::Shorter(least, _), Some(width)) => {
                width.saturating_sub(least.max(columns[at].heading.len()))
            }
            _ => 0,
        };
        let spares: Vec<usize> = (0..columns.len()).map(spare).collect();
        if spares.iter().sum::<usize>() >= excess {
            shorten(&mut widths, spares, excess);
            return widths;
        }
        let optional = (0..columns.len()).filter(|at| widths[*at].is_some());
        let number = |at: &usize| match columns[*at].fit {
            Fit::LeftOut(number) => Some((number, *at)),
            _ => None,
        };
        let Some((_, next)) = optional.filter_map(|at| number(&at)).min() else {
            shorten(&mut widths, spares, excess);
            return widths;
        };
        widths[next] = None;
    }
}

/// Takes away what is too much, always from the column that can spare most.
fn shorten(widths: &mut [Option<usize>], mut spares: Vec<usize>, excess: usize) {
    for _ in 0..excess {
        let Some(at) = (0..spares.len()).max_by_key(|at| spares[*at]).filter(|at| spares[*at] > 0)
        else {
            return;
        };
        spares[at] -= 1;
        widths[at] = widths[at].map(|width| width - 1);
    }
}

fn line(
    row: &[Span],
    columns: &[Column],
    widths: &[Option<usize>],
    indent: usize,
    room: Option<usize>,
) -> Line {
    let mut spans: Vec<Span> = Vec::new();
    let mut at = indent;
    // Blanks are written before the next text, so that none stand at the end of a line.
    let mut blanks = indent;
    for ((Span { text, style }, column), width) in row.iter().zip(columns).zip(widths) {
        let Some(width) = *width else { continue };
        // Where even the least is too much, the line ends.
        let width = room.map_or(width, |room| room.saturating_sub(at)).min(width);
        let cut = match column.fit {
            Fit::Shorter(_, cut) => cut,
            _ => Cut::End,
        };
        let text = fitted(text, width, cut);
        let padding = width - columns_of(&text);
        let (before, after) = if column.is_number { (padding, 0) } else { (0, padding) };
        blanks += before;
        if !text.is_empty() {
            spans.push(" ".repeat(blanks).into());
            spans.push(Span::new(text, *style));
            blanks = 0;
        }
        blanks += after + GAP;
        at += width + GAP;
    }
    Line(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::styled::PLAIN;

    const COLUMNS: [Column; 4] = [
        Column::text("UNIT", Fit::Shorter(8, Cut::Middle)),
        Column::number("SIZE", Fit::Whole),
        Column::number("OWN", Fit::LeftOut(1)),
        Column::text("STATE", Fit::Shorter(6, Cut::End)),
    ];

    fn shown(width: Option<usize>) -> Vec<String> {
        let row = |unit: &str, state: &str| -> Vec<Span> {
            [unit, "1.5 MiB", "12 KiB", state].map(|cell| Span::new(cell, PLAIN)).into()
        };
        let rows = [row("library-0l5si3gacvbvl", "in use, 2 dead"), row("b-0", "")];
        let text = |line: &Line| line.0.iter().map(|span| &*span.text).collect();
        table(&COLUMNS, &rows, 0, width).iter().map(text).collect()
    }

    #[test]
    fn in_a_pipe_everything_is_whole() {
        let lines = shown(None);
        assert_eq!(lines[0], "UNIT                      SIZE     OWN  STATE");
        assert_eq!(lines[1], "library-0l5si3gacvbvl  1.5 MiB  12 KiB  in use, 2 dead");
        assert_eq!(lines[2], "b-0                    1.5 MiB  12 KiB");
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for width in 0..80 {
            for line in shown(Some(width)) {
                assert!(columns_of(&line) <= width, "{width}: {line:?}");
            }
        }
        assert_eq!(shown(Some(40))[1], "librar…cvbvl  1.5 MiB  12 KiB  in use, …");
        assert_eq!(shown(Some(30))[1], "libra…cvbvl  1.5 MiB  in use,…", "OWN is left out");
        assert_eq!(shown(Some(60)), shown(None));
    }
}
