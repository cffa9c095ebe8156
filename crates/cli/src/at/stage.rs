//! How one run shows CMD its session: chosen before the session is begun, done for CMD, and undone after it.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use incrdir_session::Working;
use incrdir_vfs::CapVfs;

use crate::args::Trusted;
use crate::at::args::AtArgs;
use crate::at::lease::{self, Claim, Lease};
use crate::at::outcome::{NotRun, Rehearsal};
use crate::at::overlap::{is_root, no_place};
use crate::at::places::Places;
use crate::at::platform::{self, Entering};
use crate::at::strangers::refuse_strangers;
use crate::failure::{Failure, chain};
use crate::output::say;
use crate::signals::Signals;

/// How often a PATH that is busy is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How CMD sees its session.
pub(crate) struct Stage {
    /// `None`: everything where it is.
    places: Option<Places>,
    means: Means,
    /// How it is said in the report.
    told: Option<String>,
}

#[allow(clippy::large_enum_variant, reason = "there is one of it at a time; Windows has no links")]
enum Means {
    /// Where it is.
    Nothing,
    /// In a mount namespace.
    Namespace {
        root: PathBuf,
    },
    Link(Lease),
}

/// The outcome of one try.
#[allow(clippy::large_enum_variant, reason = "there is one of it at a time; Windows has no links")]
enum Try {
    Ready(Stage),
    Busy(String),
    Killed,
}

/// Finds out how CMD can see what it is to see, before anything is made. `None`: a signal came.
pub(crate) fn prepare(
    args: &AtArgs,
    root: &Path,
    command: &[OsString],
    trusted: &[Trusted],
    signals: &Signals,
) -> Result<Option<Stage>, Failure> {
    let Some(places) = Places::of(args)? else {
        return Ok(Some(Stage { places: None, means: Means::Nothing, told: None }));
    };
    refuse_strangers(&places, trusted)?;
    let root = std::path::absolute(root)?;
    let program = command.first().map(|program| program.display().to_string()).unwrap_or_default();
    let mut is_waiting = false;
    let mut deaths = 0;
    loop {
        if signals.seen().is_some() {
            return Ok(None);
        }
        match attempt(args, &places, &root, &program)? {
            Try::Ready(stage) => return Ok(Some(stage)),
            Try::Busy(holder) => {
                let busy = lease::busy(places.at.as_deref().unwrap_or(&root), &holder);
                if !args.wait {
                    return Err(format!("{busy}; wait for it with --wait").into());
                }
                if !is_waiting {
                    say(format_args!("{busy}; waiting for it"));
                }
                is_waiting = true;
            }
            // By a signal of the terminal, which may not have reached us yet.
            Try::Killed if deaths < 3 => deaths += 1,
            Try::Killed => {
                return Err("the process that was to try --at was killed each time".into());
            }
        }
        thread::sleep(PAUSE);
    }
}

fn attempt(args: &AtArgs, places: &Places, root: &Path, program: &str) -> Result<Try, Failure> {
    let ready = |means, told| Ok(Try::Ready(Stage { places: Some(places.clone()), means, told }));
    let at = places.at.as_deref();
    let shown = args.at.as_ref().map(|path| path.display());
    if at.is_none() && !places.has_binds() {
        start_in(places)?;
        return ready(Means::Nothing, None);
    }
    let why = match platform::rehearse(places, root)? {
        Rehearsal::Works { by_user } => {
            let own = if by_user { " of the user's own" } else { "" };
            let place = shown.map(|path| format!("at {path} ")).unwrap_or_default();
            let told = format!("{place}in a mount namespace{own}");
            return ready(Means::Namespace { root: root.into() }, Some(told));
        }
        Rehearsal::Busy(holder) => return Ok(Try::Busy(holder)),
        Rehearsal::Killed => return Ok(Try::Killed),
        Rehearsal::Unavailable(why) => why,
    };
    let (Some(at), Some(shown), false) = (at, shown, places.has_binds()) else {
        return Err(format!(
            "--bind needs a mount namespace, because no link shows a directory at a fixed path, and {why}"
        )
        .into());
    };
    let real = real_place(at).ok_or_else(|| no_place(at))?;
    if real_place(root).is_some_and(|root| real.starts_with(root)) {
        return Err(is_root(at, root).into());
    }
    if !is_in_session(places) {
        start_in(places)?;
    }
    match lease::claim(&real, program)? {
        Claim::Busy(holder) => Ok(Try::Busy(holder)),
        Claim::Held(lease) => {
            ready(Means::Link(lease), Some(format!("at {shown} by a link, because {why}")))
        }
    }
}

/// A path without links in the directory that it is in.
fn real_place(path: &Path) -> Option<PathBuf> {
    Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?))
}

/// Whether CMD starts in its session, of which nothing is known yet.
fn is_in_session(places: &Places) -> bool {
    let Places { at, chdir, .. } = places;
    chdir.as_ref().zip(at.as_ref()).is_some_and(|(dir, at)| dir.starts_with(at))
}

fn start_in(places: &Places) -> Result<(), Failure> {
    let Some(dir) = &places.chdir else { return Ok(()) };
    let why = match std::fs::metadata(dir) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => "it is not a directory".into(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            "there is no such directory".into()
        }
        Err(error) => error.to_string(),
    };
    Err(format!("--chdir `{}`: {why}", dir.display()).into())
}

impl Stage {
    /// Where CMD sees the session.
    pub(crate) fn shown(&self, session: &Path) -> PathBuf {
        let at = self.places.as_ref().and_then(|places| places.at.clone());
        at.unwrap_or_else(|| session.into())
    }

    /// What CMD inherits beside the lock of its session: PATH is its own as long as it runs.
    pub(crate) fn lease_file(&self) -> Option<&File> {
        match &self.means {
            Means::Link(lease) => Some(lease.file()),
            _ => None,
        }
    }

    /// What to start, and in a namespace what has to be asked afterwards.
    pub(crate) fn command(
        &mut self,
        session: &Working<CapVfs>,
        command: Vec<OsString>,
    ) -> Result<(Command, Option<Entering>), NotRun> {
        if let (Means::Namespace { root }, Some(places)) = (&self.means, &self.places) {
            let (command, entering) = platform::enter(places, root, session, command)?;
            return Ok((command, Some(entering)));
        }
        if let Means::Link(lease) = &mut self.means {
            lease.link_to(session.path()).map_err(NotRun::Place)?;
        }
        let (program, arguments) = command.split_first().expect("BUG: clap demands a program");
        let mut command = Command::new(program);
        command.args(arguments);
        if let Some(places) = &self.places
            && let Some(dir) = &places.chdir
        {
            start_in(places).map_err(NotRun::Place)?;
            // Shells believe it where it leads to the same directory, as a path of before may.
            command.current_dir(dir).env("PWD", dir);
        }
        Ok((command, None))
    }

    /// Gives PATH back, before the session has another name.
    pub(crate) fn end(&mut self) {
        if let Means::Link(lease) = &mut self.means
            && let Err(error) = lease.give_back()
        {
            say(format_args!(
                "cannot give back the PATH of --at; the next run tries again: {}",
                chain(&*error)
            ));
        }
    }

    /// For the report.
    pub(crate) fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }
}
