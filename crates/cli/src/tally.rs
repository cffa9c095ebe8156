//! What trees take on the medium, each file once, and what they share.
//!
//! Files with one name are added up at once. The names of the others are kept and sorted in the end, because only then it is known who else has
//! the file: a few bytes for each, of which a cache of links has many.

use incrdir_vfs::{FileId, FileKind, Stat};

/// What was counted so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    places: Vec<Place>,
    names: Vec<Name>,
    units: usize,
}

#[derive(Debug)]
struct Place {
    unit: Option<usize>,
    amount: Amount,
}

#[derive(Debug)]
struct Name {
    place: usize,
    file: Shared,
}

/// What is in one place: a session, or something else that is counted by itself.
#[derive(Debug, Default)]
pub(crate) struct Part {
    amount: Amount,
    names: Vec<Shared>,
}

/// A file that has several names, met under one of them.
#[derive(Debug)]
struct Shared {
    id: FileId,
    links: u64,
    bytes: u64,
}

impl Part {
    /// Counts something that is in the place.
    pub(crate) fn add(&mut self, stat: &Stat) {
        self.amount.files += u64::from(stat.kind == FileKind::File);
        // A directory has as many links as there are directories in it, and one name.
        if stat.links > 1 && stat.kind != FileKind::Dir {
            let Stat { id, links, allocated: bytes, .. } = *stat;
            self.names.push(Shared { id, links, bytes });
        } else {
            self.amount.take(stat.allocated, true);
            self.amount.unshared = self.amount.unshared.saturating_add(stat.allocated);
        }
    }
}

/// What a place, a unit or all of them take.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount {
    /// Names of regular files.
    pub(crate) files: u64,
    /// Bytes on the medium, each file once.
    pub(crate) bytes: u64,
    /// Of these, bytes of files that have no name outside.
    pub(crate) own: u64,
    /// Of these, bytes of files that are in several places.
    pub(crate) shared: u64,
    /// Of these, bytes of files that are in several units.
    pub(crate) between_units: u64,
    /// Bytes that the places would take if they shared nothing.
    pub(crate) unshared: u64,
}

/// What everything takes.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) places: Vec<Amount>,
    pub(crate) units: Vec<Amount>,
    pub(crate) all: Amount,
}

impl Tally {
    /// A unit, in which there will be places.
    pub(crate) fn unit(&mut self) -> usize {
        self.units += 1;
        self.units - 1
    }

    /// A place with what is in it. `unit`: the one that it is in.
    pub(crate) fn place(&mut self, unit: Option<usize>, part: Part) -> usize {
        let place = self.places.len();
        self.places.push(Place { unit, amount: part.amount });
        self.names.extend(part.names.into_iter().map(|file| Name { place, file }));
        place
    }

    /// What there is in the end.
    pub(crate) fn settle(mut self) -> Settled {
        let mut settled =
            Settled { units: vec![Amount::default(); self.units], ..Settled::default() };
        for Place { unit, amount } in &self.places {
            settled.all.add(amount);
            if let Some(unit) = unit {
                settled.units[*unit].add(amount);
            }
        }
        settled.places = self.places.iter().map(|place| place.amount).collect();
        let unit_of: Vec<_> = self.places.iter().map(|place| place.unit).collect();
        self.names.sort_unstable_by_key(|name| (name.file.id, unit_of[name.place], name.place));
        for names in self.names.chunk_by(|one, other| one.file.id == other.file.id) {
            settled.file(names, &unit_of);
        }
        settled
    }
}

impl Settled {
    /// Adds a file that has several names; `names`: those that were met, by units and places.
    fn file(&mut self, names: &[Name], unit_of: &[Option<usize>]) {
        let Some(Name { file: Shared { bytes, links, .. }, .. }) = names.first() else { return };
        let (bytes, is_whole) = (*bytes, |met: usize| met as u64 >= *links);
        let (mut places, mut units) = (0, 0);
        for of_unit in names.chunk_by(|one, other| unit_of[one.place] == unit_of[other.place]) {
            let mut places_here = 0;
            for of_place in of_unit.chunk_by(|one, other| one.place == other.place) {
                places_here += 1;
                self.places[of_place[0].place].take(bytes, is_whole(of_place.len()));
            }
            places += places_here;
            let Some(unit) = unit_of[of_unit[0].place] else { continue };
            units += 1;
            let unit = &mut self.units[unit];
            unit.take(bytes, is_whole(of_unit.len()));
            unit.share(bytes, places_here);
        }
        self.all.take(bytes, is_whole(names.len()));
        self.all.share(bytes, places);
        if units > 1 {
            self.all.between_units = self.all.between_units.saturating_add(bytes);
        }
    }
}

impl Amount {
    fn take(&mut self, bytes: u64, is_own: bool) {
        self.bytes = self.bytes.saturating_add(bytes);
        if is_own {
            self.own = self.own.saturating_add(bytes);
        }
    }

    fn share(&mut self, bytes: u64, places: u64) {
        self.unshared = self.unshared.saturating_add(bytes.saturating_mul(places));
        if places > 1 {
            self.shared = self.shared.saturating_add(bytes);
        }
    }

    fn add(&mut self, other: &Self) {
        self.files = self.files.saturating_add(other.files);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.own = self.own.saturating_add(other.own);
        self.unshared = self.unshared.saturating_add(other.unshared);
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn file(inode: u64, links: u64, bytes: u64) -> Stat {
        let id = FileId::new(1, inode);
        let mut stat = Stat::new(FileKind::File, id, bytes, SystemTime::UNIX_EPOCH);
        stat.links = links;
        stat
    }

    #[test]
    fn each_file_counts_once_and_who_shares_it_is_known() {
        let mut tally = Tally::default();
        let (one, two) = (tally.unit(), tally.unit());
        let parts: [(_, &[Stat]); 4] = [
            (Some(one), &[file(1, 1, 1), file(2, 2, 10)]),
            // One of them is in both sessions of the unit, and one in two units.
            (Some(one), &[file(2, 2, 10), file(3, 2, 100)]),
            // Two names in one place, and one of a file whose other name nobody met.
            (
                Some(two),
                &[file(3, 2, 100), file(4, 2, 1_000), file(4, 2, 1_000), file(5, 2, 10_000)],
            ),
            (None, &[file(6, 1, 100_000)]),
        ];
        for (unit, files) in parts {
            let mut part = Part::default();
            files.iter().for_each(|file| part.add(file));
            tally.place(unit, part);
        }
        let Settled { places, units, all } = tally.settle();
        let bytes = |amounts: &[Amount]| -> Vec<_> {
            amounts.iter().map(|amount| (amount.bytes, amount.own)).collect()
        };
        assert_eq!(bytes(&places), [(11, 1), (110, 0), (11_100, 1_000), (100_000, 100_000)]);
        assert_eq!(bytes(&units), [(111, 11), (11_100, 1_000)]);
        assert_eq!((units[0].shared, units[1].shared), (10, 0));
        assert_eq!((units[0].unshared, units[1].unshared), (121, 11_100));
        assert_eq!(bytes(&[all]), [(111_111, 101_111)]);
        assert_eq!((all.shared, all.between_units, all.files), (110, 100, 9));
        assert_eq!(all.unshared, 111_221);
    }
}
