//! Whether a session holds what it was seeded from, by what its new list and the source's say.

use incrdir_record::{Kind, List, Whole, header};
use incrdir_vfs::Vfs;

use crate::trust::inventory::is_source_there;
use crate::working::Writing;

/// Whether all that was just recorded of a session is what it was seeded from, and that is still published. `false`: it is
/// not, or nothing tells. A symbolic link is always made anew, so a session with one counts as changed.
pub(crate) fn is_unchanged<V: Vfs>(session: &Writing<V>, frames: &[u8]) -> bool {
    // What is in another unit only is not in this one yet.
    if session.report.source_unit.is_some() {
        return false;
    }
    let Some(source) = &session.basis.list else { return false };
    let own = Whole::decode([&header(), frames].concat()).list;
    own.is_some_and(|own| is_same(source, &own)) && is_source_there(session)
}

fn is_same(source: &List, own: &List) -> bool {
    let mut blocks = vec![(0, 0)];
    while let Some((theirs, ours)) = blocks.pop() {
        let mut wanted: Vec<_> =
            source.block(theirs).iter().zip(source.first_of(theirs)..).collect();
        let mut found: Vec<_> = own.block(ours).iter().collect();
        wanted.sort_by_key(|(item, _)| source.name(item));
        found.sort_by_key(|item| own.name(item));
        if wanted.len() != found.len() {
            return false;
        }
        for ((item, number), other) in wanted.into_iter().zip(found) {
            let (then, now) = (source.listed(item), own.listed(other));
            let is_same = match (then.kind, now.kind) {
                (Kind::Dir, Kind::Dir) => then.digest == now.digest,
                // The source's own file, or an untouched copy of it.
                (Kind::File, Kind::File) => {
                    now.is_inherited
                        && (then.inode == now.inode || now.content == Some(source.content(number)))
                }
                _ => false,
            };
            if source.name(item) != own.name(other) || !is_same {
                return false;
            }
            blocks.extend(item.block().zip(other.block()));
        }
    }
    true
}
