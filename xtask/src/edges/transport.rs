//! The ways in which caches travel.

use std::path::{Path, PathBuf};

use super::lab::Lab;
use crate::shell::{Result, command, output};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Transport {
    CopyArchive,
    /// Times are not kept.
    Copy,
    /// Times are kept in whole seconds.
    Tar,
    TarPosix,
    Rsync,
    RsyncHardLinks,
    /// Whole subvolumes.
    Send,
    Move,
}

pub(super) const TRANSPORTS: [Transport; 8] = [
    Transport::CopyArchive,
    Transport::Copy,
    Transport::Tar,
    Transport::TarPosix,
    Transport::Rsync,
    Transport::RsyncHardLinks,
    Transport::Send,
    Transport::Move,
];

impl Transport {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CopyArchive => "cp -a",
            Self::Copy => "cp -r",
            Self::Tar => "tar",
            Self::TarPosix => "tar posix",
            Self::Rsync => "rsync -a",
            Self::RsyncHardLinks => "rsync -aH",
            Self::Send => "btrfs send",
            Self::Move => "mv",
        }
    }

    pub(super) fn program(self) -> &'static str {
        match self {
            Self::CopyArchive | Self::Copy => "cp",
            Self::Tar | Self::TarPosix => "tar",
            Self::Rsync | Self::RsyncHardLinks => "rsync",
            Self::Send => "btrfs",
            Self::Move => "mv",
        }
    }

    pub(super) fn keeps_times(self) -> bool {
        self != Self::Copy
    }

    /// Makes `to`, which is not there, a copy of `from`. What was moved is gone from `from`, all others
    /// leave it.
    pub(super) fn carry(self, lab: &Lab, from: &Path, to: &Path) -> Result {
        match self {
            Self::CopyArchive => output(command("cp").arg("-a").args([from, to])),
            Self::Copy => output(command("cp").arg("-r").args([from, to])),
            Self::Tar => through_tar(lab, "gnu", from, to),
            Self::TarPosix => through_tar(lab, "posix", from, to),
            Self::Rsync => output(command("rsync").arg("-a").arg(inside(from)).arg(to)),
            Self::RsyncHardLinks => output(command("rsync").arg("-aH").arg(inside(from)).arg(to)),
            Self::Send => send(lab, from, to),
            Self::Move => output(command("mv").args([from, to])),
        }
        .map(drop)
    }
}

/// To rsync, what is in it, not the directory.
fn inside(dir: &Path) -> PathBuf {
    dir.join("")
}

fn through_tar(lab: &Lab, format: &str, from: &Path, to: &Path) -> Result<String> {
    let archive = lab.path("archive.tar");
    let format = format!("--format={format}");
    output(command("tar").arg(format).arg("-cf").arg(&archive).arg("-C").arg(from).arg("."))?;
    std::fs::create_dir(to)?;
    output(command("tar").arg("-xf").arg(&archive).arg("-C").arg(to))
}

/// What is sent is a snapshot that nobody can write, and so is what is received: the copy is one of that.
fn send(lab: &Lab, from: &Path, to: &Path) -> Result<String> {
    let sent = from.with_extension("sent");
    let target = to.parent().ok_or("a place in the file system")?;
    let received = target.join(sent.file_name().ok_or("a name")?);
    let stream = lab.path("stream");
    let snapshot = |options: &[&str], from: &Path, to: &Path| {
        output(
            command("btrfs").args(["-q", "subvolume", "snapshot"]).args(options).args([from, to]),
        )
    };
    snapshot(&["-r"], from, &sent)?;
    // A send reads what is on the medium.
    output(command("btrfs").args(["-q", "send", "-f"]).arg(&stream).arg(&sent))?;
    delete_tree(&sent)?;
    output(command("btrfs").args(["-q", "receive", "-f"]).arg(&stream).arg(target))?;
    snapshot(&[], &received, to)?;
    delete_tree(&received)?;
    std::fs::remove_file(stream)?;
    Ok(String::new())
}

/// Removes a directory or a subvolume.
pub(super) fn delete_tree(tree: &Path) -> Result {
    // The root of a subvolume has this number, and no directory of any other file system here has: the first
    // one that is made on ext4 has 11 or more.
    let is_subvolume = {
        use std::os::unix::fs::MetadataExt;
        std::fs::symlink_metadata(tree)?.ino() == 256
            && output(command("stat").args(["-f", "-c", "%T"]).arg(tree))?.trim() == "btrfs"
    };
    if is_subvolume {
        output(command("btrfs").args(["-q", "subvolume", "delete"]).arg(tree)).map(drop)
    } else {
        output(command("rm").arg("-rf").arg(tree)).map(drop)
    }
}
