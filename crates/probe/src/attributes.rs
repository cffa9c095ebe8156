//! What a file has besides its content: permission bits, an owner, extended attributes.

use incrdir_vfs::{Extended, Handle, Vfs, failed};

use crate::bench::{Bench, name};
use crate::trial::{Trial, is_lacking};

/// Whether permission bits are kept as they are set.
pub(crate) fn modes<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let a = name("a");
    let file = bench.create(&a)?;
    for mode in [0o640, 0o700] {
        match bench.vfs.set_mode(&file, mode) {
            Ok(()) if bench.stat_file(&file, &a)?.mode == mode => {}
            Ok(()) => return Ok(false),
            Err(error) if is_lacking(error.kind()) => return Ok(false),
            Err(error) => {
                return Err(
                    failed(bench.vfs, "set the permissions of", bench.dir, &a)(error).into()
                );
            }
        }
    }
    Ok(true)
}

/// Whether what somebody makes is theirs.
pub(crate) fn owners<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let a = name("a");
    bench.create(&a)?;
    let (owner, user) = (bench.stat(&a)?.owner, bench.vfs.process().user);
    Ok(owner.is_some_and(|owner| Some(owner.user) == user))
}

pub(crate) fn extended<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let a = name("a");
    let file = bench.create(&a)?;
    let attribute = Extended::new("user.incrdir.probe", b"value");
    match bench.vfs.set_extended(Handle::File(&file), &attribute) {
        Ok(()) => {}
        Err(error) if is_lacking(error.kind()) => return Ok(false),
        Err(error) => {
            return Err(failed(bench.vfs, "set an attribute of", bench.dir, &a)(error).into());
        }
    }
    let kept = bench.vfs.extended(Handle::File(&file));
    Ok(kept.map_err(bench.no("read the attributes of", &a))?.contains(&attribute))
}
