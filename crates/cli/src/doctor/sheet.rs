//! The findings for people: the verdict, what follows, and a table.

use anstyle::Style;
use incrdir_probe::{Exclusion, Findings, Trial, Untried, Verdict, Who};

use super::examined::Examined;
use super::wrap::wrapped;
use crate::at::Namespaces;
use crate::failure::chain;
use crate::screen::columns_of;
use crate::styled::{BAD, DOUBTFUL, GOOD, HEADING, Line, PLAIN};
use crate::visible::visible;
use crate::words;

/// A line of the table.
pub(super) struct Check {
    pub(super) what: String,
    shown: String,
    /// Why it was not found out.
    pub(super) unknown: Option<String>,
}

/// Between what was checked and what came of it.
const GAP: usize = 2;

/// `width`: of the terminal, if it is one.
pub(super) fn lines(examined: &Examined, width: Option<usize>) -> Vec<Line> {
    let found = &examined.findings;
    let verdict = found.verdict();
    let mut lines = Vec::new();
    let mut put = |text: String, indent: usize, style: Style| {
        lines.extend(
            wrapped(&visible(&text), indent, width).into_iter().map(|line| Line::of(line, style)),
        );
    };
    if found.is_cut_short {
        put("interrupted: what follows is not all".into(), 0, DOUBTFUL);
    }
    let style = match verdict {
        Verdict::Good => GOOD,
        Verdict::Works | Verdict::Copies => DOUBTFUL,
        _ => BAD,
    };
    put(verdict.to_string(), 0, style);
    if let Some(remedy) = verdict.remedy() {
        put(format!("do this: {remedy}"), 0, HEADING);
    }
    for drawback in found.drawbacks() {
        put(format!("- {drawback}: {}", drawback.consequence()), 2, PLAIN);
    }
    let why = examined.subject.why.map(|why| format!(", {why}")).unwrap_or_default();
    put(String::new(), 0, PLAIN);
    put(format!("`{}`{why}", examined.subject.path.display()), 0, PLAIN);
    // One line is enough to say that nothing could be tried.
    let is_tried =
        |check: &Check| check.unknown.as_deref() != Some(&*Untried::NoScratch.to_string());
    let checks: Vec<Check> = checks(examined).into_iter().filter(is_tried).collect();
    let widest = checks.iter().map(|check| columns_of(&visible(&check.what))).max().unwrap_or(0);
    for Check { what, shown, unknown } in checks {
        let shown = unknown.map_or(shown, |why| format!("not known: {why}"));
        put(format!("{what:widest$}{:GAP$}{shown}", ""), widest + GAP, PLAIN);
    }
    if found.names.is_err() {
        put("the rest was not tried, because nothing can be made here".into(), 0, PLAIN);
    }
    if found.leftovers_removed > 0 {
        let what = words::count(found.leftovers_removed as u64, "leftover");
        put(format!("removed {what} of earlier examinations that were killed"), 0, PLAIN);
    }
    if let Some(left) = &found.left {
        put(format!("something is left of this examination: {}", chain(left)), 0, BAD);
    }
    lines
}

