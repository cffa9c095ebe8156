//! A file system of our own.
#![allow(dead_code, reason = "not every test file uses all of it")]

use std::path::Path;
use std::process::Command;

/// A file system of our own on `dir` until it is dropped, if we may mount one.
pub(crate) struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    pub(crate) fn new(dir: &'a Path, options: &str) -> Option<Self> {
        let mount = ["-t", "tmpfs", "-o", options, "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(dir).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(dir)),
            why => {
                println!("SKIPPED: cannot mount a file system: {why:?}");
                None
            }
        }
    }

    pub(crate) fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount").args(["-o", &options]).arg(self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}
