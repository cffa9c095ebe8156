//! Lines for people, in which some words have a colour.
//!
//! Text and colour are kept apart until they are written: what the text holds is made visible, and never taken for a colour.

use anstyle::{AnsiColor, Style};

use crate::visible::visible;

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// A piece of text and its colour.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Span {
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl<T: Into<String>> From<T> for Span {
    fn from(text: T) -> Self {
        Self::new(text, PLAIN)
    }
}

/// One line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(pub(crate) Vec<Span>);

impl<T: Into<String>> From<T> for Line {
    fn from(text: T) -> Self {
        Self(vec![text.into().into()])
    }
}

impl Line {
    pub(crate) fn of(text: impl Into<String>, style: Style) -> Self {
        Self(vec![Span::new(text, style)])
    }

    /// As it is written where there are colours.
    pub(crate) fn coloured(&self) -> String {
        self.0
            .iter()
            .map(|Span { text, style }| format!("{style}{}{style:#}", visible(text)))
            .collect()
    }
}
