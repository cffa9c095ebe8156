//! `incrdir remote push`: a published session, into a store.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use incrdir_naming::SessionName;
use incrdir_remote::PushOptions;
use incrdir_session::{Reading, Unit, Unrecorded, read_session};
use incrdir_vfs::{CapVfs, Vfs};

use super::args::{PushArgs, url};
use super::shown::PushShown;
use super::store;
use crate::config::Config;
use crate::failure::{Failure, INTERRUPTED, chain};
use crate::output;
use crate::progress::{self, Progress};
use crate::signals::stop_on_interrupt;

/// Who pushed, for people.
pub(crate) fn options() -> PushOptions {
    PushOptions::new(concat!("incrdir ", env!("CARGO_PKG_VERSION")))
}

pub(super) fn push(args: &PushArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let config = Config::load()?;
    let url = url(args.url.as_ref(), config.push.value(), "INCRDIR_PUSH")?;
    let (root, unit) = (args.of.root(&config)?, args.of.unit()?);
    let address = args.whom.resolve(&config, true)?.address(&unit);
    let (vfs, root) = CapVfs::open_ambient_dir(&root)?;
    let vfs = progress::watched(vfs).stopped_by(Arc::clone(&stop));
    let nothing = || format!("nothing of {unit} is published in `{}`", vfs.path(&root).display());
    let opened = Unit::open(&vfs, &root, &unit)?.ok_or_else(nothing)?;
    let published: Vec<SessionName> = opened.list()?.published().collect();
    let session = match &args.session {
        None => published.first().copied().ok_or_else(nothing)?,
        Some(name) => named(&published, name)?,
    };
    let store = store::open(&url, &stop)?;
    let progress = Progress::new();
    let snapshot = match read_session(&vfs, &root, &unit, session, Unrecorded::Refuse)? {
        Reading::Found(snapshot) => snapshot,
        Reading::Nothing(rejected) => {
            let why = rejected.first().map(|rejected| chain(&rejected.why));
            let why = why.unwrap_or("it is gone".into());
            return Err(format!("cannot push {session}: {why}").into());
        }
    };
    let begun = std::time::Instant::now();
    let pushed = incrdir_remote::push(&snapshot, &store, &address, &options(), &mut |moved| {
        progress::moved("pushing", moved);
    });
    progress.end();
    let pushed = match pushed {
        Err(_) if stop.load(Ordering::Relaxed) => return Ok(ExitCode::from(INTERRUPTED)),
        pushed => pushed.map_err(|error| format!("not pushed: {}", store::told(&error)))?,
    };
    let mut shown = PushShown::new(&url, &address.scope, session);
    shown.add(pushed, begun.elapsed());
    output::print_lines(&[shown.line()])?;
    Ok(ExitCode::SUCCESS)
}

fn named(published: &[SessionName], name: &str) -> Result<SessionName, Failure> {
    let name = name.trim_end_matches('…');
    let begun: Vec<_> =
        published.iter().filter(|session| session.to_string().starts_with(name)).collect();
    match begun[..] {
        [session] => Ok(*session),
        [] => Err(format!("there is no published session `{name}`").into()),
        [..] => {
            Err(format!("`{name}` may be {} sessions; give more of the name", begun.len()).into())
        }
    }
}
