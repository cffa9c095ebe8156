//! Listings: whether the numbers in them are those of the files.

use incrdir_vfs::Vfs;

use crate::Untried;
use crate::bench::{Bench, name};
use crate::trial::Trial;

/// How many entries of a directory that is not ours are looked at.
const MANY: usize = 64;

/// Whether the inode numbers that a listing shows are those that looks show, of a few files and a directory.
pub(crate) fn ids_are_true<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    for file in ["a", "b", "c"] {
        bench.create(&name(file))?;
    }
    bench.make_dir(&name("d"))?;
    let (true_ones, all) = compare(bench.vfs, bench.dir)?;
    Ok(true_ones == all && all == 4)
}

/// The same of what a directory has already. It takes nothing but looks. Mounts show the number of what they hide.
pub(crate) fn ids_there_are_true<V: Vfs>(vfs: &V, dir: &V::Dir) -> Trial {
    match compare(vfs, dir)? {
        (_, 0) => Err(Untried::NoScratch),
        (true_ones, all) => Ok(true_ones == all),
    }
}

fn compare<V: Vfs>(vfs: &V, dir: &V::Dir) -> Trial<(usize, usize)> {
    let listed = vfs.list(dir);
    let listed = listed.map_err(|error| incrdir_vfs::Error::new("list", vfs.path(dir), error))?;
    let (mut true_ones, mut all) = (0, 0);
    for entry in listed.into_iter().flatten().take(MANY) {
        // What is gone meanwhile, or may not be looked at, says nothing.
        let Ok(stat) = vfs.stat(dir, &entry.name) else { continue };
        if !stat.is_mount {
            all += 1;
            true_ones += usize::from(stat.id.inode == entry.inode);
        }
    }
    Ok((true_ones, all))
}
