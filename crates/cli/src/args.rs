//! The command line.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use incrdir_naming::Hash;
use incrdir_session::{Audit, Durability, SeedMode};

use crate::at::AtArgs;
use crate::completions::CompletionsArgs;
use crate::config::{Config, ConfigArgs};
use crate::diff::DiffArgs;
use crate::doctor::DoctorArgs;
use crate::du::DuArgs;
use crate::failure::chain;
use crate::gc::GcArgs;
use crate::log::{self, LogArgs};
use crate::ls::LsArgs;
use crate::man::ManArgs;
use crate::pin::{PinArgs, UnpinArgs};
use crate::remote::RemoteArgs;
use crate::restore::RestoreArgs;
use crate::run::StoreArgs;
use crate::show::ShowArgs;
use crate::start_args::StartArgs;
use crate::stats::StatsArgs;
pub(crate) use crate::values::{Format, Trusted};
use crate::visible::visible;
use crate::{failure, output, report, usage, values};

/// Sessions of an on-disk cache: begin from the last good state, publish the new one all at once.
#[derive(Debug, Parser)]
#[command(name = "incrdir", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: LogArgs,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub(crate) enum Command {
    /// Run a program in a session: publish if it succeeds, abandon if it does not
    Run(RunArgs),
    /// List units and sessions, including those of rustc
    Ls(LsArgs),
    /// Show all that is known of one session
    Show(ShowArgs),
    /// Say what changed between two sessions
    Diff(DiffArgs),
    /// Publish an older session anew, as the newest
    Restore(RestoreArgs),
    /// Tell from the records how sessions were begun, and what they took over
    Stats(StatsArgs),
    /// Count what caches take, and what sessions share
    Du(DuArgs),
    /// Delete dead and obsolete sessions, including those of rustc
    Gc(GcArgs),
    /// Compare published sessions with their records
    Verify(VerifyArgs),
    /// Examine a file system: whether a cache can be there, and what it costs
    Doctor(DoctorArgs),
    /// Keep a session or a unit from being collected
    Pin(PinArgs),
    /// Remove a pin
    Unpin(UnpinArgs),
    /// Send sessions into a store and fetch them, so that other machines start from them
    Remote(RemoteArgs),
    /// Print the settings of the environment and the configuration file
    Config(ConfigArgs),
    /// Print the script that teaches a shell to complete this command
    Completions(CompletionsArgs),
    /// Print a manual page, or write all of them
    Man(ManArgs),
}

const RUN_HELP: &str = "\
The path of the session's directory is in the environment variable INCRDIR_SESSION, and replaces {session} in ARGs.

The unit is NAME-ID, where ID is a hash of the keys in their order, so that states which do not fit together \
(another version of the tool, other flags) are never mixed. ID is the first 8 bytes, little-endian, of the BLAKE3 \
digest of each key's length (8 bytes, little-endian) and bytes, in base 36. A NAME that already is the name of a unit \
directory, such as one of rustc's, is used unchanged.

A branch that has nothing yet starts from main with `--key BRANCH --or-key main`. Its sessions are its own from then on.

PATTERN: `*`, `?` and `[a-z]` stand for characters other than `/`, and `**` for any directories. One without `/` is compared with the \
name of each file and directory, one with `/` with the path from the session's directory; one that ends with `/` is for directories \
alone. What is excluded is left out also where it is included.

Exit status: that of CMD; 128+N if it was ended by signal N; 125 if incrdir itself failed, 126 if CMD cannot \
be executed, 127 if it was not found. The session is published on 0 and on the STATUS of --publish-on, and abandoned on anything else and after \
SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM or SIGXCPU. Signals that were ignored stay ignored.

With --pull and --push, machines share sessions through a store: `incrdir remote --help` says which. If it fails, the build goes on without it, \
unless --require-remote is given.

A root or unit that other users own or may write to (without a sticky bit) is refused, because they could make \
CMD write elsewhere.

The environment and the configuration file can name the root and K: `incrdir config --help`.

Example: incrdir run --root ~/.cache/mytool --unit project -- mytool build --cache '{session}'

See also crates/cli/README.md in the repository.";

const VERIFY_HELP: &str = "\
Exit status: 0 if all sessions that have a record agree with it, 1 if not or if something could not be read, 2 for \
a usage error, 130 if interrupted.

Example: incrdir verify ~/.cache/mytool --digests

