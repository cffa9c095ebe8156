//! The root that `run` works in: made if it is missing, and refused if somebody else could lead CMD astray there.

use std::io::ErrorKind;
use std::path::Path;

use incrdir::{Cache, Error, Trust};
use incrdir_naming::UnitName;
use incrdir_session::{Stranger, Unit};
use incrdir_vfs::{CapDir, CapVfs};

use crate::args::{RunArgs, Trusted};
use crate::failure::{Failure, chain};
use crate::progress;
use crate::signals::Signals;

/// Opens the root, making it if it is missing. A cache may be new, but not the place for it.
pub(crate) fn open(root: &Path, args: &RunArgs, signals: &Signals) -> Result<Cache, Failure> {
    let options = Cache::options().durability(args.durability.into()).trust(trust(&args.trust));
    let options = if args.no_tag { options.without_tag() } else { options };
    options.stopped_by(signals.stop()).on_step(progress::step).open(root).map_err(told)
}

/// Refuses a unit that is a stranger's. Says whether there is none yet.
pub(crate) fn refuse_stranger_in(
    vfs: &CapVfs,
    root: &CapDir,
    unit: &UnitName,
    trusted: &[Trusted],
) -> Result<bool, Failure> {
    let Some(unit) = Unit::open(vfs, root, unit)? else { return Ok(true) };
    settle_unit(&unit, false, trusted)?;
    Ok(false)
}

/// The same of the unit that the session was begun in. One that was missing before has been made by us, or by somebody
/// else meanwhile.
pub(crate) fn settle_unit(
    unit: &Unit<CapVfs>,
    is_new: bool,
    trusted: &[Trusted],
) -> Result<(), Failure> {
    trust(trusted).settle(unit.vfs(), unit.dir(), is_new).map_err(told)
}

fn trust(trusted: &[Trusted]) -> Trust {
    let and = |trust: Trust, trusted: &Trusted| match trusted {
        Trusted::User(user) => trust.and_user(*user),
        Trusted::Any => trust.and_everybody(),
    };
    trusted.iter().fold(Trust::nobody_else(), and)
}

/// An error with the remedy that the command has.
fn told(error: Error) -> Failure {
    let (path, stranger) = match &error {
        Error::Stranger { path, stranger } => (path, stranger),
        Error::Create { source, .. } if source.kind() == ErrorKind::NotADirectory => {
            return format!("{}; a part of this path is a file", chain(&error)).into();
        }
        _ => return error.into(),
    };
    let remedy = match stranger {
        Stranger::Owner(user) => format!("trust them with `--trust-owner {user}`"),
        _ => "take that right away (`chmod go-w`), share it with the sticky bit (`chmod +t`), or trust \
              everybody with `--trust-owner any`"
            .into(),
    };
    format!(
        "`{}` {stranger}, so that others could make CMD write elsewhere with your rights; {remedy}",
        path.display()
    )
    .into()
}
