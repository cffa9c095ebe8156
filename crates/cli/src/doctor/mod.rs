//! `incrdir doctor`: what the file system under a cache can do, and what that means for the cache.
//!
//! `subject` is where it looks, `mounts` what the system says of the mount there, `witness` the other process that tries to
//! take a lock, `examined` is all that is told, `sheet` the same in words, `document` the same for programs. What is found out, and the verdict, is
//! incrdir-probe's.

mod document;
mod examined;
mod mounts;
mod sheet;
mod subject;
mod witness;
mod wrap;

use std::path::PathBuf;
use std::process::ExitCode;

use incrdir_probe::{Options, probe};
use incrdir_vfs::{CapVfs, Vfs};

use crate::at;
use crate::config::Config;
use crate::failure::{Failure, INTERRUPTED};
use crate::signals::stop_on_interrupt;
use crate::values::Format;
use crate::{json, output, screen};
use document::Document;
use examined::Examined;
use subject::Subject;

pub(crate) use witness::become_witness;

/// Exit status where a cache would lose something, or cannot be at all.
const UNFIT: u8 = 3;

const HELP: &str = "\
The file system is examined by trying, in a directory `.incrdir-probe.*` beside a lock file of the same name. Both are removed \
again; what a killed one leaves, the next one in this directory removes after a day. Nothing else is touched: of a unit or a session, the root is examined that it is in. A directory that is not there is \
examined where it would be made.

Whether locks exclude other machines cannot be found out from one machine. Where the type of the file system does not promise \
it, they are not trusted.

Exit status: 0 if a cache can be here, also if it has drawbacks; 1 if DIR could not be examined; 2 for a usage error; 3 if \
locks are not to be trusted or no cache can be here; 130 if interrupted.

Example: incrdir doctor target/debug/incremental

The JSON document is described in crates/cli/README.md in the repository.";

/// What the command line says.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct DoctorArgs {
    /// A root, a unit, a target directory, or any other directory [default: the root that is set, or else the working directory]
    #[arg(value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn doctor(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => Config::load()?.root.value().unwrap_or_else(|| ".".into()),
    };
    let subject = Subject::of(&dir)?;
    let (vfs, dir) = CapVfs::open_ambient_dir(&subject.path)?;
    let vfs = vfs.stopped_by(stop);
    let here = mounts::here(&subject.path);
    let mut options = Options::default()
        .mount(here.as_ref().map(mounts::Here::mount))
        .witness(witness::process(&subject.path));
    if vfs.fs_info(&dir).is_ok_and(|info| !info.locks_exclude_all) {
        for way in here.iter().flat_map(mounts::Here::other_ways) {
            options = options.witness(witness::through(&way));
        }
    }
    let findings = probe(&vfs, &dir, options);
    let examined = Examined { subject, here, findings, namespaces: at::namespaces() };
    match args.format {
        Format::Json => json::print(&Document::of(&examined))?,
        Format::Table => output::print_styled(&sheet::lines(&examined, screen::width()))?,
    }
    Ok(match (examined.findings.is_cut_short, examined.findings.verdict().is_usable()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(UNFIT),
    })
}
