//! Runs with `--at`, in every way in which there may or may not be namespaces.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use super::{Cache, INCRDIR, stderr};

/// In what surroundings incrdir is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// As whoever runs the tests.
    Plain,
    /// As a user without privileges.
    Nobody,
    /// In a user namespace, as in a container without privileges.
    Nested,
    /// Where there are no namespaces to be had.
    Off,
}

impl Around {
    /// The ways in which CMD may see its session: by a mount and by a link. What is not to be had here is skipped.
    pub(crate) fn both() -> Vec<Self> {
        [Self::Plain, Self::Off].into_iter().filter(|around| around.is_to_be_had()).collect()
    }

    pub(crate) fn is_to_be_had(self) -> bool {
        let cache = Cache::new();
        fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let run = self.command(&cache, &["--at", "t"], "true").output();
        let why = match &run {
            Ok(run) if run.status.success() && stderr(run).contains(self.says()) => return true,
            Ok(run) => stderr(run),
            Err(error) => error.to_string(),
        };
        println!("SKIPPED: {self:?} is not to be had here: {why}");
        false
    }

    /// What the report says of it.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Plain | Self::Nested => "; at t in a mount namespace",
            Self::Nobody => "; at t in a mount namespace of the user's own;",
            Self::Off => "; at t by a link, because ",
        }
    }

    /// `incrdir run --root root --unit demo OPTIONS -- sh -c SCRIPT`, in the directory of the cache.
    pub(crate) fn command(self, cache: &Cache, options: &[&str], script: &str) -> Command {
        let mut command = self.of(cache, options);
        command.args(["sh", "-c", script]);
        command
    }

    pub(crate) fn run(self, cache: &Cache, options: &[&str], script: &str) -> Output {
        self.command(cache, options, script).output().unwrap()
    }

    /// The same without a program.
    pub(crate) fn of(self, cache: &Cache, options: &[&str]) -> Command {
        const OFF: &str = "for what in user mnt; do echo 0 >/proc/sys/user/max_${what}_namespaces || exit 99; done; exec \"$@\"";
        let words: &[&str] = match self {
            Self::Plain => &[],
            Self::Nobody => &["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"],
            Self::Nested => &["unshare", "-Ur"],
            Self::Off => &["unshare", "-Ur", "sh", "-c", OFF, "sh"],
        };
        let mut words = words.iter().chain([&INCRDIR]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(["run", "--root", "root", "--unit", "demo"]).args(options);
        command.arg("--").current_dir(cache.dir.path());
        command
    }
}

/// The mounts that this process sees.
pub(crate) fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

/// Whether there is nothing of the cache in the mounts that everybody sees.
#[track_caller]
pub(crate) fn assert_no_mounts_of(cache: &Cache) {
    let dir = cache.dir.path().to_str().unwrap();
    let mounts = mounts();
    assert!(!mounts.contains(dir), "{mounts}");
}
