//! What the scripted file system passes on, and a file that changes while it is read through it.

use std::io::ErrorKind;

use incrdir_sim::scripted::Scripted;
use incrdir_vfs::check::not_passed_on;
use incrdir_vfs::{Access, MemDisk, Name, Profile, RelPath, Vfs, VfsExt};

#[test]
fn only_the_stop_is_its_own() {
    assert_eq!(not_passed_on(|spy, dir| (Scripted::new(spy), dir)), ["is_stopped"]);
}

/// The bound holds for what is read, not for what was there when the file was looked at.
#[test]
fn a_file_that_grows_while_it_is_read_is_not_read_beyond_its_bound() {
    let disk = MemDisk::new(Profile::posix());
    let (reader, writer) = (disk.process(), disk.process());
    let (root, path) = (reader.root(), RelPath::new("log").unwrap());
    let vfs = Scripted::new(reader);
    vfs.write_file(&root, &path, b"1234").unwrap();
    vfs.hook(move |call, _| {
        if call == "read" {
            let name = Name::new("log").unwrap();
            let file = writer.open_file(&writer.root(), &name, Access::ReadWrite)?;
            writer.write_at(&file, 4, b"5")?;
        }
        Ok(())
    });
    let error = vfs.read_file(&root, &path, 4).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
}
