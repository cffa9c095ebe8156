//! Which entry of a listing is which of a list.

use incrdir_record::{Item, List};
use incrdir_vfs::Entry;

use crate::record::bytes_of;

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
        self.find_named(bytes_of(&entry.name), entry.inode)
    }

    /// The same by a name as its system spells it, and an inode number.
    pub(crate) fn find_named(&mut self, name: &[u8], inode: u64) -> Option<(usize, &'a Item)> {
        let number = self
            .ahead(name)
            .or_else(|| self.with_inode(inode, name))
            .or_else(|| self.with_name(name))?;
        Some(self.found(number))
    }

    /// The item that is the entry's file under its name, and its number in the block. Names are not searched
    /// for, so it is cheaper for an entry that is new.
    pub(crate) fn find_file(&mut self, entry: &Entry) -> Option<(usize, &'a Item)> {
        let name = bytes_of(&entry.name);
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
            let short = self.items.iter().map(|item| item.inode() as u32).zip(0..);
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
            let name_of = |number: u32| list.name(&items[number as usize]);
            // Whoever wants to can choose names that all have one checksum.
            self.by_name.sort_unstable_by(|(sum, number), (other_sum, other)| {
                sum.cmp(other_sum).then_with(|| name_of(*number).cmp(name_of(*other)))
            });
        }
        let wanted = (crc32fast::hash(name), name);
        let key = |(sum, number): &(u32, u32)| (*sum, list.name(&items[*number as usize]));
        let found = self.by_name.binary_search_by(|entry| {
            let (sum, name) = key(entry);
            sum.cmp(&wanted.0).then_with(|| name.cmp(wanted.1))
        });
        found.ok().map(|at| self.by_name[at].1 as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use incrdir_naming::{Hash, Key, Timestamp};
    use incrdir_vfs::{FileKind, Name};

    use super::*;
    use incrdir_record::ListWriter;

    /// Whoever can make files can make their names have one checksum: looking for one of them must not be a walk over all.
    #[test]
    fn names_of_one_checksum_are_told_apart() {
        let names = ["plumless", "buckeroo", "codding", "gnu", "other"];
        assert_eq!(crc32fast::hash(b"plumless"), crc32fast::hash(b"buckeroo"));
        assert_eq!(crc32fast::hash(b"codding"), crc32fast::hash(b"gnu"));
        let name = |text: &str| Name::new(text).unwrap();
        let key = Key::new(Timestamp::from_micros(1).unwrap(), 1);
        let mut writer = ListWriter::new(key, Hash::new(0), SystemTime::UNIX_EPOCH, 0);
        // So many others in between that no name is found by looking ahead, and no inode number is right.
        let all: Vec<String> = (0..50).map(|number| format!("f{number}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).chain(names).collect();
        writer.begin_block(all.len());
        all.iter().for_each(|text| {
            writer.add_dir(text.as_bytes());
        });
        all.iter().for_each(|_| writer.begin_block(0));
        let list = List::unrecorded(writer).unwrap();
        for text in names.iter().rev() {
            let entry = Entry::new(name(text), Some(FileKind::Dir), 7);
            let (_, item) = Pairing::new(&list, 0).find(&entry).unwrap();
            assert_eq!(list.name(item), text.as_bytes());
        }
        let missing = Entry::new(name("missing"), Some(FileKind::Dir), 7);
        assert!(Pairing::new(&list, 0).find(&missing).is_none());
    }
}
