//! Links and clones: what a file can be besides a copy.

use std::io::ErrorKind;

use incrdir_vfs::{Vfs, failed};

use crate::Untried;
use crate::bench::{Bench, name};
use crate::trial::{Trial, is_lacking};

/// Long enough for a block of its own everywhere.
const LONG: usize = 64 << 10;
/// A disk that does not take this is as good as full.
const LEAST: usize = 1 << 20;

/// Whether a file can have two names.
pub(crate) fn hard_links<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (a, b) = (name("a"), name("b"));
    bench.file(&a, b"content")?;
    match bench.vfs.hard_link(bench.dir, &a, bench.dir, &b) {
        Ok(()) => Ok(bench.stat(&b)?.len == bench.stat(&a)?.len),
        Err(error) if is_lacking(error.kind()) => Ok(false),
        Err(error) => Err(failed(bench.vfs, "link", bench.dir, &a)(error).into()),
    }
}

/// Whether both names of a file show one id.
pub(crate) fn ids_after_link<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (a, b) = (name("a"), name("b"));
    bench.file(&a, b"content")?;
    let before = bench.stat(&a)?.id;
    match bench.vfs.hard_link(bench.dir, &a, bench.dir, &b) {
        Ok(()) => {}
        Err(error) if is_lacking(error.kind()) => return Err(Untried::Lacking("hard links")),
        Err(error) => return Err(failed(bench.vfs, "link", bench.dir, &a)(error).into()),
    }
    Ok(bench.stat(&a)?.id == before && bench.stat(&b)?.id == before)
}

/// Whether what was renamed keeps its id.
pub(crate) fn ids_after_rename<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (a, b) = (name("a"), name("b"));
    let (c, d) = (name("c"), name("d"));
    bench.file(&a, b"content")?;
    bench.make_dir(&c)?;
    let before = (bench.stat(&a)?.id, bench.stat(&c)?.id);
    for (from, to) in [(&a, &b), (&c, &d)] {
        bench.vfs.rename(bench.dir, from, bench.dir, to).map_err(bench.no("rename", from))?;
    }
    Ok((bench.stat(&b)?.id, bench.stat(&d)?.id) == before)
}

/// Whether two files can share their blocks.
pub(crate) fn clones<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (a, b) = (name("a"), name("b"));
    let from = bench.file(&a, &[7; LONG])?;
    match bench.vfs.clone_file(&from, bench.dir, &b) {
        Ok(to) => Ok(bench.stat_file(&to, &b)?.len == LONG as u64),
        Err(error)
            if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::CrossesDevices) =>
        {
            Ok(false)
        }
        Err(error) => Err(failed(bench.vfs, "clone", bench.dir, &a)(error).into()),
    }
}

pub(crate) fn symlinks<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let link = name("link");
    match bench.vfs.symlink(&"nowhere".into(), bench.dir, &link) {
        Ok(()) => {
            let target = bench.vfs.read_link(bench.dir, &link);
            Ok(target.map_err(bench.no("read link", &link))? == "nowhere")
        }
        Err(error) if is_lacking(error.kind()) => Ok(false),
        Err(error) => Err(failed(bench.vfs, "link", bench.dir, &link)(error).into()),
    }
}

/// Whether something can be written and is taken by the medium.
pub(crate) fn writes<V: Vfs>(bench: &Bench<'_, V>) -> Trial<()> {
    let a = name("a");
    let file = bench.file(&a, &vec![7; LEAST])?;
    bench.vfs.sync_file(&file).map_err(bench.no("sync", &a))
}

/// Whether a directory can be synced.
pub(crate) fn syncs_directories<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let a = name("a");
    bench.create(&a)?;
    match bench.vfs.sync_dir(bench.dir) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(false),
        Err(error) => Err(incrdir_vfs::Error::new("sync", bench.vfs.path(bench.dir), error).into()),
    }
}
