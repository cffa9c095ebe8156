//! `incrdir completions`: a script that teaches a shell the options of this command.

use std::process::ExitCode;

use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::output;

const HELP: &str = "\
The script goes where the shell looks for it, under the name that it expects:
  bash        incrdir in /usr/share/bash-completion/completions or ~/.local/share/bash-completion/completions
  zsh         _incrdir in a directory of $fpath
  fish        incrdir.fish in /usr/share/fish/vendor_completions.d or ~/.config/fish/completions
  elvish      read by ~/.config/elvish/rc.elv: eval (incrdir completions elvish | slurp)
  powershell  read by $PROFILE: incrdir completions powershell | Out-String | Invoke-Expression

Example: incrdir completions bash > ~/.local/share/bash-completion/completions/incrdir";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for this definition of the command line.
pub(crate) fn completions(
    args: &CompletionsArgs,
    mut whole: clap::Command,
) -> Result<ExitCode, Failure> {
    // In memory first: what writes it panics where it cannot be written.
    let mut script = Vec::new();
    generate(args.shell, &mut whole, "incrdir", &mut script);
    output::print_document(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
