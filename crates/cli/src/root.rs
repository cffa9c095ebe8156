//! The root that `run` works in: made if it is missing, and refused if somebody else could lead CMD astray there.

use std::io::ErrorKind;
use std::path::Path;

use incrdir_naming::UnitName;
use incrdir_session::{Stranger, Unit, stranger};
use incrdir_vfs::{CapDir, CapVfs, Vfs};

use crate::args::{Level, RunArgs, Trusted};
use crate::failure::Failure;

/// What everybody may write, and nobody rename of others.
const SHARED: u32 = 0o1777;

/// An open root.
pub(crate) struct Root {
    pub(crate) vfs: CapVfs,
    pub(crate) dir: CapDir,
}

impl Root {
    /// Opens it, making it if it is missing. A cache may be new, but not the place for it.
    pub(crate) fn open(args: &RunArgs) -> Result<Self, Failure> {
        let path = std::path::absolute(&args.root)
            .map_err(|error| format!("cannot use `{}` as a root: {error}", args.root.display()))?;
        let is_new = make(&path)?;
        if args.durability == Level::Durable {
            sync_name(&path, is_new)?;
        }
        let (vfs, dir) = CapVfs::open_ambient_dir(&path)?;
        let found = stranger(&vfs, &dir, &users(&args.trust))?;
        settle(&vfs, &dir, found, is_new, &args.trust)?;
        Ok(Self { vfs, dir })
    }
}

/// Says whether it was missing.
fn make(path: &Path) -> Result<bool, Failure> {
    let error = match std::fs::create_dir(path) {
        Ok(()) => return Ok(true),
        Err(_) if path.is_dir() => return Ok(false),
        Err(error) => error,
    };
    let shown = path.display();
    Err(match error.kind() {
        ErrorKind::AlreadyExists => format!(
            "cannot use `{shown}` as a root: it is not a directory; give one, or a new name in a directory"
        ),
        ErrorKind::NotFound => {
            format!("cannot create root `{shown}`: {error}; make its parent first")
        }
        _ => format!("cannot create root `{shown}`: {error}"),
    }
    .into())
}

/// Makes the name of the root durable, which is in its parent: what is published in it would be lost with it. Whoever
/// made it may not have come to that, so this is done every time; who only may use it need not be able to.
fn sync_name(path: &Path, is_new: bool) -> Result<(), Failure> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let synced = CapVfs::open_ambient_dir(parent).and_then(|(vfs, dir)| vfs.sync_dir(&dir));
    match synced {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(_) if !is_new => Ok(()),
        Err(error) => {
            Err(format!("cannot sync `{}`, which holds the new root: {error}", parent.display())
                .into())
        }
    }
}

/// Refuses a unit that is a stranger's. Says whether there is none yet.
pub(crate) fn refuse_stranger_in(
    vfs: &CapVfs,
    root: &CapDir,
    unit: &UnitName,
    trust: &[Trusted],
) -> Result<bool, Failure> {
    let Some(unit) = Unit::open(vfs, root, unit)? else { return Ok(true) };
    settle(vfs, unit.dir(), stranger(vfs, unit.dir(), &users(trust))?, false, trust)?;
    Ok(false)
}

/// The same of the unit that the session was begun in. One that was missing before has been made by us, or by somebody
/// else meanwhile.
pub(crate) fn settle_unit(
    unit: &Unit<CapVfs>,
    is_new: bool,
    trust: &[Trusted],
) -> Result<(), Failure> {
    settle(unit.vfs(), unit.dir(), stranger(unit.vfs(), unit.dir(), &users(trust))?, is_new, trust)
}

fn settle(
    vfs: &CapVfs,
    dir: &CapDir,
    found: Option<Stranger>,
    is_new: bool,
    trust: &[Trusted],
) -> Result<(), Failure> {
    let Some(stranger) = found.filter(|_| !trust.contains(&Trusted::Any)) else { return Ok(()) };
    // Made under a umask that shares everything: that is kept, as far as it harms nobody.
    if is_new && stranger == Stranger::Everybody && vfs.set_dir_mode(dir, SHARED).is_ok() {
        return Ok(());
    }
    let remedy = match stranger {
        Stranger::Owner(user) => format!("trust them with `--trust-owner {user}`"),
        _ => "take that right away (`chmod go-w`), share it with the sticky bit (`chmod +t`), or trust \
              everybody with `--trust-owner any`"
            .into(),
    };
    Err(format!(
        "`{}` {stranger}, so that others could make CMD write elsewhere with your rights; {remedy}",
        vfs.path(dir).display()
    )
    .into())
}

fn users(trust: &[Trusted]) -> Vec<u32> {
    let user = |trusted: &Trusted| match trusted {
        Trusted::User(user) => Some(*user),
        Trusted::Any => None,
    };
    trust.iter().filter_map(user).collect()
}
