//! Names: how long they are, which are one, and how they are exchanged.

use std::io::ErrorKind;

use incrdir_vfs::{Name, Vfs, failed};

use crate::bench::{Bench, name};
use crate::trial::Trial;

/// What most file systems allow, and all names of ours need.
const USUAL: usize = 255;
/// More than any allows.
const TOO_LONG: usize = 1025;

/// Whether a directory can be renamed.
pub(crate) fn renames<V: Vfs>(bench: &Bench<'_, V>) -> Trial<()> {
    let (a, b) = (name("a"), name("b"));
    let dir = bench.make_dir(&a)?;
    let below = Bench { vfs: bench.vfs, dir: &dir };
    below.file(&name("file"), b"content")?;
    drop(dir);
    bench.vfs.rename(bench.dir, &a, bench.dir, &b).map_err(bench.no("rename", &a))?;
    bench.stat(&b).map(drop)
}

/// Whether a rename can refuse to replace.
pub(crate) fn renames_without_replacing<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (a, b, c) = (name("a"), name("b"), name("c"));
    bench.file(&a, b"a")?;
    bench.file(&b, b"b")?;
    match bench.vfs.rename_new(bench.dir, &a, bench.dir, &b) {
        // The kernel may see that the name is taken before it asks the file system.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(false),
        Err(error) => return Err(failed(bench.vfs, "rename", bench.dir, &a)(error).into()),
        // It replaced.
        Ok(()) => return Ok(false),
    }
    match bench.vfs.rename_new(bench.dir, &a, bench.dir, &c) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(false),
        Err(error) => Err(failed(bench.vfs, "rename", bench.dir, &a)(error).into()),
    }
}

/// Whether a directory can be renamed while a file in it is open, and the file be written afterwards.
pub(crate) fn renames_with_open_files<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let (a, b, inside) = (name("a"), name("b"), name("file"));
    let dir = bench.make_dir(&a)?;
    let file = Bench { vfs: bench.vfs, dir: &dir }.file(&inside, b"content")?;
    match bench.vfs.rename(bench.dir, &a, bench.dir, &b) {
        Ok(()) => {}
        Err(error)
            if matches!(error.kind(), ErrorKind::ResourceBusy | ErrorKind::PermissionDenied) =>
        {
            return Ok(false);
        }
        Err(error) => return Err(failed(bench.vfs, "rename", bench.dir, &a)(error).into()),
    }
    bench.vfs.write_at(&file, 0, b"CONTENT").map_err(bench.no("write", &inside))?;
    let moved = bench.vfs.open_dir(bench.dir, &b).map_err(bench.no("open directory", &b))?;
    let mut content = [0; 7];
    let below = Bench { vfs: bench.vfs, dir: &moved };
    let again = below.open(&inside, incrdir_vfs::Access::Read)?;
    bench.vfs.read(&again, 0, &mut content).map_err(below.no("read", &inside))?;
    Ok(&content == b"CONTENT")
}

/// Whether `A` and `a` are one name.
pub(crate) fn folds_case<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    are_one(bench, "Case", "cASE")
}

/// Whether two spellings of a letter with an accent are one name: composed, and decomposed.
pub(crate) fn normalises<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    are_one(bench, "caf\u{e9}", "cafe\u{301}")
}

fn are_one<V: Vfs>(bench: &Bench<'_, V>, one: &str, other: &str) -> Trial {
    let (one, other) = (name(one), name(other));
    bench.create(&one)?;
    match bench.vfs.stat(bench.dir, &other) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(bench.vfs, "look at", bench.dir, &other)(error).into()),
    }
}

/// How many bytes a name of plain letters may have.
pub(crate) fn longest<V: Vfs>(bench: &Bench<'_, V>) -> Trial<usize> {
    if !fits(bench, 1)? {
        return Err(bench.create(&letters(1)).err().unwrap_or(crate::Untried::NotTold));
    }
    // The first guess is mostly right, and shown to be by the next one.
    let (mut fitting, mut too_long) = match (fits(bench, USUAL)?, fits(bench, USUAL + 1)?) {
        (true, false) => return Ok(USUAL),
        (true, true) => (USUAL + 1, TOO_LONG),
        (false, _) => (1, USUAL),
    };
    while too_long - fitting > 1 {
        let middle = fitting.midpoint(too_long);
        match fits(bench, middle)? {
            true => fitting = middle,
            false => too_long = middle,
        }
    }
    Ok(fitting)
}

fn letters(length: usize) -> Name {
    name(&"n".repeat(length))
}

/// File systems refuse what is too long in several ways.
fn fits<V: Vfs>(bench: &Bench<'_, V>, length: usize) -> Trial {
    if bench.vfs.is_stopped() {
        return Err(crate::Untried::Stopped);
    }
    let name = letters(length);
    match bench.vfs.create_file(bench.dir, &name) {
        Ok(_) => {
            bench.vfs.remove_file(bench.dir, &name).map_err(bench.no("remove", &name))?;
            Ok(true)
        }
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            Err(failed(bench.vfs, "create", bench.dir, &name)(error).into())
        }
        Err(_) => Ok(false),
    }
}
