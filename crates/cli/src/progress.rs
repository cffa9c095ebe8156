//! The line that shows what a command is doing, on a terminal and only if it takes longer than a moment.
//!
//! There is one terminal, and so one line. While there is a [`Progress`], steps ([`CapVfs::on_step`]) say what is being
//! done, and a thread draws the line a few times a second, so that it moves also while one large file takes long. What
//! draws and what works share a state that nobody holds while he writes: a terminal that was stopped (Ctrl-S) must not
//! stop the work. Whatever else is written goes through [`aside`], which takes the line away first.

use std::fmt::Display;
use std::io::IsTerminal;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use incrdir_naming::UnitName;
use incrdir_remote::Moved;
use incrdir_vfs::{CapVfs, Step, Work};
use indicatif::{ProgressBar, ProgressStyle};

use crate::visible::visible;
use crate::words::{bytes, count_of};

/// What takes longer than this shows its progress.
const SILENCE: Duration = Duration::from_millis(500);

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(100);

static STATE: Mutex<State> =
    Mutex::new(State { since: None, step: None, moved: None, place: None });
static BEGUN: Condvar = Condvar::new();

/// The line, while it is there.
static LINE: Mutex<Option<ProgressBar>> = Mutex::new(None);

static DRAWING: Once = Once::new();

/// Whether anybody would see the line.
static IS_SEEN: LazyLock<bool> = LazyLock::new(|| {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
});

struct State {
    /// When the work began; `None`: there is none.
    since: Option<Instant>,
    /// The last step.
    step: Option<Step>,
    /// What is pushed or pulled, and how far it has come, if that was told after the last step.
    moved: Option<(&'static str, Moved)>,
    /// The unit and the entry that it is done to.
    place: Option<(String, String)>,
}

/// Shows what is being done until it is dropped.
#[must_use = "it is shown as long as this is there"]
pub(crate) struct Progress;

impl Progress {
    /// From now on, something is being done.
    pub(crate) fn new() -> Self {
        if *IS_SEEN {
            *lock(&STATE) =
                State { since: Some(Instant::now()), step: None, moved: None, place: None };
            DRAWING.call_once(|| drop(thread::spawn(draw_for_ever)));
            BEGUN.notify_all();
        }
        Self
    }

    /// Says what it is done to.
    pub(crate) fn say(&self, unit: &UnitName, entry: &dyn Display) {
        if *IS_SEEN {
            lock(&STATE).place = Some((unit.to_string(), entry.to_string()));
        }
    }

    /// Takes the line away: it is done.
    pub(crate) fn end(&self) {
        if *IS_SEEN {
            lock(&STATE).since = None;
            hide(&mut lock(&LINE));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// Has the steps of this file system shown.
pub(crate) fn watched(vfs: CapVfs) -> CapVfs {
    if *IS_SEEN { vfs.on_step(step) } else { vfs }
}

/// Shows a step, if there is something being done.
pub(crate) fn step(step: Step) {
    if *IS_SEEN {
        let mut state = lock(&STATE);
        (state.step, state.moved) = (Some(step), None);
    }
}

/// Shows how far a push or a pull has come.
pub(crate) fn moved(doing: &'static str, moved: Moved) {
    if *IS_SEEN {
        lock(&STATE).moved = Some((doing, moved));
    }
}

/// Writes something else than the line.
pub(crate) fn aside<T>(write: impl FnOnce() -> T) -> T {
    let mut line = lock(&LINE);
    hide(&mut line);
    write()
}

fn hide(line: &mut Option<ProgressBar>) {
    if let Some(line) = line.take() {
        line.finish_and_clear();
    }
}

fn draw_for_ever() {
    loop {
        let is_idle = |state: &mut State| state.since.is_none();
        drop(BEGUN.wait_while(lock(&STATE), is_idle).unwrap_or_else(PoisonError::into_inner));
        thread::sleep(TICK);
        let mut line = lock(&LINE);
        // Only now: whoever ended it in between waits for the line, or has taken it away.
        let Some(text) = lock(&STATE).text(Instant::now()) else { continue };
        let line = line.get_or_insert_with(new_line);
        line.set_message(visible(&text).into_owned());
        line.tick();
    }
}

/// One line, whatever the width is.
fn new_line() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}");
    ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

impl State {
    /// What the line says now. `None`: nothing yet, or nothing any more.
    fn text(&self, now: Instant) -> Option<String> {
        if now.duration_since(self.since?) < SILENCE {
            return None;
        }
        let mut text = match (self.step, self.moved) {
            (_, Some((doing, Moved { done, total, .. }))) => {
                format!("{doing} {} of {}", bytes(done), bytes(total))
            }
            (None, None) => "working".into(),
            (Some(step), None) => {
                let (doing, one, many) = words(step.work);
                match step.total {
                    Some(total) => {
                        format!("{doing} {} of {}", step.done, count_of(total, one, many))
                    }
                    None => format!("{doing} {}", count_of(step.done, one, many)),
                }
            }
        };
        if let Some((unit, entry)) = &self.place {
            text.push_str(&format!(" in {unit}"));
            // A collection names an entry when it is done with it: then the next one is being deleted.
            if self.step.is_none_or(|step| step.work != Work::Remove) {
                text.push_str(&format!(", {entry}"));
            }
        }
        Some(text)
    }
}

fn words(work: Work) -> (&'static str, &'static str, &'static str) {
    match work {
        Work::Seed => ("taking over", "file", "files"),
        Work::Survey => ("listing", "file", "files"),
        Work::Audit => ("comparing", "file", "files"),
        Work::Sync => ("syncing", "entry", "entries"),
        Work::Remove => ("deleting", "entry", "entries"),
        Work::Collect => ("collecting", "entry", "entries"),
        Work::Discover => ("searching", "directory", "directories"),
        Work::Measure => ("measuring", "file", "files"),
        Work::Wait => ("waiting for programs with open files,", "try", "tries"),
        _ => ("working on", "file", "files"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_done_to_what_after_a_moment() {
        let start = Instant::now();
        let mut state = State { since: Some(start), step: None, moved: None, place: None };
        let later = start + SILENCE;
        assert_eq!(state.text(later - Duration::from_millis(1)), None);
        assert_eq!(state.text(later).unwrap(), "working");
        state.step = Some(Step::new(Work::Remove, 3));
        assert_eq!(state.text(later).unwrap(), "deleting 3 entries");
        state.step = Some(Step::new(Work::Seed, 3).of(10));
        state.place = Some(("demo".into(), "s-1".into()));
        assert_eq!(state.text(later).unwrap(), "taking over 3 of 10 files in demo, s-1");
        state.step = Some(Step::new(Work::Remove, 3));
        assert_eq!(state.text(later).unwrap(), "deleting 3 entries in demo");
        state.since = None;
        assert_eq!(state.text(later), None);
    }
}
