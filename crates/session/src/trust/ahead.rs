//! P1: which copies in directories that nobody changed are untouched, looked at by several threads before they are recorded.

use std::collections::BTreeMap;

use incrdir_record::{Kind, List};
use incrdir_vfs::Vfs;

use crate::Error;
use crate::fill::parallel::FEW;
use crate::record::name_of;
use crate::stop::go_on;
use crate::tree::trail::Trail;
use crate::tree::ways::{Place, Ways};
use crate::trust::leaf::Leaves;

/// A job looks at so many files.
const JOB: usize = 256;

/// Untouched copies, by their number in the source's list: their inodes.
pub(crate) type Untouched = BTreeMap<usize, u64>;

/// Looks at the files of all directories that stood as they were when the session was begun, if there are many. One that is not found
/// to be untouched is looked at again when it is recorded.
///
/// # Errors
///
/// If it is to stop.
pub(crate) fn look_ahead<V: Vfs>(
    leaves: &Leaves<'_, V>,
    top: &V::Dir,
    list: &List,
) -> Result<Untouched, Error> {
    let basis = leaves.basis;
    if basis.copied.len() <= FEW || leaves.terms.digests {
        return Ok(Untouched::new());
    }
    let mut ways = Ways::below(Vec::new());
    let mut files: Vec<(Place, usize)> = Vec::new();
    let mut blocks = vec![(0, None)];
    while let Some((block, place)) = blocks.pop() {
        let is_intact = basis.intact.contains_key(&block);
        for (item, number) in list.block(block).iter().zip(list.first_of(block)..) {
            match item.block() {
                Some(below) => {
                    if let Some(name) = name_of(list, item) {
                        blocks.push((below, ways.add(place, name)));
                    }
                }
                None if is_intact && item.kind() == Kind::File => files.push((place, number)),
                None => {}
            }
        }
    }
    let (terms, mode) = (leaves.terms, leaves.mode);
    let jobs = files.chunks(JOB).collect();
    let looks = leaves.vfs.for_all([top], jobs, |vfs, [top], files: &[(Place, usize)]| {
        let leaves = Leaves { vfs, terms, mode, basis };
        let mut trail = Trail::in_private(vfs, top);
        let mut here = None;
        let mut found = Vec::with_capacity(files.len());
        for (place, number) in files {
            if here != Some(*place) {
                trail.go(&ways.way(*place));
                here = Some(*place);
            }
            go_on(vfs, top)?;
            // What cannot be looked at is told when it is recorded.
            if let (Ok(dir), Some(name)) = (trail.here(), name_of(list, list.item(*number))) {
                let inode = leaves.untouched_copy(dir, &name);
                found.extend(inode.map(|inode| (*number, inode)));
            }
        }
        Ok::<_, Error>(found)
    });
    let mut untouched = Untouched::new();
    for look in looks {
        untouched.extend(look?);
    }
    Ok(untouched)
}
