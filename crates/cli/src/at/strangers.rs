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
use crate::at::spot::{ASIDE, LEASE, beside};
use crate::failure::Failure;

/// The user who may do anything anyway.
const SUPERUSER: u32 = 0;

/// Refuses a PATH or a DEST that others could replace, also where it is a link to somewhere else.
pub(super) fn refuse_strangers(places: &Places, trusted: &[Trusted]) -> Result<(), Failure> {
    if trusted.contains(&Trusted::Any) {
        return Ok(());
    }
    let at = places.at.iter().map(|at| ("--at", places.underlying(at)));
    let dests = places.binds.iter().map(|bind| ("--bind to", bind.dest.clone()));
    for (option, path) in at.chain(dests) {
        refuse_at(option, &path, trusted)?;
        if let Ok(real) = path.canonicalize()
            && real != path
        {
            refuse_at(option, &real, trusted)?;
        }
    }
    Ok(())
}

fn refuse_at(option: &str, path: &Path, trusted: &[Trusted]) -> Result<(), Failure> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    // What cannot be opened or looked at is told where it is used.
    let Ok((vfs, dir)) = CapVfs::open_ambient_dir(parent) else { return Ok(()) };
    let refused = |what: String, remedy: &str| -> Result<(), Failure> {
        let path = path.display();
        Err(format!("{option} `{path}`: {what}, so that others could make CMD write elsewhere with your rights; {remedy}").into())
    };
    if let Some(found @ (Stranger::Everybody | Stranger::Group(_))) = stranger(&vfs, &dir, &[])? {
        let what = format!("the directory `{}` {found}", parent.display());
        return refused(what, "choose another one, or trust everybody with `--trust-owner any`");
    }
    let owner_of_parent = vfs.stat_dir(&dir)?.stat.owner.map(|owner| owner.user);
    // What says of PATH that it is somebody's is as good as PATH.
    for name in [name.to_owned(), beside(path, LEASE), beside(path, ASIDE)] {
        let name = Name::new(name)?;
        let found = vfs.stat(&dir, &name).ok().and_then(|found| found.owner);
        let (Some(owner), Some(caller)) = (found.map(|owner| owner.user), vfs.process().user)
        else {
            continue;
        };
        let is_known = [caller, SUPERUSER].contains(&owner)
            || owner_of_parent == Some(owner)
            || trusted.contains(&Trusted::User(owner));
        if !is_known {
            return refused(
                format!("`{name}` belongs to user {owner}"),
                &format!("choose another one, or trust them with `--trust-owner {owner}`"),
            );
        }
    }
    Ok(())
}
