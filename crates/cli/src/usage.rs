//! Mistakes of usage: what clap says of them, and what it cannot know.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::visible::visible;

/// Lets an option judge its value also where that begins with `-`, if it can: `--keep -1` is a bad number, and not a
/// number and an option `-1`. What takes any text or path cannot tell a value from a value that was forgotten.
pub(crate) fn judging(arg: clap::Arg) -> clap::Arg {
    let anything = [TypeId::of::<String>(), TypeId::of::<OsString>(), TypeId::of::<PathBuf>()];
    let parsed = arg.get_value_parser().type_id();
    let judges = !arg.is_positional()
        && arg.get_action().takes_values()
        && !anything.iter().any(|it| parsed == *it);
    if judges { arg.allow_hyphen_values(true) } else { arg }
}

/// The subcommand of a command line that may be wrong: options of all of them may come before it.
pub(crate) fn subcommand(arguments: &[OsString]) -> Option<&OsString> {
    let is_option =
        |it: &OsString| it.as_encoded_bytes().starts_with(b"-") || *it == "text" || *it == "json";
    arguments.iter().skip(1).find(|argument| !is_option(argument))
}

/// Commands whose PATH may be the root that is set.
const OF_A_ROOT: [&str; 5] = ["ls", "gc", "verify", "du", "stats"];

/// Whether all that is missing is the PATH of a command that works in a whole root.
pub(crate) fn lacks_path(error: &clap::Error, arguments: &[OsString]) -> bool {
    let is_of_a_root =
        subcommand(arguments).is_some_and(|command| OF_A_ROOT.iter().any(|it| command == it));
    let missing = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => missing,
        _ => return false,
    };
    is_of_a_root && missing.iter().all(|missing| missing.starts_with("<PATH>"))
}

/// Makes an error of clap say what helps, and nothing that acts on a terminal.
pub(crate) fn explain(error: &mut clap::Error, arguments: &[OsString]) {
    if error.kind() == ErrorKind::InvalidUtf8 {
        *error = clap::Error::raw(ErrorKind::InvalidUtf8, not_text(arguments));
    }
    show_arguments(error);
    if error.kind() == ErrorKind::UnknownArgument {
        // "To pass it as a value, use `-- -x`": a path that begins with `-` is rarer than an option that there is not.
        error.remove(ContextKind::Suggested);
    }
    if let Some(tip) = without_dashes(error, arguments).or_else(|| without_text(error, arguments)) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
}

/// The remedy where `run` takes the program for something else.
fn without_dashes(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let is_run = subcommand(arguments).is_some_and(|command| command == "run");
    if !is_run || arguments.iter().any(|argument| argument == "--") {
        return None;
    }
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(found)))
            if !found.starts_with('-') =>
        {
            Some(format!("put -- before the program: `incrdir run [OPTIONS] -- {found}`"))
        }
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing)))
            if missing.iter().all(|missing| missing.contains("CMD")) =>
        {
            Some("put -- before the program: `incrdir run [OPTIONS] -- CMD`".into())
        }
        _ => None,
    }
}

/// The remedy where a value is there, but has nothing in it, which clap calls missing.
fn without_text(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let is_empty =
        |argument: &OsString| argument.is_empty() || argument.as_encoded_bytes().ends_with(b"=");
    let value = error.get(ContextKind::InvalidValue)?;
    let is_it = matches!(value, ContextValue::String(text) if text.is_empty());
    (is_it && arguments.iter().any(is_empty))
        .then(|| "the value is empty: is a variable of the shell not set?".into())
}

/// Which argument is not text, which clap does not say. Where several are not, one of them may be a path, which need not be.
fn not_text(arguments: &[OsString]) -> String {
    let ours = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    let odd: Vec<_> = ours
        .filter(|argument| argument.to_str().is_none())
        .map(|argument| format!("`{}`", visible(&argument.to_string_lossy())))
        .collect();
    format!("{} is not UTF-8; only paths, and what comes after --, need not be\n", odd.join(" or "))
}

/// A usage error repeats what was given, which need not have been typed by whoever reads it.
fn show_arguments(error: &mut clap::Error) {
    let show = |text: &String| visible(text).into_owned();
    let shown = |(kind, value): (ContextKind, &ContextValue)| match value {
        ContextValue::String(text) => Some((kind, ContextValue::String(show(text)))),
        ContextValue::Strings(texts) => {
            Some((kind, ContextValue::Strings(texts.iter().map(show).collect())))
        }
        _ => None,
    };
    let shown: Vec<_> = error.context().filter_map(shown).collect();
    for (kind, value) in shown {
        error.insert(kind, value);
    }
}
