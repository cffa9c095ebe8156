//! A cache that the real command works on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::lab::Lab;
use crate::shell::{Result, command};

/// One unit of one root, the options of `run`, and what the command is started by.
pub(super) struct Cache<'a> {
    lab: &'a Lab,
    root: PathBuf,
    unit: &'a str,
    options: Vec<&'a str>,
    starter: Vec<String>,
}

/// What a command did.
pub(super) struct Ran {
    /// Its exit status, or -1: a signal.
    pub(super) code: i32,
    pub(super) out: String,
    /// Standard error: the line that says what was done.
    pub(super) line: String,
}

impl Ran {
    /// Whether it started from this session.
    pub(super) fn is_seeded_from(&self, session: &str) -> bool {
        // The line has the beginning of the name, without the hash.
        let beginning = session.rsplit_once('-').map_or(session, |(beginning, _)| beginning);
        self.line.contains(&format!("seeded from {beginning}"))
    }

    pub(super) fn is_cold(&self) -> bool {
        self.line.contains("cold")
    }
}

/// As `ls` shows it.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) state: String,
}

impl<'a> Cache<'a> {
    pub(super) fn new(lab: &'a Lab, root: impl Into<PathBuf>) -> Self {
        Self { lab, root: root.into(), unit: "u", options: Vec::new(), starter: Vec::new() }
    }

    pub(super) fn unit(self, unit: &'a str) -> Self {
        Self { unit, ..self }
    }

    pub(super) fn with(mut self, options: &[&'a str]) -> Self {
        self.options.extend(options);
        self
    }

    /// Starts the command through these words, which run what follows them.
    pub(super) fn started_by(self, starter: &[&str]) -> Self {
        Self { starter: starter.iter().map(|word| (*word).into()).collect(), ..self }
    }

    /// As if the machine had been started again: the command is shown another id of the boot. It is the same
    /// one each time.
    pub(super) fn after_another_start(self) -> Result<Self> {
        self.lab.need(&["unshare"])?;
        let id = self.lab.path("boot-id");
        std::fs::write(&id, "01234567-89ab-cdef-0123-456789abcdef\n")?;
        let hide =
            format!("mount --bind {} /proc/sys/kernel/random/boot_id && exec \"$@\"", id.display());
        let mut starter: Vec<String> =
            ["unshare", "-m", "sh", "-c", &hide, "sh"].map(String::from).into();
        starter.extend(self.starter);
        Ok(Self { starter, ..self })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The shell is in the session's directory, which is `$S`.
    pub(super) fn command(&self, script: &str) -> Command {
        let script = format!("S=$INCRDIR_SESSION; cd \"$S\" || exit 99; {script}");
        let mut command = self.started();
        command.args(["run", "--unit", self.unit]).arg("--root").arg(&self.root);
        command.args(&self.options).args(["--", "sh", "-c", &script]);
        command
    }

    pub(super) fn run(&self, script: &str) -> Result<Ran> {
        finish(&mut self.command(script))
    }

    /// A run that has to publish for the case to have a beginning.
    pub(super) fn publish(&self, script: &str) -> Result<Ran> {
        let ran = self.run(script)?;
        if ran.code == 0 && ran.line.contains("published") {
            Ok(ran)
        } else {
            Err(format!("not published: exit status {}, {}", ran.code, ran.line).into())
        }
    }

    pub(super) fn verify(&self, options: &[&str]) -> Result<Ran> {
        finish(self.started().arg("verify").arg(&self.root).args(options))
    }

    /// `gc` or `ls` of the root.
    pub(super) fn asks(&self, what: &str) -> Command {
        let mut command = self.started();
        command.arg(what).arg(&self.root);
        command
    }

    /// The command, as it is started here.
    pub(super) fn started(&self) -> Command {
        match self.starter.split_first() {
            None => command(&self.lab.binary().to_string_lossy()),
            Some((program, arguments)) => {
                let mut command = command(program);
                command.args(arguments).arg(self.lab.binary());
                command
            }
        }
    }

    /// Published and quarantined sessions, oldest first.
    pub(super) fn sessions(&self) -> Result<Vec<Listed>> {
        let mut ls = self.started();
        let listed = finish(ls.args(["ls", "--format", "json"]).arg(&self.root))?;
        let listed: Value = serde_json::from_str(&listed.out)
            .map_err(|error| format!("ls: {error}: {}", listed.line))?;
        let units = listed["units"].as_array().into_iter().flatten();
        let entries = units.flat_map(|unit| unit["entries"].as_array().into_iter().flatten());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let mut sessions: Vec<Listed> = entries
            .map(|entry| Listed { name: text(&entry["name"]), state: text(&entry["state"]) })
            .filter(|entry| ["published", "quarantined"].contains(&entry.state.as_str()))
            .collect();
        sessions.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(sessions)
    }

    /// Names of the published sessions, oldest first.
    pub(super) fn published(&self) -> Result<Vec<String>> {
        let sessions = self.sessions()?.into_iter();
        Ok(sessions.filter(|session| session.state == "published").map(|it| it.name).collect())
    }

    pub(super) fn newest(&self) -> Result<String> {
        Ok(self.published()?.pop().ok_or("nothing is published")?)
    }

    pub(super) fn quarantined(&self) -> Result<usize> {
        let sessions = self.sessions()?;
        Ok(sessions.iter().filter(|session| session.state == "quarantined").count())
    }

    /// The directory of a session.
    pub(super) fn session(&self, name: &str) -> Result<PathBuf> {
        for unit in units(&self.root)? {
            let session = unit.join(name);
            if session.exists() {
                return Ok(session);
            }
        }
        Err(format!("there is no {name}").into())
    }
}

/// The directories in a root: not what marks it as a cache.
pub(super) fn units(root: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root)?.map(|entry| Ok(entry?.path()));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    Ok(entries.into_iter().filter(|path| path.is_dir()).collect())
}

pub(super) fn finish(command: &mut Command) -> Result<Ran> {
    let done = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    Ok(Ran {
        code: done.status.code().unwrap_or(-1),
        out: text(&done.stdout),
        line: text(&done.stderr),
    })
}

/// Waits until somebody has made this file.
pub(super) fn wait_for(file: &Path) -> Result {
    for _ in 0..500 {
        if file.exists() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("{} was not made", file.display()).into())
}
