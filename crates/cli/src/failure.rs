//! Messages of failures: operation, path and every cause, on one line.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Exit status of `run` when incrdir itself failed, as `env` and `docker run` have it.
pub(crate) const OWN_FAILURE: u8 = 125;

/// Exit status of a command that was told to end and has stopped, as shells have it for SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// Anything that ends a command.
pub(crate) type Failure = Box<dyn Error>;

/// An error and all its causes. A cause that only repeats what it is the cause of is not said twice, and neither is a path that the cause
/// names, too: "cannot publish: cannot rename `P`".
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.truncate(without_path(&text, &said));
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    if is_beyond_the_limit(error) {
        text.push_str(
            "; this file system takes no longer files, or the limit is in the way (`ulimit -f`)",
        );
    }
    text
}

/// How much of a message is to be said before its cause, which may name the path at its end again.
fn without_path(text: &str, cause: &str) -> usize {
    let path = text.strip_suffix('`').and_then(|text| text.rfind(" `"));
    match path {
        Some(at) if cause.contains(&text[at + 1..]) => at,
        _ => text.len(),
    }
}

/// Whether the system refused to make a file longer.
fn is_beyond_the_limit(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let system = cause.downcast_ref::<io::Error>().filter(|it| it.raw_os_error().is_some());
        if system.is_some_and(|error| error.kind() == ErrorKind::FileTooLarge) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Three things are "no such file" to the system.
pub(crate) fn why_not_run(program: &Path, error: &io::Error) -> String {
    let is_path = program.parent().is_some_and(|dir| !dir.as_os_str().is_empty());
    match (error.kind(), is_path) {
        (ErrorKind::NotFound, false) => "it was not found in PATH".into(),
        (ErrorKind::NotFound, true) if program.exists() => {
            "it is there, but the interpreter or loader that it names is not".into()
        }
        (ErrorKind::NotFound, true) => "it does not exist".into(),
        (ErrorKind::PermissionDenied, _) if program.is_dir() => "it is a directory".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Told(&'static str, Option<Box<Told>>);

    impl std::fmt::Display for Told {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Told {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    #[test]
    fn nothing_is_said_twice() {
        for (texts, said) in [
            (
                &["cannot publish `/a b`", "cannot rename `/a b`", "busy"][..],
                "cannot publish: cannot rename `/a b`: busy",
            ),
            (
                &["cannot publish `/a`", "cannot rename `/a` to `/b`"],
                "cannot publish: cannot rename `/a` to `/b`",
            ),
            (
                &["cannot publish `/a`", "cannot sync `/a/b`"],
                "cannot publish `/a`: cannot sync `/a/b`",
            ),
            (&["cannot open", "cannot open"], "cannot open"),
            (&["cannot publish `/a`", "`/a` is a link"], "cannot publish: `/a` is a link"),
            (&["`/a` is gone", "cannot open `/a`"], "`/a` is gone: cannot open `/a`"),
        ] {
            let told =
                texts.iter().rev().fold(None, |cause, text| Some(Box::new(Told(text, cause))));
            assert_eq!(chain(&*told.unwrap()), said);
        }
    }
}
