//! The process that becomes CMD: a namespace, the mounts in it, the directory to start in, and CMD.
//!
//! 1. Take over the pipe for answers, so that CMD will not have it.
//! 2. Enter a mount namespace. From here on, a death at any time takes all mounts with it: they belong to the processes
//!    that see them.
//! 3. Take the session and every SRC, so that no later mount hides them.
//! 4. Mount every SRC, in the order given.
//! 5. Mount the session at PATH, and see by device and inode that it is the one that incrdir has begun.
//! 6. See that no mount hides another one.
//! 7. Go to the directory to start in, by its path, so that it leads through the mounts.
//! 8. Execute CMD. That closes the pipe.
//!
//! A rehearsal does the same with a stand-in for the session, makes nothing that would remain, and ends before 8.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::at::args::Bind;
use crate::at::linux::answer::{Answer, Teller};
use crate::at::linux::mounts::{Source, enter_namespace, shown_at};
use crate::at::linux::plan::{Plan, Session};
use crate::at::linux::session::{Root, SessionAt};
use crate::failure::{OWN_FAILURE, why_not_run};

/// Becomes CMD, if this process was started for that. Returns only if it was not, or if that failed.
pub(crate) fn become_program() -> Option<ExitCode> {
    let plan = Plan::from_arguments(std::env::args_os().skip(1))?;
    let Ok(teller) = Teller::take_over(plan.answers) else {
        // Nobody who started this listens.
        return Some(ExitCode::from(OWN_FAILURE));
    };
    let Err(answer) = settle(&plan, &teller) else { return Some(ExitCode::SUCCESS) };
    teller.tell(&answer);
    Some(ExitCode::from(OWN_FAILURE))
}

/// Returns only from a rehearsal, or with what to tell.
fn settle(plan: &Plan, teller: &Teller) -> Result<(), Answer> {
    let by_user = enter_namespace().map_err(Answer::Unavailable)?;
    teller.tell(&Answer::Entered { by_user });
    let root = Root::look(&plan.root);
    let session = plan.session.as_ref().map(open_session).transpose()?;
    let mut binds = Vec::new();
    for Bind { source, dest } in &plan.places.binds {
        let taken = Source::take(source).map_err(|error| {
            refused(format!("--bind of `{}`: {}", source.display(), why(&error)))
        })?;
        binds.push((taken, dest));
    }
    for (source, dest) in &binds {
        source
            .show_at(dest)
            .map_err(|error| refused(format!("--bind to `{}`: {}", dest.display(), why(&error))))?;
    }
    // Held until CMD has it.
    let _guard = match &plan.places.at {
        Some(at) => SessionAt { path: at, root: &root, teller }.show(session.as_ref())?,
        None => None,
    };
    for (source, dest) in &binds {
        if shown_at(dest).ok() != Some(source.id) {
            let says = "is hidden by another --bind or by --at, through a link or a mount; choose another DEST";
            return Err(refused(format!("--bind to `{}` {says}", dest.display())));
        }
    }
    if let (None, Some(wanted), Some(plan)) = (&plan.places.at, &session, &plan.session)
        && shown_at(&plan.path).ok() != Some(wanted.id)
    {
        return Err(refused(
            "a --bind hides the session from CMD; show it elsewhere with --at".into(),
        ));
    }
    start_in(plan)?;
    match &plan.session {
        None => Ok(()),
        Some(_) => Err(execute(plan)),
    }
}

fn open_session(session: &Session) -> Result<Source, Answer> {
    let says = |what: String| {
        refused(format!("cannot show CMD its session `{}`: {what}", session.path.display()))
    };
    let source = Source::take(&session.path).map_err(|error| says(why(&error)))?;
    match (source.id.device, source.id.inode) == (session.device, session.inode) {
        true => Ok(source),
        false => Err(says("another directory stands in its place".into())),
    }
}

fn start_in(plan: &Plan) -> Result<(), Answer> {
    let places = &plan.places;
    let dir = places.chdir.as_deref().unwrap_or(&places.cwd);
    let is_in_session = places.at.as_ref().is_some_and(|at| dir.starts_with(at));
    if plan.session.is_none() && is_in_session {
        // What the session contains is not known yet.
        return Ok(());
    }
    let Err(error) = std::env::set_current_dir(dir) else { return Ok(()) };
    match &places.chdir {
        Some(dir) => Err(refused(format!("--chdir `{}`: {}", dir.display(), why(&error)))),
        // Its path leads through a directory that is not for us. It is where we are, and stays so.
        None if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        None => Err(refused(format!(
            "the working directory `{}` is not there for CMD: {}; choose another one with --chdir",
            dir.display(),
            why(&error)
        ))),
    }
}

/// Returns only if that failed.
fn execute(plan: &Plan) -> Answer {
    let Some((program, arguments)) = plan.command.split_first() else {
        return refused("BUG: there is no program".into());
    };
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(dir) = &plan.places.chdir {
        // Shells believe it where it leads to the same directory, and a path from before the mounts does.
        command.env("PWD", dir);
    }
    let error = command.exec();
    let is_missing = error.kind() == ErrorKind::NotFound;
    Answer::NotExecuted { is_missing, why: why_not_run(Path::new(program), &error) }
}

fn refused(what: String) -> Answer {
    Answer::Refused(what)
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such directory".into(),
        ErrorKind::NotADirectory => "it is not a directory".into(),
        _ => error.to_string(),
    }
}
