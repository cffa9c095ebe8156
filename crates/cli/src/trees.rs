//! Counts the sessions of a unit, several at the same time.

use std::io::ErrorKind;

use incrdir_naming::EntryName;
use incrdir_session::{Unit, vfs_name, visit};
use incrdir_vfs::{CapVfs, Stat, Vfs, failed};

use crate::failure::chain;
use crate::tally::Part;

/// A directory of a unit that was counted.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) part: Part,
    pub(crate) errors: Vec<String>,
}

/// Counts what is below each of these directories and `counts`. What is not there has nothing below it.
pub(crate) fn trees(
    unit: &Unit<CapVfs>,
    entries: &[EntryName],
    watch: &(dyn Fn(EntryName) + Sync),
    counts: fn(&Stat) -> bool,
) -> Vec<Tree> {
    unit.vfs().for_all([unit.dir()], entries.to_vec(), |vfs, [parent], entry| {
        watch(entry);
        let mut tree = Tree::default();
        let name = vfs_name(entry);
        match vfs.open_dir(parent, &name) {
            Ok(dir) => {
                let part = &mut tree.part;
                let errors = visit(vfs, &dir, &mut |visited| {
                    if counts(visited.stat) {
                        part.add(visited.stat);
                    }
                });
                tree.errors = errors.iter().map(|error| chain(error)).collect();
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => tree.errors.push(chain(&failed(vfs, "open", parent, &name)(error))),
        }
        tree
    })
}
