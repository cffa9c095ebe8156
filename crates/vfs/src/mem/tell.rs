//! Calls, their answers and what a power loss took, for people.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use super::errno::Errno;
use super::inode::{InodeId, Node, ROOT};
use super::op::{Answer, Fd, Op, Ret};
use super::process::ProcId;
use super::world::World;
use crate::{Entry, Name};

/// So many bytes of a content are shown.
const SHOWN: usize = 24;

impl World {
    /// A call that a process is about to make: what is done, to what, and with what.
    pub fn describe_call(&self, proc: ProcId, op: &Op) -> String {
        let call = snake(&format!("{:?}", op.kind()));
        let at = |fd: &Fd| self.path_of_open(proc, *fd);
        let named = |dir: &Fd, name: &Name| format!("{}/{name}", at(dir).trim_end_matches('/'));
        match op {
            Op::Rename { from_dir, from, to_dir, to }
            | Op::RenameNew { from_dir, from, to_dir, to }
            | Op::HardLink { from_dir, from, to_dir, to } => {
                format!("{call} {} -> {}", named(from_dir, from), named(to_dir, to))
            }
            Op::Symlink { target, dir, name } => {
                format!("{call} {} -> {}", named(dir, name), target.display())
            }
            Op::OpenFile { dir, name, access } => format!("{call} {} {access:?}", named(dir, name)),
            Op::SetModeOf { dir, name, mode } => format!("{call} {} {mode:o}", named(dir, name)),
            Op::OpenDir { dir, name }
            | Op::CreateDir { dir, name }
            | Op::RemoveDir { dir, name }
            | Op::Stat { dir, name }
            | Op::RemoveFile { dir, name }
            | Op::ReadLink { dir, name }
            | Op::CreateFile { dir, name } => format!("{call} {}", named(dir, name)),
            Op::WriteAt { file, offset, bytes } | Op::Store { file, offset, bytes } => {
                format!("{call} {} at {offset}: {}", at(file), shown(bytes))
            }
            Op::Read { file, offset, len } => {
                format!("{call} {} at {offset}, up to {len} bytes", at(file))
            }
            Op::Copy { from, to } | Op::Share { from, to } => {
                format!("{call} {} -> {}", at(from), at(to))
            }
            Op::CloneFile { from, dir, name } => {
                format!("{call} {} -> {}", at(from), named(dir, name))
            }
            Op::TryLock { file, kind } => format!("{call} {} {kind:?}", at(file)),
            Op::SetMode { file: of, mode } | Op::SetDirMode { dir: of, mode } => {
                format!("{call} {} {mode:o}", at(of))
            }
            Op::SetExtended { of, attribute } => {
                format!("{call} {} {}", at(of), attribute.name.display())
            }
            Op::RemoveExtended { of, name } => format!("{call} {} {}", at(of), name.display()),
            Op::List { dir: of }
            | Op::StatDir { dir: of }
            | Op::SetDirMtime { dir: of, .. }
            | Op::SyncDir { dir: of }
            | Op::FsInfo { dir: of }
            | Op::Space { dir: of }
            | Op::StatFile { file: of }
            | Op::SetMtime { file: of, .. }
            | Op::SyncFile { file: of }
            | Op::Unlock { file: of }
            | Op::SetOwner { of, .. }
            | Op::Extended { of } => format!("{call} {}", at(of)),
            Op::ProcessOf { pid } => format!("{call} {pid}"),
            Op::IsAlive { process } => format!("{call} {}", process.pid),
            Op::Pause { duration } => format!("{call} {duration:?}"),
            Op::Root | Op::Now | Op::Random | Op::BootId | Op::Process => call,
        }
    }

    fn path_of_open(&self, proc: ProcId, fd: Fd) -> String {
        let inode = self.ofd(self.ofd_of(proc, fd)).inode;
        self.path_of(ROOT, inode).unwrap_or_else(|| "(without a name)".into())
    }

    /// In what an image differs from the disk as it was: a line for each path.
    pub fn describe_loss(&self, image: &Self) -> Vec<String> {
        let (was, is) = (self.contents(), image.contents());
        let mut paths: Vec<_> = was.keys().chain(is.keys()).collect();
        paths.sort();
        paths.dedup();
        let mut lines = Vec::new();
        for path in paths {
            match (was.get(path), is.get(path)) {
                (Some(was), Some(is)) if was == is => {}
                (Some(was), Some(is)) => lines.push(format!("{path} is {is} instead of {was}")),
                (Some(was), None) => lines.push(format!("{path} ({was}) is not there")),
                (None, Some(is)) => lines.push(format!("{path} is there again: {is}")),
                (None, None) => {}
            }
        }
        lines
    }

    /// What is under each path, for people.
    fn contents(&self) -> BTreeMap<String, String> {
        let mut contents = BTreeMap::new();
        let mut pending = vec![(String::new(), ROOT)];
        while let Some((path, dir)) = pending.pop() {
            let Node::Dir { entries, .. } = &self.inode(dir).node else { continue };
            for (name, entry) in entries {
                let path = format!("{path}/{name}");
                contents.insert(path.clone(), self.shown_content(entry.inode));
                pending.push((path, entry.inode));
            }
        }
        contents
    }

    fn shown_content(&self, id: InodeId) -> String {
        match &self.inode(id).node {
            Node::File(content) => shown(content),
            Node::Dir { .. } => "a directory".into(),
            Node::Symlink(target) => format!("a link to {}", OsStr::new(target).display()),
        }
    }
}

/// Bytes as text, escaped and abbreviated.
fn shown(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN) {
        Some(first) if bytes.len() > SHOWN => {
            format!("\"{}…\" ({} bytes)", first.escape_ascii(), bytes.len())
        }
        _ => format!("\"{}\"", bytes.escape_ascii()),
    }
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for char in camel.chars() {
        if char.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

impl Ret {
    /// What came out, for people.
    pub fn describe(result: &Answer) -> String {
        let names = |entries: &[Entry]| {
            let names: Vec<_> = entries.iter().map(|entry| entry.name.to_string()).collect();
            names.join(" ")
        };
        match result {
            Ok(Self::Entries(entries)) => format!("[{}]", names(entries)),
            Ok(Self::SomeEntries(entries, errno)) => format!("[{}] {errno:?}", names(entries)),
            Ok(Self::Lock(lock)) => format!("{lock:?}"),
            Ok(Self::Bytes(bytes)) => format!("{bytes} bytes"),
            Ok(Self::Content(content)) => shown(content),
            Ok(Self::Stat(stat)) => format!("{:?}, {} bytes", stat.kind, stat.len),
            Ok(Self::Number(number)) => number.to_string(),
            Ok(Self::Target(target)) => format!("-> {}", target.display()),
            Ok(Self::Process(process)) => format!("process {} of {}", process.pid, process.host),
            Ok(Self::Alive(Some(true))) => "alive".into(),
            Ok(Self::Alive(Some(false))) => "not alive".into(),
            Ok(Self::Alive(None)) => "that cannot be told".into(),
            Ok(_) => "ok".into(),
            Err(Errno::Kind(kind)) => format!("{kind:?}"),
            Err(errno) => format!("{errno:?}"),
        }
    }
}
