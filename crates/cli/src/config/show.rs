//! `incrdir config`: the effective settings, and where each comes from.

use std::fmt::Display;
use std::process::ExitCode;

use incrdir_gc::Policy;
use serde::Serialize;

use super::file::VARIABLE;
use super::keys::{self, Key};
use super::{Config, Origin, Setting};
use crate::failure::Failure;
use crate::values::Format;
use crate::{json, output, remote, words};

const HELP: &str = "\
An option on the command line comes before the environment, that before the configuration file, and that before the \
default. A variable that is empty counts as one that is not set.

The keys of the file are those of the table, and the variables are called like them: max_age is INCRDIR_MAX_AGE. The \
file is the one that INCRDIR_CONFIG names (if that is empty, there is none), or else incrdir/config.toml in \
$XDG_CONFIG_HOME, which is ~/.config, or %APPDATA% on Windows. A file or variable that cannot be understood is an \
error for the commands that use settings. A file that other users own or may write is refused, because it says where \
CMD writes; INCRDIR_TRUST_OWNER accepts them.

A file may look like this, in TOML:
  root = \"~/.cache/mytool\"
  keep = 3
  grace = \"10s\"
  quarantine = \"7days\"
  max_age = \"30d\"
  max_size = \"50GiB\"
  free = \"15%..20%\"
  pull = \"s3://my-bucket/incrdir\"

Exit status: 0, 1 if the settings cannot be read, 2 for a usage error.

Example: INCRDIR_KEEP=3 incrdir config";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct ConfigArgs {
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// What `config --format json` prints.
#[derive(Debug, Serialize)]
struct Document {
    format: &'static str,
    version: u32,
    /// The file, or where it would be; `None`: there is to be none.
    file: Option<String>,
    file_exists: bool,
    settings: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    key: &'static str,
    /// `None`: it is not set, and has no default.
    value: Option<String>,
    from: &'static str,
    /// Of the environment, if it is from there.
    variable: Option<&'static str>,
    /// Of the file, if it is from there.
    line: Option<usize>,
}

/// Prints the settings.
pub(crate) fn config(args: &ConfigArgs) -> Result<ExitCode, Failure> {
    let config = Config::load()?;
    let document = Document {
        format: "incrdir-config",
        version: 1,
        file: config.file.path().map(|path| path.to_string_lossy().into_owned()),
        file_exists: config.file.is_there(),
        settings: rows(&config),
    };
    match args.format {
        Format::Json => json::print(&document)?,
        Format::Table => output::print_lines(&table(&document))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(config: &Config) -> Vec<Row> {
    let usual = Policy::default();
    let time = |time| humantime::format_duration(time).to_string();
    vec![
        row(&keys::ROOT, &config.root, |root| root.display().to_string(), None),
        row(&keys::KEEP, &config.keep, shown, Some(usual.retention.keep)),
        row(&keys::GRACE, &config.grace, |it| time(*it), Some(usual.grace)),
        row(&keys::QUARANTINE, &config.quarantine, |it| time(*it), Some(usual.quarantine)),
        row(&keys::MAX_AGE, &config.max_age, |it| time(*it), None),
        row(&keys::MAX_SIZE, &config.max_size, shown, None),
        row(&keys::FREE, &config.free, shown, None),
        row(&keys::PULL, &config.pull, shown, None),
        row(&keys::PUSH, &config.push, shown, None),
        row(&keys::SCOPE, &config.scope, shown, remote::usual_scope()),
        row(&keys::TRUST_KEY, &config.trust_key, shown, None),
        row(&keys::SIGN_KEY, &config.sign_key, |path| path.display().to_string(), None),
    ]
}

fn shown(value: &impl Display) -> String {
    value.to_string()
}

fn row<T>(key: &Key, setting: &Setting<T>, show: impl Fn(&T) -> String, default: Option<T>) -> Row {
    let (value, from, variable, line) = match (&setting.given, default) {
        (Some((value, Origin::Environment(name))), _) => {
            (Some(show(value)), "environment", Some(*name), None)
        }
        (Some((value, Origin::File(line))), _) => (Some(show(value)), "file", None, Some(*line)),
        (None, Some(value)) => (Some(show(&value)), "default", None, None),
        (None, None) => (None, "unset", None, None),
    };
    Row { key: key.name, value, from, variable, line }
}

fn table(document: &Document) -> Vec<String> {
    let mut rows = vec![vec!["KEY".into(), "VALUE".into(), "FROM".into()]];
    for row in &document.settings {
        let from = match (row.variable, row.line) {
            (Some(variable), _) => variable.into(),
            (None, Some(line)) => format!("file, line {line}"),
            (None, None) => row.from.into(),
        };
        rows.push(vec![row.key.into(), row.value.clone().unwrap_or("-".into()), from]);
    }
    let mut lines = words::table(&rows);
    lines.push(match (&document.file, document.file_exists) {
        (Some(file), true) => format!("file: {file}"),
        (Some(file), false) => format!("file: {file}, which is not there"),
        (None, _) => {
            format!("file: none, because {VARIABLE} is empty or there is no home directory")
        }
    });
    lines
}