Verdicts and the JSON document are described in crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(
    after_help = RUN_HELP,
    // What clap makes of an argument that takes the rest of the line is `<CMD>...`.
    override_usage = "incrdir run [OPTIONS] [--root <DIR>] --unit <NAME> -- <CMD> [ARG]..."
)]
pub(crate) struct RunArgs {
    /// Directory that holds the units; created if it is missing [default: INCRDIR_ROOT, or `root` of the configuration file]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) root: Option<PathBuf>,
    /// Name of the unit
    #[arg(long, value_name = "NAME")]
    pub(crate) unit: String,
    /// Something that the content depends on, such as a version or flags; may be repeated
    #[arg(long = "key", value_name = "STR")]
    pub(crate) keys: Vec<String>,
    #[command(flatten)]
    pub(crate) start: StartArgs,
    /// How to take over the files of the last published session
    #[arg(long, value_enum, default_value_t = Seed::Auto)]
    pub(crate) seed: Seed,
    /// Hash to publish under: at most 32 hexadecimal digits
    #[arg(long, value_name = "HEX", default_value = "0", value_parser = parse_hash)]
    pub(crate) hash: Hash,
    /// How many published sessions to keep [default: INCRDIR_KEEP, `keep` of the configuration file, or 2 and one more for each of the
    /// --retries]
    #[arg(long, value_name = "K", value_parser = values::keep)]
    pub(crate) keep: Option<NonZeroUsize>,
    /// Make no CACHEDIR.TAG in a root that is new; backups leave out directories that have one
    #[arg(long)]
    pub(crate) no_tag: bool,
    /// Publish also if CMD exits with this status, such as 1 for errors that it found; may be repeated
    #[arg(long, value_name = "STATUS", value_parser = values::status)]
    pub(crate) publish_on: Vec<u8>,
    /// What a power loss may do to the session
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Level::Detect)]
    pub(crate) durability: Level,
    /// Record digests of the files, so that contents can be compared; not with `--durability none`
    #[arg(long)]
    pub(crate) digests: bool,
    /// Whether to check afterwards that CMD did not write through links into published sessions; only with `--seed link`
    #[arg(long, value_enum, default_value_t = AuditLevel::Off)]
    pub(crate) audit: AuditLevel,
    /// How long to wait before giving up, once CMD has ended, while other programs have something in the session open, where
    /// such a directory cannot be renamed (Windows), for example `30s`
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = values::time)]
    pub(crate) patience: Duration,
    /// Also start from sessions that have no record of their files, such as rustc's
    #[arg(long)]
    pub(crate) accept_unrecorded: bool,
    /// Start from an older session, or cold, if the last one cannot be used for lack of space, descriptors or permission
    #[arg(long)]
    pub(crate) or_cold: bool,
    /// Also accept a root or unit that belongs to the user with this number; `any`: to any user
    #[arg(
        long = "trust-owner",
        value_name = "UID",
        env = "INCRDIR_TRUST_OWNER",
        value_delimiter = ',',
        value_parser = values::trusted
    )]
    pub(crate) trust: Vec<Trusted>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// When all is done and said, fill the next session, so that the next run need not: it starts at once
    #[arg(long)]
    pub(crate) warm: bool,
    /// Print nothing unless something failed
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Do not say once for each unit what its file system makes worse
    #[arg(long)]
    pub(crate) no_drawbacks: bool,
    /// Write a JSON document about the run into FILE, when it has ended
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) at: AtArgs,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD", num_args = 1..)]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Seed {
    /// Clone, or copy what cannot be cloned: for any program that ends when its run ends
    Auto,
    /// Hard links: only for programs that replace files and never write into them
    Link,
    /// Clone, or start cold
    Clone,
    /// Copy
    Copy,
    /// Start cold
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Record nothing: a loss goes unnoticed
    None,
    /// Sync nothing: a loss is noticed
    Detect,
    /// Sync before publishing: never torn, but it may be lost
    Consistent,
    /// Sync before and after: not lost once incrdir has returned
    Durable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditLevel {
    /// Do not look
    Off,
    /// Lengths and times
    Attributes,
    /// Also contents, where digests are recorded
    Digests,
}

#[derive(Debug, clap::Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct VerifyArgs {
    /// A root, the directory of one unit, or a project, target or profile of cargo's
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// Also read the files and compare their contents, where digests are recorded
    #[arg(long)]
    pub(crate) digests: bool,
    /// Quarantine damaged sessions, so that no session starts from them
    #[arg(long)]
    pub(crate) quarantine: bool,
    /// Record copied or restored sessions as they are, if they do not agree with their records
    #[arg(long)]
    pub(crate) accept_moved: bool,
    /// Only this unit: the name of its directory, with or without the id
    #[arg(long, value_name = "NAME")]
    pub(crate) unit: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

