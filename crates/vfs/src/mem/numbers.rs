//! Devices, and the inode numbers on them.

use std::collections::BTreeMap;

use super::inode::InodeId;
use super::process::ProcId;
use super::world::World;

impl World {
    /// The number of a new inode: who makes it, and how many that process had made there. Equal histories of a process
    /// show it equal numbers, whatever the others do. Where numbers are given again, the lowest that is free.
    pub(super) fn next_number(&mut self, maker: Option<ProcId>, device: u64) -> u64 {
        if self.profile.reuses_numbers {
            return self.lowest_free_number(device);
        }
        match maker {
            Some(proc) => (proc as u64 + 1) << 32 | self.procs[proc].made.one_more(device),
            None => self.made.one_more(device),
        }
    }

    fn lowest_free_number(&self, device: u64) -> u64 {
        // As many as there are inodes cannot take all of this many and one more. The root has 0.
        let mut is_taken = vec![false; self.inodes.len() + 2];
        is_taken[0] = true;
        for inode in self.inodes.iter().flatten().filter(|inode| inode.device == device) {
            if let Some(taken) = is_taken.get_mut(inode.number as usize) {
                *taken = true;
            }
        }
        let free = is_taken.iter().position(|is_taken| !is_taken);
        free.expect("BUG: there are more numbers than inodes") as u64
    }

    /// Where numbers are given again, two files that never were there together may be left by a loss: the younger one gets
    /// another number, as a repair would give it.
    #[cfg(feature = "unstable-explore")]
    pub(super) fn part_numbers(&mut self) {
        if !self.profile.reuses_numbers {
            return;
        }
        let mut seen = std::collections::BTreeSet::new();
        for id in self.closed() {
            let shown_as = self.inode(id).shown_as();
            if !seen.insert(shown_as) {
                let free = self.lowest_free_number(shown_as.device);
                self.inode_mut(id).number = free;
                seen.insert(self.inode(id).shown_as());
            }
        }
    }

    /// Gives every file that nobody has open the number of another one, where numbers do not last.
    pub(super) fn deal_numbers_again(&mut self) {
        if self.profile.ids_last {
            return;
        }
        let mut by_device: BTreeMap<u64, Vec<(u64, InodeId)>> = BTreeMap::new();
        for id in self.closed() {
            let inode = self.inode(id);
            if inode.number != 0 {
                by_device.entry(inode.device).or_default().push((inode.number, id));
            }
        }
        for mut files in by_device.into_values() {
            files.sort_unstable();
            let numbers = files.iter().map(|(number, _)| *number).cycle().skip(1);
            for ((_, id), number) in files.iter().zip(numbers) {
                self.inode_mut(*id).number = number;
            }
        }
    }

    /// What nobody has open: the kernel need not know it any more.
    pub(super) fn closed(&self) -> Vec<InodeId> {
        let inodes = self.inodes.iter().enumerate();
        let there = inodes.filter(|(_, inode)| inode.is_some()).map(|(id, _)| id as InodeId);
        there.filter(|id| !self.is_open(*id)).collect()
    }
}
