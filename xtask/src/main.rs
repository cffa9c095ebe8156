//! What developers run: `cargo xtask COMMAND`. One module a command.
#![expect(clippy::disallowed_methods, reason = "developer tools live in the real world")]

mod aside;
mod at_once;
mod bench;
mod built;
mod ci;
#[cfg(unix)]
mod edges;
#[cfg(not(unix))]
#[path = "edges_elsewhere.rs"]
mod edges;
mod fidelity;
mod here;
mod listening;
mod mutants;
mod portable;
mod powerloss;
mod recipes;
mod release;
mod remote;
mod shell;
mod sim;
mod steps;
mod storm;
mod syscalls;
mod systems;
mod test_programs;
mod tests;
mod tidy;
mod windows;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  ci                        all that CI runs: format, lints, tests, searches, docs, tidy, system calls, two steps at the same time
  ci --long                 and what takes longer: searches with more pre-emptions, more losses of power, all edges and recipes
  ci --step NAME            one step of these alone
  tests                     only the tests, several test programs at the same time
  tidy                      what can be checked of layers, circles of files, invariants and documents
  tidy --questions          files and functions that are long, and how long files are
  release                   can this be tagged and published: packages, docs, licences, advisories, compatibility
  windows [WORD]...         the tests and the command, built for Windows and run under Wine; installs what is missing
                            (Wine, a linker, and below target/ a standard library); only the test programs whose names
                            contain a word
  portable                  does everything compile for Windows and macOS, and does the static command for Linux run; installs
                            what is missing
  systems                   a table of all test programs: on Linux, under Wine, and compiled for macOS; installs what is missing
  sim [quick | short | long]
                            every interleaving and every death in the simulated world, as a table; CI runs quick,
                            which has the largest of the short searches with fewer pre-emptions
  sim SCENARIO...           only these scenarios, as far as they are explored at all
  sim faults                every call that can fail fails, in every way, alone and in pairs; the matrix
                            of any of these: --format json, --workers N, --time 10m for each scenario
  sim harness               is the search itself to be believed
  sim soak --time 10m       random runs of all scenarios, half of them by priorities (PCT)
  sim seed                  find the known defects of the protocol that this one descends from
  sim replay RUN            one run, as a violation names it
  sim mutants [WORD]...     break the protocol in one place after the other and see it found
  sim power [full | long]   the power taken away at every moment and in every legal way, eight models; CI runs
                            what has no more than about 100,000 images each
  sim power together [long | PREEMPTIONS [SCENARIO...] | all [SCENARIO...]]
                            the same while processes interleave, with one pre-emption unless told otherwise
  sim power recovery [quick | long]
                            and again while somebody recovers from that; CI runs quick
  sim recovery [quick] [SCENARIO...]
                            every recovery dies at every call, and so does the next one
  powerloss [CUTS]          so many power cuts of each protocol on ext4, xfs and btrfs, 70 unless told
                            otherwise; needs root
  edges [long] [WORD]...    where the right content is hard to keep, on real file systems: restored, copied and
                            lost trees, coarse times, full disks; needs root, loop devices and FUSE; only the
                            cases whose names contain a word
  machine [--minutes N] [--gib N]
                            a build machine in small: 12 work trees and three roots of 20 GiB on a disk of its own,
                            builds in two of them, and `incrdir gc --recursive` every few seconds for ten minutes, unless told
                            otherwise; needs root and loop devices
  recipes [WORD]...         the scripts of docs/recipes with cargo, CMake, mypy, webpack, make and pip; only the cases
                            whose names contain a word
  recipes --measure [WORD]...
                            the tables of their pages and of docs/operate; needs an idle machine and some minutes
  fidelity [HISTORIES]      random histories in memory and on real file systems, 100,000 on each
  storm [SESSIONS] [DIR]    real processes killed at random, 20,000 sessions unless told otherwise
  storm everywhere [SESSIONS [WORD]...]
                            the same on ext4, btrfs, xfs, tmpfs, overlayfs, bindfs and sshfs, one after the other, 1,500
                            sessions each unless told otherwise; needs root
  remote [SESSIONS]         the tests of object stores against a server that speaks S3, in a network of its own where that can be had, and
                            two storms of eight writers with 100 sessions each unless told otherwise; installs ministack below
                            target/
  remote memory             the most memory that pushing and pulling a session of 2 GB takes
  bench [OPTION]...         a session beside the seed's protocol, cp -al and the bare system calls, in turns;
                            --dir DIR, --rounds N, --format json, --large, plot (writes docs/turnaround.svg)
  bench levels | copies     what durability costs; copies of 200 MB of which 1 % changed
  bench rustc               beside the installed rustc, on the files of its own session
  bench operator            looking at 2,000 sessions beside du -s, and deleting 20,000 leftovers beside rm -rf
  bench tracing [ROUNDS]    what it costs to tell everything to tracing, when nobody listens and when somebody does;
                            30 turns each unless told otherwise
  syscalls                  count the system calls of a session with strace
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["ci"] => ci::ci(),
        ["ci", "--long"] => ci::long(),
        ["ci", "--step", name] => ci::step(name),
        ["tests"] => tests::tests(),
        ["bench", "tracing"] => listening::bench("30"),
        ["bench", "tracing", rounds] => listening::bench(rounds),
        ["bench", ref options @ ..] => bench::bench(options),
        ["powerloss"] => powerloss::powerloss("70"),
        ["powerloss", cuts] => powerloss::powerloss(cuts),
        ["edges", ref words @ ..] => edges::edges(words),
        ["machine", ref options @ ..] => edges::machine(options),
        ["recipes", "--measure", ref words @ ..] => recipes::measure(words),
        ["recipes", ref words @ ..] => recipes::recipes(words),
        ["release"] => release::release(),
        ["remote", ref words @ ..] => remote::remote(words),
        ["windows", ref words @ ..] => windows::windows(words),
        ["systems"] => systems::systems(),
        ["portable"] => portable::portable(aside::Missing::Install),
        ["tidy"] => tidy::tidy(),
        ["tidy", "--questions"] => tidy::questions(),
        ["sim"] => sim::sim(&["short"]),
        ["sim", "mutants"] => mutants::mutants(&[]),
        ["sim", "mutants", ref only @ ..] => mutants::mutants(only),
        ["sim", ref what @ ..] => sim::sim(what),
        ["fidelity"] => fidelity::fidelity("100000"),
        ["fidelity", histories] => fidelity::fidelity(histories),
        ["storm"] => storm::storm("20000", None),
        ["storm", "everywhere"] => edges::storms("1500", &[]),
        ["storm", "everywhere", sessions, ref words @ ..] => edges::storms(sessions, words),
        ["storm", sessions] => storm::storm(sessions, None),
        ["storm", sessions, dir] => storm::storm(sessions, Some(dir)),
        ["syscalls"] => syscalls::syscalls(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such command: {}\n\n{HELP}", arguments.join(" ")).into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
