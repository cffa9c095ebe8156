//! Whether a tree that nobody was to touch is as its list says: each directory (E5), and each file that is its own (E2).

use incrdir_record::{Kind, List};
use incrdir_vfs::{DirStat, Vfs};

use crate::SeedMode;
use crate::record::name_of;
use crate::stop::go_on;
use crate::tree::trail::Trail;
use crate::tree::ways::{Place, Ways};
use crate::trust::evidence::{Clock, Shown, ShownDir};

/// A job looks at so many directories and files.
const JOB: usize = 256;

/// A tree, and what can be told of it.
pub(crate) struct Tree<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) list: &'a List,
    pub(crate) clock: Clock,
    pub(crate) mode: SeedMode,
    pub(crate) top: &'a DirStat,
}

impl<V: Vfs> Tree<'_, V> {
    /// Whether all that looks can show is enough: where files are linked, they are the source's, and nothing is asked of them.
    pub(crate) fn can_be_known(&self) -> bool {
        let mut items = (0..self.list.len()).map(|number| self.list.item(number));
        self.mode != SeedMode::Link
            || items.all(|item| item.kind() != Kind::File || self.list.listed(item).is_inherited)
    }

    /// Whether its top shows all that may change in it.
    pub(crate) fn is_flat(&self) -> bool {
        let mut items = (0..self.list.len()).map(|number| self.list.item(number).kind());
        items.all(|kind| kind != Kind::Dir && (kind != Kind::File || self.mode == SeedMode::Link))
    }

    /// Whether it is as its list says, below its top: by several threads where there is much.
    pub(crate) fn is_as_recorded(&self, dir: &V::Dir) -> Result<bool, ()> {
        let Self { vfs, list, .. } = *self;
        let mut ways = Ways::below(Vec::new());
        let mut looks: Vec<(Place, usize)> = Vec::new();
        let mut blocks = vec![(0, None)];
        while let Some((block, place)) = blocks.pop() {
            for (item, number) in list.block(block).iter().zip(list.first_of(block)..) {
                let below = item.block().zip(name_of(list, item));
                blocks.extend(below.map(|(below, name)| (below, ways.add(place, name))));
                let is_own = item.kind() == Kind::File && self.mode != SeedMode::Link;
                if is_own || item.block().is_some() {
                    looks.push((place, number));
                }
            }
        }
        let jobs = looks.chunks(JOB).collect();
        let (list, clock, device) = (self.list, self.clock, self.top.stat.id.device);
        let verdicts = vfs.for_all([dir], jobs, |vfs, [dir], looks: &[(Place, usize)]| {
            let mut trail = Trail::in_private(vfs, dir);
            let mut here = None;
            for (place, number) in looks {
                go_on(vfs, dir).map_err(drop)?;
                if here != Some(*place) {
                    trail.go(&ways.way(*place));
                    here = Some(*place);
                }
                let item = list.item(*number);
                let name = name_of(list, item).ok_or(())?;
                let Ok(dir) = trail.here() else { return Ok(false) };
                let Ok(now) = vfs.stat(dir, &name) else { return Ok(false) };
                let listed = list.listed(item);
                let is_it = match item.kind() {
                    Kind::Dir => ShownDir::recorded(clock, &listed, list.written())
                        .is_some_and(|then| then.is_shown_by(&now)),
                    _ => Shown::recorded(&listed).is_some_and(|shown| {
                        !now.is_mount && shown.is_untouched(clock, list.written(), &now)
                    }),
                };
                if !is_it || now.id.device != device {
                    return Ok(false);
                }
            }
            Ok(true)
        });
        verdicts.into_iter().try_fold(true, |all, verdict| Ok(all && verdict?))
    }
}
