//! `-v`, `--log-format` and `INCRDIR_LOG`: what goes on inside is told on standard error, one line for each event and for each
//! operation that has ended.
//!
//! Nothing is set up unless somebody asks. The program that `run` starts is left out of it: it inherits the environment as it is,
//! and no descriptor.

use std::borrow::Cow;
use std::env::{self, VarError};
use std::io::{self, Write};

use clap::error::ErrorKind;
use clap::{ArgAction, ValueEnum};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::progress::aside;
use crate::visible::{acts_on_a_terminal, visible};

/// The variable that says what is told without `-v`, or of which parts more.
const VARIABLE: &str = "INCRDIR_LOG";

/// Options of every subcommand.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Tell on standard error what is done and how long it takes; -vv: and what is decided; -vvv: and each file
    #[arg(long, short, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Format of these messages [default: text]
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// For programs: a JSON object in each line
    Json,
}

/// Begins to tell, if anybody asked for it.
pub(crate) fn start(args: &LogArgs) -> Result<(), clap::Error> {
    let Some(targets) = targets(args.verbose)? else {
        return match args.log_format {
            None => Ok(()),
            Some(_) => Err(usage(format!("--log-format has no effect without -v or {VARIABLE}"))),
        };
    };
    let layer = fmt::layer()
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        // All of it is made visible below.
        .with_ansi_sanitization(false)
        .log_internal_errors(false);
    let listener = tracing_subscriber::registry().with(targets);
    let begun = match args.log_format.unwrap_or(LogFormat::Text) {
        LogFormat::Text => listener.with(layer.with_writer(|| Lines(visible))).try_init(),
        LogFormat::Json => listener.with(layer.json().with_writer(|| Lines(escaped))).try_init(),
    };
    begun.map_err(|error| usage(error.to_string()))
}

/// What is told of what. `None`: nothing. The option is nearer to the user than the variable, which says of which parts more or less
/// is told than the option says.
fn targets(verbose: u8) -> Result<Option<Targets>, clap::Error> {
    let targets = match env::var(VARIABLE) {
        Ok(text) => parse(&text)?,
        Err(VarError::NotPresent) => Targets::new(),
        Err(VarError::NotUnicode(text)) => return Err(no_filter(&text.to_string_lossy(), "")),
    };
    let targets = match verbose {
        0 => targets,
        1 => targets.with_default(LevelFilter::INFO),
        2 => targets.with_default(LevelFilter::DEBUG),
        _ => targets.with_default(LevelFilter::TRACE),
    };
    let is_silent = |targets: &Targets| {
        targets.default_level().is_none_or(|level| level == LevelFilter::OFF)
            && targets.iter().all(|(_, level)| level == LevelFilter::OFF)
    };
    Ok(Some(targets).filter(|targets| !is_silent(targets)))
}

/// A level, or levels of targets. A word that is neither would be taken for a target of which everything is told.
fn parse(text: &str) -> Result<Targets, clap::Error> {
    if text.is_empty() {
        return Ok(Targets::new());
    }
    let targets: Targets = text.parse().map_err(|error| no_filter(text, &format!(" ({error})")))?;
    match targets.iter().find(|(target, _)| !target.starts_with("incrdir")) {
        Some((target, _)) => Err(no_filter(text, &format!(" (there is no target `{target}`)"))),
        None => Ok(targets),
    }
}

fn no_filter(text: &str, why: &str) -> clap::Error {
    usage(format!(
        "{VARIABLE} is `{text}`, which is no filter{why}: write a level, such as debug, or a level for each target, such as \
         info,incrdir_gc=debug"
    ))
}

fn usage(says: String) -> clap::Error {
    clap::Error::raw(ErrorKind::InvalidValue, format!("{}\n", visible(&says)))
}

/// Standard error. What comes at once is one line, in which nothing that others named acts on a terminal or begins another line.
/// If it cannot be written, there is nowhere to say so.
struct Lines(fn(&str) -> Cow<'_, str>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = (self.0)(text.strip_suffix('\n').unwrap_or(&text));
        let _ = aside(|| io::stderr().write_all(format!("{line}\n").as_bytes()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The same JSON, with all that acts on a terminal escaped as JSON has it: outside of strings there is nothing of that.
fn escaped(json: &str) -> Cow<'_, str> {
    if !json.contains(acts_on_a_terminal) {
        return json.into();
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match acts_on_a_terminal(character) {
            true => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => shown.push(character),
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_json_is_the_same_json() {
        let text = "del\u{7f} c1\u{9b} \u{202e}gpj.exe \u{2028} \u{1b}[31m naïve 漢字 \"\\n\" \n";
        let json = serde_json::to_string(text).unwrap();
        let shown = escaped(&json);
        assert!(!shown.contains(acts_on_a_terminal), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }

    #[test]
    fn a_filter_is_levels_and_our_targets() {
        for good in ["", "debug", "off", "incrdir_gc=trace", "info,incrdir_session=debug"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in ["debgu", "loud=debug", "incrdir_gc=loud", "info,hyper=debug"] {
            let told = parse(bad).unwrap_err().to_string();
            assert!(told.contains("no filter") && told.contains(bad), "{told}");
        }
    }
}
