//! What the contract cannot ask of every back end, but the real one promises on Linux.

#![cfg(all(feature = "cap", target_os = "linux"))]
#![expect(clippy::disallowed_methods, reason = "a test of the real world lives in it")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use incrdir_vfs::{Access, CapDir, CapVfs, FileKind, LockKind, Name, TryLock, Vfs};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn world() -> (TempDir, CapVfs, CapDir) {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    (tmp, vfs, root)
}

#[test]
fn handles_go_where_their_users_go() {
    fn shared<T: Send + Sync>() {}
    shared::<CapVfs>();
    shared::<CapDir>();
}

#[test]
fn the_door_says_which_path_and_keeps_the_kind() {
    let (tmp, ..) = world();
    fs::write(tmp.path().join("file"), "").unwrap();
    for (path, kind) in [("none", ErrorKind::NotFound), ("file", ErrorKind::NotADirectory)] {
        let path = tmp.path().join(path);
        let error = CapVfs::open_ambient_dir(&path).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), format!("cannot open directory `{}`", path.display()));
        assert!(error.source().is_some(), "the system's own words are kept");
    }
}

#[test]
fn the_door_follows_the_users_own_links() {
    let (tmp, ..) = world();
    fs::create_dir(tmp.path().join("dir")).unwrap();
    symlink("dir", tmp.path().join("link")).unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path().join("link")).unwrap();
    vfs.create_dir(&root, &name("inside")).unwrap();
    assert!(tmp.path().join("dir/inside").is_dir());
}

#[test]
fn a_refused_link_keeps_what_the_system_said() {
    let (tmp, vfs, root) = world();
    symlink("anywhere", tmp.path().join("link")).unwrap();
    let error = vfs.open_file(&root, &name("link"), Access::Read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<io::Error>()).unwrap();
    assert_eq!(cause.raw_os_error(), Some(rustix::io::Errno::LOOP.raw_os_error()));
}

#[test]
fn opening_a_pipe_does_not_wait() {
    let (tmp, vfs, root) = world();
    let pipe = tmp.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(vfs.stat(&root, &name("pipe")).unwrap().kind, FileKind::Other);
    let (done, opened) = mpsc::channel();
    thread::spawn(move || {
        let file = vfs.open_file(&root, &name("pipe"), Access::Read).unwrap();
        done.send(vfs.stat_file(&file).unwrap().kind).unwrap();
    });
    assert_eq!(opened.recv_timeout(Duration::from_secs(10)), Ok(FileKind::Other));
}

#[test]
fn two_threads_list_one_handle() {
    let (tmp, vfs, root) = world();
    for number in 0..2000 {
        File::create(tmp.path().join(format!("a-rather-long-name-for-entry-{number}"))).unwrap();
    }
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(vfs.list(&root).unwrap().len(), 2000);
                }
            });
        }
    });
}

#[test]
fn copying_moves_no_position() {
    let (_tmp, vfs, root) = world();
    let mut from = vfs.create_file(&root, &name("from")).unwrap();
    let mut to = vfs.create_file(&root, &name("to")).unwrap();
    vfs.write_at(&from, 0, b"content").unwrap();
    from.seek(io::SeekFrom::Start(3)).unwrap();
    assert_eq!(vfs.copy(&from, &to).unwrap(), 7);
    assert_eq!((from.stream_position().unwrap(), to.stream_position().unwrap()), (3, 0));
}

/// Files of `/proc` have length 0 and cannot be copied by the kernel.
#[test]
fn what_the_kernel_does_not_copy_is_copied() {
    let (_tmp, vfs, root) = world();
    let from = File::open("/proc/self/limits").unwrap();
    let to = vfs.create_file(&root, &name("to")).unwrap();
    let copied = vfs.copy(&from, &to).unwrap();
    assert!(copied > 0);
    assert_eq!(vfs.stat_file(&to).unwrap().len, copied);
}

/// The kernel copies only within one file system.
#[test]
fn a_copy_to_another_file_system_is_whole() {
    let (_tmp, vfs, root) = world();
    let other = tempfile::tempdir_in("/dev/shm").unwrap();
    let (_, far) = CapVfs::open_ambient_dir(other.path()).unwrap();
    let content: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
    let from = vfs.create_file(&far, &name("from")).unwrap();
    vfs.write_at(&from, 0, &content).unwrap();
    let to = vfs.create_file(&root, &name("to")).unwrap();
    assert_eq!(vfs.copy(&from, &to).unwrap(), 200_000);
    let mut copied = vec![0; 200_001];
    assert_eq!(vfs.read(&to, 0, &mut copied).unwrap(), 200_000);
    assert!(copied[..200_000] == content, "every byte in its place");
}

/// Bytes that a file takes on the disk.
fn taken(file: &File) -> u64 {
    512 * file.metadata().unwrap().blocks()
}

