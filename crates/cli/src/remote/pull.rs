//! `incrdir remote pull`: the newest session, out of a store.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use incrdir::Cache;
use incrdir_remote::PullOptions;
use incrdir_session::BeginOptions;

use super::args::{PullArgs, url};
use super::shown::PullShown;
use super::store;
use crate::config::Config;
use crate::failure::{Failure, INTERRUPTED};
use crate::output::{self, say};
use crate::progress::{self, Progress};
use crate::signals::stop_on_interrupt;

pub(super) fn pull(args: &PullArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let config = Config::load()?;
    let url = url(args.url.as_ref(), config.pull.value(), "INCRDIR_PULL")?;
    let (root, unit) = (args.of.root(&config)?, args.of.unit()?);
    let address = args.whom.resolve(&config, args.whom.signs())?.address(&unit);
    let store = store::open(&url, &stop)?;
    let cache = Cache::options().stopped_by(Arc::clone(&stop)).on_step(progress::step);
    let cache = cache.open(&root)?;
    let (vfs, root) = cache.as_parts();
    let begin =
        BeginOptions::new(concat!("incrdir ", env!("CARGO_PKG_VERSION"))).tells_drawbacks(false);
    let options = PullOptions::new(begin);
    let progress = Progress::new();
    let begun = std::time::Instant::now();
    let pulled = incrdir_remote::pull(vfs, root, &store, &address, &options, &mut |moved| {
        progress::moved("pulling", moved);
    });
    progress.end();
    let pulled = match pulled {
        Err(_) if stop.load(Ordering::Relaxed) => return Ok(ExitCode::from(INTERRUPTED)),
        pulled => pulled.map_err(|error| format!("nothing pulled: {}", store::told(&error)))?,
    };
    let mut shown = PullShown::new(&url, &unit);
    shown.add(&unit, &pulled, begun.elapsed());
    shown.refusals().iter().for_each(say);
    match (shown.line(), &shown.why) {
        (Some(line), _) => output::print_lines(&[line])?,
        (None, Some(why)) if shown.unfit.is_empty() => {
            output::print_lines(&[format!("nothing pulled: {why}")])?;
        }
        (None, why) => {
            return Err(format!("nothing pulled: {}", why.clone().unwrap_or_default()).into());
        }
    }
    Ok(ExitCode::SUCCESS)
}
