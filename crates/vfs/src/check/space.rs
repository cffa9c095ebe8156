//! Sentences about how much room there is.

use super::bench::{Bench, Case, Lacks};
use crate::Vfs;

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![Case { sentence: "no more is free than there is", check: bounds }]
}

fn bounds<V: Vfs>(bench: &mut Bench<'_, V>) {
    let told = bench.vfs.space(bench.dir);
    let space = told.as_ref().ok().copied();
    bench.has(Lacks::Space, told.map(drop));
    let Some(space) = space else { return };
    assert!(space.available_bytes <= space.bytes, "{space:?}");
    assert!(space.bytes > 0, "this case has a directory there: {space:?}");
    assert_eq!(space.inodes.is_some(), space.available_inodes.is_some(), "{space:?}");
    assert!(space.available_inodes <= space.inodes, "{space:?}");
}