impl From<Level> for Durability {
    fn from(level: Level) -> Self {
        match level {
            Level::None => Self::None,
            Level::Detect => Self::Detect,
            Level::Consistent => Self::Consistent,
            Level::Durable => Self::Durable,
        }
    }
}

impl From<AuditLevel> for Audit {
    fn from(level: AuditLevel) -> Self {
        match level {
            AuditLevel::Off => Self::Off,
            AuditLevel::Attributes => Self::Attributes,
            AuditLevel::Digests => Self::Digests,
        }
    }
}

impl From<Seed> for SeedMode {
    fn from(seed: Seed) -> Self {
        match seed {
            Seed::Auto => Self::Auto,
            Seed::Link => Self::Link,
            Seed::Clone => Self::Clone,
            Seed::Copy => Self::Copy,
            Seed::None => Self::None,
        }
    }
}

/// The definition of the command line: for reading it, and for what is made out of it.
pub(crate) fn command() -> clap::Command {
    Arguments::command().mut_subcommands(judged)
}

fn judged(command: clap::Command) -> clap::Command {
    command.mut_args(usage::judging).mut_subcommands(judged)
}

fn read(given: &[OsString]) -> Result<Command, clap::Error> {
    let matches = command().try_get_matches_from(given)?;
    let arguments = Arguments::from_arg_matches(&matches)?;
    log::start(&arguments.log)?;
    checked(arguments.command)
}

/// The same with the root that is set in the place of the PATH that is missing.
fn read_with_root(mut error: clap::Error, given: &[OsString]) -> Result<Command, clap::Error> {
    let config = Config::load().map_err(|failure| {
        clap::Error::raw(
            ErrorKind::MissingRequiredArgument,
            format!("{}\n", visible(&chain(&*failure))),
        )
    })?;
    let root = config.root(None, "PATH").map_err(|why| {
        let tip = visible(&why.to_string()).into_owned().into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
        error
    })?;
    let dashes = (!given.iter().any(|it| it == "--")).then(|| OsString::from("--"));
    read(&given.iter().cloned().chain(dashes).chain([root.into()]).collect::<Vec<_>>())
}

/// Parses the command line. Help is no failure; a usage error of `run` must not be taken for the program's
/// own exit status.
pub(crate) fn parse() -> Result<Command, ExitCode> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let parsed = read(&given).or_else(|error| match usage::lacks_path(&error, &given) {
        true => read_with_root(error, &given),
        false => Err(error),
    });
    parsed.map_err(|mut error| {
        usage::explain(&mut error, &given);
        let printed = error.print();
        let is_run = usage::subcommand(&given).is_some_and(|it| it == "run");
        match (error.use_stderr(), is_run) {
            (false, _) => match output::settle(printed) {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) if is_run => report::failure_of_run(failure),
                Err(failure) => report::failure(failure),
            },
            (true, true) => ExitCode::from(failure::OWN_FAILURE),
            (true, false) => ExitCode::from(2),
        }
    })
}

/// Refuses options that would be taken and do nothing: a user who gives them believes in them.
fn checked(command: Command) -> Result<Command, clap::Error> {
    let Command::Run(args) = &command else { return Ok(command) };
    let clash = |says: &str| clap::Error::raw(ErrorKind::ArgumentConflict, format!("{says}\n"));
    if args.digests && args.durability == Level::None {
        return Err(clash(
            "--digests has no record to be in with --durability none: leave out one of them",
        ));
    }
    if args.start.on_reject.is_some_and(|status| args.publish_on.contains(&status)) {
        return Err(clash(
            "--on-reject and --publish-on name the same status: a session is given up or published",
        ));
    }
    if args.warm && (args.seed == Seed::None || args.durability == Level::None) {
        return Err(clash(
            "--warm fills the next session from the record of this one: not with --seed none or --durability none",
        ));
    }
    if args.audit != AuditLevel::Off && args.seed != Seed::Link {
        return Err(clash(
            "--audit looks for writes through hard links, which only --seed link makes: \
             give that too, or leave out --audit",
        ));
    }
    Ok(command)
}

fn parse_hash(text: &str) -> Result<Hash, String> {
    if text.is_empty() || text.len() > 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a hash is 1 to 32 hexadecimal digits".into());
    }
    u128::from_str_radix(text, 16).map(Hash::new).map_err(|error| error.to_string())
}
