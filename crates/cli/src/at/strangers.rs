//! Whether somebody else could put something of their own at PATH while CMD runs.
//!
//! Removing the directory below a mount ends the mount, and a link can be replaced. Who may do that where PATH is, could make
//! CMD write elsewhere, with all of the caller's rights. The owner of the directory that PATH is in is not asked about: it is a
//! work tree mostly, and whoever builds in it runs its owner's programs.

use std::path::Path;

use incrdir_session::{Stranger, stranger};
use incrdir_vfs::{CapVfs, Name, Vfs};

use crate::args::Trusted;
use crate::at::places::Places;
use crate::failure::Failure;

/// The user who may do anything anyway.
const SUPERUSER: u32 = 0;

pub(super) fn refuse_strangers(
    path: &Path,
    places: &Places,
    trusted: &[Trusted],
) -> Result<(), Failure> {
    let real = places.underlying(path);
    let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else { return Ok(()) };
    if trusted.contains(&Trusted::Any) {
        return Ok(());
    }
    // What cannot be opened or looked at is told where it is used.
    let Ok((vfs, dir)) = CapVfs::open_ambient_dir(parent) else { return Ok(()) };
    let refused = |what: String, remedy: &str| -> Result<(), Failure> {
        let path = path.display();
        Err(format!("--at `{path}`: {what}, so that others could make CMD write elsewhere with your rights; {remedy}").into())
    };
    if let Some(found @ (Stranger::Everybody | Stranger::Group(_))) = stranger(&vfs, &dir, &[])? {
        let what = format!("the directory `{}` {found}", parent.display());
        return refused(what, "choose another PATH, or trust everybody with `--trust-owner any`");
    }
    let owner_of_parent = vfs.stat_dir(&dir)?.stat.owner.map(|owner| owner.user);
    let found = vfs.stat(&dir, &Name::new(name)?).ok().and_then(|found| found.owner);
    let (Some(owner), Some(caller)) = (found.map(|owner| owner.user), vfs.process().user) else {
        return Ok(());
    };
    let is_known = [caller, SUPERUSER].contains(&owner)
        || owner_of_parent == Some(owner)
        || trusted.contains(&Trusted::User(owner));
    if is_known {
        return Ok(());
    }
    refused(
        format!("it belongs to user {owner}"),
        &format!("choose another PATH, or trust them with `--trust-owner {owner}`"),
    )
}