/// In the order in which they are shown.
pub(super) fn checks(examined: &Examined) -> Vec<Check> {
    let found = &examined.findings;
    let mut table = Table(Vec::new());
    table.put("file system", found.name());
    if let (Some(mount), Some(here)) = (&found.mount, &examined.here) {
        table.put("mounted", format!("at `{}`, from `{}`", here.at().display(), mount.source));
    }
    table.room(found);
    let refused = found.made.as_ref().err().or(found.writes.as_ref().err());
    table.put("can be written", refused.map_or("yes".into(), |why| format!("no: {}", chain(why))));
    table.yes("hard links", &found.hard_links);
    table.yes("clones (reflinks)", &found.clones);
    table.yes("symbolic links", &found.symlinks);
    if let Ok(names) = &found.names {
        table.yes("rename without replacing", &names.renames_without_replacing);
        table.yes("rename with open files inside", &names.renames_with_open_files);
        table.which("upper and lower case", &names.folds_case, "are one name", "are two names");
        table.which(
            "composed and decomposed letters",
            &names.normalises,
            "are one name",
            "are two names",
        );
        table.try_of("longest name", &names.longest, |bytes| format!("{bytes} bytes"));
    }
    table.try_of("times are kept in steps of", &found.time_step, |step| format!("{step:?}"));
    table.which("a change moves the ctime at once", &found.times_move_at_once, "yes", "not seen");
    table.yes("directories can be synced", &found.syncs_directories);
    table.yes("ids in listings are true", &found.listed_ids_are_true);
    table.yes("ids stay when renamed", &found.ids_after_rename);
    table.yes("ids are one when linked", &found.ids_after_link);
    table.yes("permission bits", &found.modes);
    table.yes("owners", &found.owners);
    table.yes("extended attributes", &found.extended);
    table.locks(found);
    if let Ok(info) = &found.info {
        let by_type =
            |holds: bool| if holds { "yes, by its type" } else { "not relied on, by its type" };
        table.put("every store moves the times", by_type(info.times_tell_all));
        table.put("ids and times outlive a mount", by_type(info.ids_last && info.times_last));
    }
    table.put(
        "namespaces for `run --at`",
        match &examined.namespaces {
            Namespaces::Own => "yes".into(),
            Namespaces::OfUser => "yes, of the user's own".into(),
            Namespaces::None(why) => format!("no, a link is used: {why}"),
        },
    );
    table.0
}

/// Whether locks are relied on here to exclude everybody.
pub(super) fn rely(found: &Findings) -> bool {
    found.info.as_ref().is_ok_and(|info| info.locks_exclude_all)
}

struct Table(Vec<Check>);

impl Table {
    fn put(&mut self, what: impl Into<String>, shown: impl Into<String>) {
        self.0.push(Check { what: what.into(), shown: shown.into(), unknown: None });
    }

    fn try_of<T>(
        &mut self,
        what: impl Into<String>,
        trial: &Trial<T>,
        show: impl FnOnce(&T) -> String,
    ) {
        let (shown, unknown) = match trial {
            Ok(seen) => (show(seen), None),
            Err(why) => (String::new(), Some(chain(why))),
        };
        self.0.push(Check { what: what.into(), shown, unknown });
    }

    fn which(&mut self, what: &str, trial: &Trial, yes: &str, no: &str) {
        self.try_of(what, trial, |is_so| if *is_so { yes } else { no }.into());
    }

    fn yes(&mut self, what: &str, trial: &Trial) {
        self.which(what, trial, "yes", "no");
    }

    fn room(&mut self, found: &Findings) {
        self.try_of("room", &found.space, |space| {
            let [free, all] = [space.available_bytes, space.bytes].map(words::bytes);
            let files = match space.available_inodes {
                Some(inodes) => format!(", for {inodes} more files"),
                None => String::new(),
            };
            format!("{free} of {all} free{files}")
        });
    }

    fn locks(&mut self, found: &Findings) {
        let excluded = |exclusion: &Exclusion| exclusion.to_string();
        let locks = &found.locks;
        self.try_of("locks: two descriptors", &locks.two_descriptors, excluded);
        for (who, trial) in &locks.witnesses {
            let what = match who {
                Who::Way(path) => format!("locks: through `{path}`"),
                _ => "locks: two processes".into(),
            };
            self.try_of(what, trial, excluded);
        }
        self.try_of("locks: by another name", &locks.by_another_name, excluded);
        self.yes("locks: shared by readers", &locks.shared_by_readers);
        let is_one_kernel = rely(found) || found.mount.as_ref().is_some_and(|it| it.is_on_a_device);
        self.put(
            "locks: other machines",
            match is_one_kernel {
                true => "none, because it is a local file system",
                false => "cannot be proven from here",
            },
        );
    }
}
