//! Which entry of a listing is which of a list.

use incrdir_vfs::Entry;

use crate::list::{Item, List};

/// Pairs the entries of a directory with what a list has of it, each entry with the item of its name.
///
/// Both are in the order in which the directory is listed, as long as nothing in it changed. Where the orders
/// differ, items are searched for: by file id first, because numbers are short, then by name.
pub(crate) struct Pairing<'a> {
    list: &'a List,
    items: &'a [Item],
    next: usize,
    /// File ids, as far as they fit, and numbers, sorted: beside each other, so that searching stays in the cache.
    by_inode: Vec<(u32, u32)>,
    /// Checksums of names and numbers, likewise: numbers sort in a fraction of the time of names.
    by_name: Vec<(u32, u32)>,
}

/// How far ahead a name is looked for before all are sorted: new and removed files move others a little.
const LOOK_AHEAD: usize = 4;

impl<'a> Pairing<'a> {
    pub(crate) fn new(list: &'a List, block: usize) -> Self {
        let items = list.block(block);
        Self { list, items, next: 0, by_inode: Vec::new(), by_name: Vec::new() }
    }

    /// The item of an entry's name, and its number in the block.
    pub(crate) fn find(&mut self, entry: &Entry) -> Option<(usize, &'a Item)> {
        let name = entry.name.as_os_str().as_encoded_bytes();
        let number = self
            .ahead(name)
            .or_else(|| self.with_inode(entry.inode, name))
            .or_else(|| self.with_name(name))?;
        Some(self.found(number))
    }

    /// The item that is the entry's file under its name, and its number in the block. Names are not searched
    /// for, so it is cheaper for an entry that is new.
    pub(crate) fn find_file(&mut self, entry: &Entry) -> Option<(usize, &'a Item)> {
        let name = entry.name.as_os_str().as_encoded_bytes();
        let number = self.ahead(name).or_else(|| self.with_inode(entry.inode, name))?;
        Some(self.found(number))
    }

    fn found(&mut self, number: usize) -> (usize, &'a Item) {
        self.next = number + 1;
        (number, &self.items[number])
    }

    fn ahead(&self, name: &[u8]) -> Option<usize> {
        let mut ahead = self.next..(self.next + LOOK_AHEAD).min(self.items.len());
        ahead.find(|number| self.is(*number, name))
    }

    fn is(&self, number: usize, name: &[u8]) -> bool {
        self.list.name(&self.items[number]) == name
    }

    fn with_inode(&mut self, inode: u64, name: &[u8]) -> Option<usize> {
        if self.by_inode.len() != self.items.len() {
            let short = self.items.iter().map(|item| item.inode as u32).zip(0..);
            self.by_inode = short.collect();
            self.by_inode.sort_unstable();
        }
        let short = inode as u32;
        let first = self.by_inode.partition_point(|(found, _)| *found < short);
        self.by_inode[first..]
            .iter()
            .take_while(|(found, _)| *found == short)
            .map(|(_, number)| *number as usize)
            // Many names of one file are rare; file systems without true ids show one for all.
            .take(LOOK_AHEAD)
            .find(|number| self.is(*number, name))
    }

    fn with_name(&mut self, name: &[u8]) -> Option<usize> {
        let (list, items) = (self.list, self.items);
        if self.by_name.len() != items.len() {
            let sums = items.iter().map(|item| crc32fast::hash(list.name(item))).zip(0..);
            self.by_name = sums.collect();
            self.by_name.sort_unstable();
        }
        let sum = crc32fast::hash(name);
        let first = self.by_name.partition_point(|(found, _)| *found < sum);
        self.by_name[first..]
            .iter()
            .take_while(|(found, _)| *found == sum)
            .map(|(_, number)| *number as usize)
            .find(|number| self.is(*number, name))
    }
}