#[test]
fn a_copy_has_the_holes_of_the_file() {
    const HUGE: u64 = 1 << 30;
    let (_tmp, vfs, root) = world();
    let mut from = vfs.create_file(&root, &name("from")).unwrap();
    from.set_len(HUGE).unwrap();
    if taken(&from) > 0 {
        return; // This file system keeps none.
    }
    // Nothing but a hole; data in the middle; a hole at neither end.
    let data: [&[u64]; 3] = [&[], &[5_000_001, HUGE / 2], &[0, HUGE - 4]];
    for (number, places) in data.into_iter().enumerate() {
        for place in places {
            vfs.write_at(&from, *place, b"data").unwrap();
        }
        from.seek(io::SeekFrom::Start(3)).unwrap();
        let to = vfs.create_file(&root, &name(&format!("to-{number}"))).unwrap();
        assert_eq!(vfs.copy(&from, &to).unwrap(), HUGE);
        assert_eq!(to.metadata().unwrap().len(), HUGE);
        assert_eq!(from.stream_position().unwrap(), 3, "the position is not moved");
        assert!(taken(&to) <= 1 << 20, "{} bytes for {places:?}", taken(&to));
        for place in places {
            let mut read = [0; 12];
            let start = place.saturating_sub(4);
            vfs.read(&to, start, &mut read).unwrap();
            let offset = (place - start) as usize;
            assert_eq!(&read[offset..offset + 4], b"data", "at {place}");
            assert!(read[..offset].iter().all(|byte| *byte == 0));
        }
    }
}

/// The kernel copies only within one file system: holes are kept between two, too.
#[test]
fn holes_cross_file_systems() {
    let (_tmp, vfs, root) = world();
    let other = tempfile::tempdir_in("/dev/shm").unwrap();
    let (_, far) = CapVfs::open_ambient_dir(other.path()).unwrap();
    let from = vfs.create_file(&far, &name("from")).unwrap();
    vfs.write_at(&from, 100 << 20, b"data").unwrap();
    let to = vfs.create_file(&root, &name("to")).unwrap();
    assert_eq!(vfs.copy(&from, &to).unwrap(), (100 << 20) + 4);
    let mut read = [0; 8];
    assert_eq!(vfs.read(&to, (100 << 20) - 4, &mut read).unwrap(), 8);
    assert_eq!(&read, b"\0\0\0\0data");
    assert!(taken(&to) <= 1 << 20, "{} bytes", taken(&to));
}

#[test]
fn a_copy_that_cannot_be_written_is_an_error() {
    let (_tmp, vfs, root) = world();
    let from = vfs.create_file(&root, &name("from")).unwrap();
    vfs.write_at(&from, 0, b"content").unwrap();
    drop(vfs.create_file(&root, &name("to")).unwrap());
    let to = vfs.open_file(&root, &name("to"), Access::Read).unwrap();
    vfs.copy(&from, &to).unwrap_err();
}

#[test]
fn a_new_file_has_the_permissions_that_the_mask_leaves() {
    let (tmp, vfs, root) = world();
    drop(vfs.create_file(&root, &name("ours")).unwrap());
    let plain = File::create(tmp.path().join("plain")).unwrap();
    let mode = plain.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(vfs.stat(&root, &name("ours")).unwrap().mode, mode);
}

#[test]
fn odd_times_are_times() {
    let (_tmp, vfs, root) = world();
    let file = vfs.create_file(&root, &name("file")).unwrap();
    let old = SystemTime::UNIX_EPOCH - Duration::from_millis(86_400_500);
    vfs.set_mtime(&file, old).unwrap();
    assert_eq!(vfs.stat(&root, &name("file")).unwrap().mtime, old);
    // Cut or refused, but neither a panic here nor when it is read.
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 62);
    let _ = vfs.set_mtime(&file, far);
    vfs.stat(&root, &name("file")).unwrap();
}

#[test]
fn names_end_at_255_bytes_on_the_usual_file_systems() {
    let (_tmp, vfs, root) = world();
    let fs = vfs.fs_info(&root).unwrap().name;
    if !["ext4", "xfs", "btrfs", "tmpfs"].contains(&fs.as_ref()) {
        return;
    }
    let long = |len| Name::new("x".repeat(len)).unwrap();
    drop(vfs.create_file(&root, &long(255)).unwrap());
    let error = vfs.create_file(&root, &long(256)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFilename);
}

#[test]
fn a_file_opened_for_reading_can_be_locked_exclusively() {
    let (_tmp, vfs, root) = world();
    drop(vfs.create_file(&root, &name("lock")).unwrap());
    let open = || vfs.open_file(&root, &name("lock"), Access::Read).unwrap();
    let (first, second) = (open(), open());
    assert_eq!(vfs.try_lock(&first, LockKind::Exclusive).unwrap(), TryLock::Locked);
    assert_eq!(vfs.try_lock(&second, LockKind::Shared).unwrap(), TryLock::Busy);
}

/// A program started meanwhile would inherit a lock with the open file.
#[test]
fn no_handle_is_inherited() {
    const CLOSE_ON_EXEC: u32 = 0o2_000_000;
    let (tmp, vfs, root) = world();
    vfs.create_dir(&root, &name("dir")).unwrap();
    let dir = vfs.open_dir(&root, &name("dir")).unwrap();
    let created = vfs.create_file(&dir, &name("file")).unwrap();
    let opened = vfs.open_file(&dir, &name("file"), Access::Read).unwrap();
    let flags = open_below(tmp.path());
    assert_eq!(flags.len(), 4, "the handles of this test, and only they");
    assert!(flags.iter().all(|flags| flags & CLOSE_ON_EXEC != 0), "{flags:?}");
    drop((created, opened));
}

/// The flags of every open file of this process at or below a path.
fn open_below(path: &Path) -> Vec<u32> {
    let open = fs::read_dir("/proc/self/fd").unwrap().map(Result::unwrap);
    open.filter(|fd| fs::read_link(fd.path()).is_ok_and(|target| target.starts_with(path)))
        .map(|fd| {
            let info = Path::new("/proc/self/fdinfo").join(fd.file_name());
            let info = fs::read_to_string(info).unwrap();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
            u32::from_str_radix(flags.trim(), 8).unwrap()
        })
        .collect()
}
