//! R4: which copies of the spare nobody touched, looked at by several threads before anything is done.

use incrdir_record::List;
use incrdir_vfs::{Name, Stat, Vfs, failed};

use crate::SeedError;
use crate::fill::basis::Copied;
use crate::fill::compare::{Differences, Other};
use crate::fill::known_spare::KnownSpare;
use crate::fill::parallel::FEW;
use crate::stop::go_on;
use crate::tree::trail::Trail;
use crate::tree::ways::{Place, Ways};
use crate::trust::digest::digest_of;
use crate::trust::evidence::{Known, Shown, is_untouched};

/// A job looks at so many files.
const JOB: usize = 256;

/// A file of the spare that may be a copy of what the source has under its name: what both lists say.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    spare: &'a KnownSpare,
    /// Its number in the spare's list.
    number: usize,
    pub(crate) copied: Copied,
}

impl<'a> Claim<'a> {
    /// `None`: nothing says so.
    pub(crate) fn of(spare: &'a KnownSpare, list: &List, other: &Other) -> Option<Self> {
        let number = other.known?;
        let content = spare.content(list, other.wanted?, Some(number))?;
        let recorded = spare.list.listed(spare.list.item(number));
        let shown = Shown::recorded(&recorded)?;
        let (digest, is_synced) = (recorded.digest, recorded.is_synced);
        Some(Self { spare, number, copied: Copied { content, shown, digest, is_synced } })
    }

    /// Whether nobody touched it since the spare was published (E1 to E3).
    pub(crate) fn holds<V: Vfs>(
        &self,
        vfs: &V,
        dir: &V::Dir,
        name: &Name,
    ) -> Result<bool, SeedError> {
        let stat: Stat = vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name))?;
        let Copied { shown, digest, .. } = self.copied;
        let known = Known { shown, look: self.spare.list.written(), digest };
        Ok(is_untouched(self.spare.clock, &known, &stat, None, || digest_of(vfs, dir, name))?)
    }

    /// The inode that it has if the claim holds.
    pub(crate) fn inode(&self) -> u64 {
        self.spare.list.item(self.number).inode()
    }
}

/// Looks at all files of the spare that may be copies of the source's, if there are many, and notes which are.
pub(crate) fn look_ahead<V: Vfs>(
    vfs: &V,
    top: &V::Dir,
    list: &List,
    spare: &KnownSpare,
    differences: &mut Differences,
) -> Result<(), SeedError> {
    let mut ways = Ways::below(Vec::new());
    let mut places: Vec<Place> = vec![None; differences.len()];
    let mut files = Vec::new();
    for (number, difference) in differences.iter().enumerate() {
        for (at, other) in difference.other.iter().enumerate() {
            if let Some(below) = other.below {
                places[below] = ways.add(places[number], other.found.name.clone());
            } else if difference.is_here && Claim::of(spare, list, other).is_some() {
                files.push((number, at));
            }
        }
    }
    if files.len() <= FEW {
        return Ok(());
    }
    let known: &Differences = differences;
    let jobs = files.chunks(JOB).collect();
    let looks = vfs.for_all([top], jobs, |vfs, [top], files: &[(usize, usize)]| {
        let mut trail = Trail::in_private(vfs, top);
        let mut here = None;
        let mut look = |number: usize, at: usize| -> Result<bool, SeedError> {
            if here != Some(number) {
                trail.go(&ways.way(places[number]));
                here = Some(number);
            }
            let dir = trail.here()?;
            go_on(vfs, dir)?;
            let other = &known[number].other[at];
            match Claim::of(spare, list, other) {
                Some(claim) => claim.holds(vfs, dir, &other.found.name),
                None => Ok(false),
            }
        };
        files.iter().map(|(number, at)| look(*number, *at)).collect::<Result<Vec<_>, _>>()
    });
    let mut verdicts = Vec::with_capacity(files.len());
    for look in looks {
        verdicts.extend(look?);
    }
    for ((number, at), holds) in files.into_iter().zip(verdicts) {
        differences[number].other[at].holds = Some(holds);
    }
    Ok(())
}
