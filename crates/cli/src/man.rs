//! `incrdir man`: manual pages, made out of the definition of the command line.
//!
//! What a page says after the options is what `--help` says there. Its paragraphs are told apart by how they begin, so
//! that exit statuses and examples are where readers of manual pages look for them.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueHint;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::failure::Failure;
use crate::output;

const HELP: &str = "\
Packages put the pages of `--out DIR` into share/man/man1.

Exit status: 0, 1 if a page cannot be written, 2 for a usage error.

Example: incrdir man gc | man -l -";

/// Where a paragraph goes that begins so. All others are notes.
const SECTIONS: [(&str, &str); 2] = [("Exit status: ", "EXIT STATUS"), ("Example: ", "EXAMPLES")];

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct ManArgs {
    /// The page of this command, such as `gc` or `remote push`, instead of the one of incrdir
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Vec<String>,
    /// Write the pages of all commands into this directory, which is made if it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

/// Prints or writes pages of this definition of the command line.
pub(crate) fn man(args: &ManArgs, whole: clap::Command) -> Result<ExitCode, Failure> {
    // The command `help` has nothing to say of itself.
    let mut whole = whole.disable_help_subcommand(true);
    whole.build();
    match &args.out {
        Some(dir) => write_all(&whole, dir)?,
        None => {
            let found = args.command.iter().try_fold(&whole, |whole, name| find(whole, name))?;
            output::print_document(&page(found)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find<'a>(whole: &'a clap::Command, name: &str) -> Result<&'a clap::Command, Failure> {
    whole.find_subcommand(name).ok_or_else(|| {
        let known: Vec<_> = whole.get_subcommands().map(clap::Command::get_name).collect();
        format!("there is no command `{name}`; there are {}", known.join(", ")).into()
    })
}

fn write_all(whole: &clap::Command, dir: &Path) -> Result<(), Failure> {
    let failed = |what: &str, path: &Path, error: io::Error| {
        Failure::from(format!("cannot {what} `{}`: {error}", path.display()))
    };
    std::fs::create_dir_all(dir).map_err(|error| match error.kind() {
        // What it says of a file in the way.
        ErrorKind::AlreadyExists => failed("write into", dir, ErrorKind::NotADirectory.into()),
        _ => failed("create", dir, error),
    })?;
    for command in with_all_below(whole) {
        let path = dir.join(Man::new(command.clone()).get_filename());
        std::fs::write(&path, page(command)?).map_err(|error| failed("write", &path, error))?;
    }
    Ok(())
}

/// A command, and all commands that it has.
fn with_all_below(command: &clap::Command) -> Vec<&clap::Command> {
    let below = command.get_subcommands().flat_map(with_all_below);
    std::iter::once(command).chain(below).collect()
}

fn page(command: &clap::Command) -> io::Result<String> {
    let man = Man::new(command.clone())
        .source(format!("incrdir {}", env!("CARGO_PKG_VERSION")))
        .manual("incrdir manual")
        // Without one, what follows would be taken for the date.
        .date(" ");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::default();
    if let Some(help) = command.get_after_help() {
        notes(&mut roff, &help.to_string());
    }
    see_also(&mut roff, command);
    roff.to_writer(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn notes(roff: &mut Roff, help: &str) {
    let section_of = |paragraph: &str| SECTIONS.iter().find(|it| paragraph.starts_with(it.0));
    let (known, others): (Vec<&str>, Vec<&str>) =
        help.split("\n\n").partition(|paragraph| section_of(paragraph).is_some());
    if !others.is_empty() {
        roff.control("SH", ["NOTES"]);
    }
    for (number, paragraph) in others.into_iter().enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        text(roff, paragraph);
    }
    for paragraph in known {
        let (start, section) = section_of(paragraph).expect("BUG: it was found before");
        roff.control("SH", [*section]);
        match *section {
            // To be copied: not divided into lines, nor hyphenated.
            "EXAMPLES" => {
                verbatim(roff, paragraph.lines().map(|line| line.trim_start_matches(start)))
            }
            _ => text(roff, &paragraph[start.len()..]),
        }
    }
}

/// A paragraph of which some lines are indented is a list, and stays as it is.
fn text(roff: &mut Roff, paragraph: &str) {
    if paragraph.lines().any(|line| line.starts_with(' ')) {
        return verbatim(roff, paragraph.lines());
    }
    for line in paragraph.lines() {
        roff.text([roman(line)]);
    }
}

fn verbatim<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

fn see_also(roff: &mut Roff, command: &clap::Command) {
    let others = match command.has_subcommands() {
        true => return,
        false => [bold("incrdir"), roman("(1)")],
    };
    roff.control("SH", ["SEE ALSO"]);
    roff.text(others);
}
