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

/// A name of a file that has several.
#[derive(Debug)]
struct Name {
    id: FileId,
    links: u64,
    bytes: u64,
    place: usize,
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

    /// A place: a session, or something else that is counted by itself. `unit`: the one that it is in.
    pub(crate) fn place(&mut self, unit: Option<usize>) -> usize {
        self.places.push(Place { unit, amount: Amount::default() });
        self.places.len() - 1
    }

    /// Counts something that is in a place.
    pub(crate) fn add(&mut self, place: usize, stat: &Stat) {
        let amount = &mut self.places[place].amount;
        amount.files += u64::from(stat.kind == FileKind::File);
        // A directory has as many links as there are directories in it, and one name.
        if stat.links > 1 && stat.kind != FileKind::Dir {
            let Stat { id, links, allocated: bytes, .. } = *stat;
            self.names.push(Name { id, links, bytes, place });
        } else {
            amount.take(stat.allocated, true);
            amount.unshared = amount.unshared.saturating_add(stat.allocated);
        }
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
        self.names.sort_unstable_by_key(|name| (name.id, unit_of[name.place], name.place));
        for names in self.names.chunk_by(|one, other| one.id == other.id) {
            settled.file(names, &unit_of);
        }
        settled
    }
}

impl Settled {
    /// Adds a file that has several names; `names`: those that were met, by units and places.
    fn file(&mut self, names: &[Name], unit_of: &[Option<usize>]) {
        let Some(Name { bytes, links, .. }) = names.first() else { return };
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
        let places = [one, one, two].map(|unit| tally.place(Some(unit)));
        let root = tally.place(None);
        for (place, stat) in [
            (places[0], file(1, 1, 1)),
            // In both sessions of a unit.
            (places[0], file(2, 2, 10)),
            (places[1], file(2, 2, 10)),
            // In two units.
            (places[1], file(3, 2, 100)),
            (places[2], file(3, 2, 100)),
            // Two names in one place.
            (places[2], file(4, 2, 1_000)),
            (places[2], file(4, 2, 1_000)),
            // A name that nobody met.
            (places[2], file(5, 2, 10_000)),
            (root, file(6, 1, 100_000)),
        ] {
            tally.add(place, &stat);
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
