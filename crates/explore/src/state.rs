//! A state of the simulated world, and one step from it to the next.
//!
//! A step is: somebody's turn, or somebody's death. Of a turn, the call is made (`perform.rs`), the program hears
//! the answer, and what it does until its next call belongs to the step. What says nothing about the others and
//! changes nothing for them needs no turn of its own.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::bounds::Left;
use crate::log::Log;
use crate::programs::{BEGINNING, History, Programs};
use crate::scenario::{Happened, Oracle, Program, Setup};
use crate::tape::Tape;
use crate::turn::{Effect, Next, Said};
use crate::verdict::{Broken, Verdict};
use incrdir_vfs::internals::{Answer, Digest, Op, ProcId, World};
use incrdir_vfs::{Locks, Look, MemDisk, OpKind, Persistence};

/// All that decides what can happen.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) processes: Vec<Process>,
    oracle: Box<dyn Oracle>,
    /// The number by which others know the first of them: those of the recovery come after the programs.
    pub(crate) first: usize,
    /// Whose turn it was last.
    current: usize,
    /// How many were taken to come here.
    steps: u64,
    pub(crate) left: Left,
    /// Of the last step that was taken, if somebody has asked for it.
    common: Option<u128>,
}

/// A program and how far it is.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) proc: ProcId,
    pub(crate) said: Arc<Said>,
    history: History,
    status: Status,
    calls: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Status {
    Running,
    Ended,
    Dead,
}

/// What happened to a call.
pub(crate) enum Performed {
    Answer(Answer),
    /// A listing was opened, and is yet to be read.
    Opened,
    /// Its process died in the middle of it.
    Died,
}

/// What can happen next.
pub(crate) struct Options {
    /// Those that can go on, and may: the one whose turn it was first.
    turns: Vec<usize>,
    /// Those that may die.
    deaths: Vec<usize>,
    /// Whether a lock that has outlived its process may be released.
    release: bool,
}

impl Clone for Box<dyn Oracle> {
    fn clone(&self) -> Self {
        // The oracle's own, not that of the box.
        (**self).fork()
    }
}

impl State {
    /// The beginning: every program has said what it wants first.
    pub(crate) fn new(
        disk: &MemDisk,
        setup: &Setup,
        left: Left,
        programs: &mut dyn Programs,
        log: &mut Log,
    ) -> Result<Self, Broken> {
        let world = disk.world().clone();
        let oracle = setup.oracle.fork();
        let mut state = Self {
            world,
            processes: Vec::new(),
            oracle,
            first: 0,
            current: 0,
            steps: 0,
            left,
            common: None,
        };
        for program in &setup.programs {
            state.join(program, programs);
        }
        state.oracle.step(Look::new(&state.world), &Happened::Start)?;
        for process in 0..state.processes.len() {
            state.act(process, programs, &mut Tape::default(), log)?;
        }
        Ok(state)
    }

    fn join(&mut self, program: &Program, programs: &mut dyn Programs) {
        let proc = self.world.add_process(program.host, program.owner);
        let said = programs.begin(self.processes.len());
        let running = Process { proc, said, history: BEGINNING, status: Status::Running, calls: 0 };
        self.processes.push(running);
    }

    /// Takes one step: the tape decides which.
    pub(crate) fn advance(
        &mut self,
        programs: &mut dyn Programs,
        tape: &mut Tape,
        log: &mut Log,
    ) -> Verdict {
        let options = self.options();
        self.advance_to(&options, programs, tape, log)
    }

    /// Takes one step to one of these options, which are those that there are.
    pub(crate) fn advance_to(
        &mut self,
        options: &Options,
        programs: &mut dyn Programs,
        tape: &mut Tape,
        log: &mut Log,
    ) -> Verdict {
        self.steps += 1;
        self.common = None;
        let rare = options.deaths.len() + usize::from(options.release);
        let choice = tape.schedule(&options.turns, rare);
        if let Some(turn) = options.turns.get(choice) {
            return self.turn(*turn, programs, tape, log);
        }
        let before = self.world.version();
        match options.deaths.get(choice - options.turns.len()) {
            Some(process) => {
                self.left.kills -= 1;
                log.tell_death(self.first + process);
                self.die(*process, programs);
                self.watch(before, &Happened::Death { process: self.first + process })
            }
            None => {
                self.world.release_lingering();
                self.watch(before, &Happened::LateRelease)
            }
        }
    }

    pub(crate) fn options(&self) -> Options {
        let all = self.processes.len();
        let from_current = (0..all).map(|offset| (self.current + offset) % all);
        let mut turns: Vec<usize> =
            from_current.filter(|number| self.processes[*number].is_running()).collect();
        let deaths = if self.left.kills > 0 { turns.clone() } else { Vec::new() };
        if turns.first() == Some(&self.current) && self.left.preemptions == 0 {
            turns.truncate(1);
        }
        let release = !turns.is_empty() && self.world.lingering() > 0;
        Options { turns, deaths, release }
    }

    /// Whether more than one thing can happen. It may say so of what turns out to be one.
    pub(crate) fn may_branch(&self, options: &Options) -> bool {
        let Options { turns, deaths, release } = options;
        turns.len() + deaths.len() + usize::from(*release) > 1
            || turns.iter().any(|turn| self.may_choose(*turn))
    }

    /// Whether a tape takes the last possibility that there is here. It may say no where that turns out to be so.
    pub(crate) fn is_last(&self, options: &Options, tape: &Tape) -> bool {
        let Options { turns, deaths, release } = options;
        let rare = deaths.len() + usize::from(*release);
        if usize::from(tape.first()) + 1 < turns.len() + rare {
            return false;
        }
        // In a turn there may be more to decide; neither a death nor a release can go in several ways.
        rare > 0 || turns.len() > 1 && turns.last().is_some_and(|turn| !self.may_choose(*turn))
    }

    /// Who dies, if that is what a tape takes.
    pub(crate) fn dies(&self, options: &Options, tape: &Tape) -> Option<usize> {
        let death = usize::from(tape.first()).checked_sub(options.turns.len())?;
        options.deaths.get(death).copied()
    }

    /// Whether a turn of this process may go in several ways.
    fn may_choose(&self, process: usize) -> bool {
        let Left { faults, jumps, collisions, kills, .. } = self.left;
        faults + jumps + collisions + kills > 0
            || self.world.locks() == Locks::Sometimes
            || self.world.is_listing(self.processes[process].proc) == Some(true)
    }

    /// How many steps were taken to come here.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether nobody can go on.
    pub(crate) fn is_over(&self) -> bool {
        self.processes.iter().all(|running| !running.is_running())
    }

    /// Whether only this one can go on.
    pub(crate) fn is_alone(&self, process: usize) -> bool {
        self.processes
            .iter()
            .enumerate()
            .all(|(other, running)| other == process || !running.is_running())
    }

    fn turn(
        &mut self,
        process: usize,
        programs: &mut dyn Programs,
        tape: &mut Tape,
        log: &mut Log,
    ) -> Verdict {
        if self.left.counts_preemptions() {
            let waits = process != self.current && self.processes[self.current].is_running();
            self.left.preemptions -= u32::from(waits);
        }
        self.current = process;
        let before = self.world.version();
        let said = Arc::clone(&self.processes[process].said);
        let op = said.next.call().expect("BUG: a running process wants something");
        log.calls += 1;
        self.processes[process].calls += 1;
        if self.processes[process].calls > self.left.calls {
            let what =
                format!("process {} has made {} calls", self.first + process, self.left.calls);
            return Err(Broken::new("NO-PROGRESS", what));
        }
        if let Op::TryLock { file, .. } = op
            && self.world.is_locked(self.processes[process].proc, *file)
        {
            // A real system may drop the lock that it cannot change: no protocol may ask for that.
            let what = format!("process {} locks what it has locked", self.first + process);
            return Err(Broken::new("NO-CONVERSION", what));
        }
        let number = self.first + process;
        let happened = Happened::Call { process: number, kind: op.kind(), name: op.name() };
        let performed = self.perform(process, op, tape, log);
        if let Performed::Died = performed {
            self.die(process, programs);
            return self.watch(before, &Happened::Death { process: number });
        }
        self.watch(before, &happened)?;
        let before = self.world.version();
        if let Performed::Answer(answer) = performed {
            self.hear(process, answer, programs);
            self.act(process, programs, tape, log)?;
        }
        let mut hasher = Digest::new();
        hasher.write_u128(log.trace);
        (process, self.processes[process].history).hash(&mut hasher);
        log.trace = hasher.done();
        if self.world.version() == before {
            return Ok(());
        }
        // It has closed what was locked.
        self.oracle.step(Look::new(&self.world), &happened)
    }

    /// The program hears an answer and says what it wants next.
    fn hear(&mut self, process: usize, answer: Answer, programs: &mut dyn Programs) {
        let mut hasher = Digest::new();
        let running = &mut self.processes[process];
        (running.history, &answer).hash(&mut hasher);
        let history = hasher.done();
        running.said = programs.hear(process, running.history, history, answer);
        running.history = history;
    }

    /// What a program does until its next call that needs a turn.
    fn act(
        &mut self,
        process: usize,
        programs: &mut dyn Programs,
        tape: &mut Tape,
        log: &mut Log,
    ) -> Verdict {
        loop {
            let said = Arc::clone(&self.processes[process].said);
            let proc = self.processes[process].proc;
            for effect in &said.effects {
                match effect {
                    Effect::Close(fd) => self.world.close(proc, *fd),
                    Effect::Report(event) => {
                        let number = self.first + process;
                        self.oracle.hear(Look::new(&self.world), number, &**event)?;
                    }
                    Effect::Mark(what) => *log.marks.entry(what).or_default() += 1,
                    Effect::Object(broken) => return Err(broken.clone()),
                    Effect::Forget(history) => {
                        let history = *history;
                        let running = &mut self.processes[process];
                        programs.forget(process, running.history, history);
                        running.history = history;
                    }
                }
            }
            let op = match &said.next {
                Next::Call(op) => op,
                Next::Ended => {
                    self.processes[process].status = Status::Ended;
                    self.world.end(proc);
                    programs.dismiss(process);
                    return Ok(());
                }
                Next::Panicked(what) => return Err(Broken::new("NO-PANIC", what.clone())),
            };
            if !is_private(op) {
                return Ok(());
            }
            match self.perform(process, op, tape, log) {
                Performed::Answer(answer) => self.hear(process, answer, programs),
                Performed::Opened | Performed::Died => {
                    unreachable!("BUG: neither a listing nor a write is private")
                }
            }
        }
    }

    fn die(&mut self, process: usize, programs: &mut dyn Programs) {
        self.left.deaths += 1;
        self.processes[process].status = Status::Dead;
        self.world.kill(self.processes[process].proc);
        programs.dismiss(process);
    }

    /// Lets the oracle look, if there is anything to see.
    fn watch(&mut self, before: u64, happened: &Happened<'_>) -> Verdict {
        let is_seen = matches!(
            happened,
            Happened::Death { .. } | Happened::Call { kind: OpKind::OpenFile, .. }
        );
        if self.world.version() == before && !is_seen {
            return Ok(());
        }
        self.oracle.step(Look::new(&self.world), happened)
    }

    /// The same when the power has gone and is back, and this is left on the disk.
    pub(crate) fn after_loss(&self, image: World) -> Result<Self, Broken> {
        let mut oracle = self.oracle.fork();
        oracle.step(Look::new(&image), &Happened::PowerLoss)?;
        Ok(Self {
            world: image,
            processes: Vec::new(),
            oracle,
            first: self.first + self.processes.len(),
            current: 0,
            steps: self.steps,
            left: self.left.clone(),
            common: None,
        })
    }

    /// The same, and the last commit of names before the power goes was just now.
    pub(crate) fn committed(&self, model: Persistence) -> Self {
        let mut committed = Self { common: None, ..self.clone() };
        committed.world.commit_names(model);
        committed
    }

    /// What its oracle remembers, as one number.
    pub(crate) fn memory(&self) -> u128 {
        self.oracle.memory()
    }

    /// When nobody can go on: the oracle judges.
    pub(crate) fn end(&mut self) -> Verdict {
        while self.world.lingering() > 0 {
            self.world.release_lingering();
        }
        self.oracle.end(Look::new(&self.world), self.left.deaths)
    }

    /// The recovery runs, and the oracle judges again, unless its process dies. `before`: what happens before each step.
    pub(crate) fn recover(
        &mut self,
        recovery: &[Program],
        programs: &mut dyn Programs,
        log: &mut Log,
        before: &mut dyn FnMut(&mut Self, &mut Log) -> Verdict,
    ) -> Verdict {
        self.first += self.processes.len();
        self.processes.clear();
        self.left = self.left.of_recovery();
        for (number, program) in recovery.iter().enumerate() {
            self.join(program, programs);
            self.current = number;
            self.act(number, programs, &mut Tape::default(), log)?;
            while !self.is_over() {
                before(self, log)?;
                // It has died, or the power has gone.
                if self.processes.get(number).is_none_or(|it| it.status == Status::Dead) {
                    return Ok(());
                }
                self.advance(programs, &mut Tape::default(), log)?;
            }
        }
        if recovery.is_empty() { Ok(()) } else { self.oracle.recovered(Look::new(&self.world)) }
    }

    /// A fingerprint of all that decides what is seen when nobody can go on: what else might have gone wrong, and how
    /// everybody came to an end, is nothing to the recovery.
    pub(crate) fn end_key(&mut self) -> u128 {
        let mut hasher = Digest::new();
        hasher.write_u128(self.world.fingerprint());
        hasher.write_u128(self.oracle.memory());
        self.left.deaths.hash(&mut hasher);
        hasher.done()
    }

    /// A fingerprint of all that decides what can happen from here.
    pub(crate) fn key(&mut self) -> u128 {
        self.key_without(None)
    }

    /// A fingerprint of all that decides what the death of a process leads to: what only it knows, and has open, goes with it.
    pub(crate) fn key_of_death(&mut self, process: usize) -> u128 {
        self.key_without(Some(process))
    }

    /// A fingerprint of what is not of single processes.
    fn common(&mut self) -> u128 {
        let Self { world, oracle, common, .. } = self;
        *common.get_or_insert_with(|| Digest::of((world.fingerprint_of_disk(), oracle.memory())))
    }

    fn key_without(&mut self, dying: Option<usize>) -> u128 {
        let mut hasher = Digest::new();
        hasher.write_u128(self.common());
        let proc = dying.map(|process| self.processes[process].proc);
        self.world.hash_processes(proc, &mut hasher);
        dying.hash(&mut hasher);
        let goes_on =
            |(number, running): (usize, &Process)| running.is_running() && dying != Some(number);
        for (number, running) in self.processes.iter().enumerate() {
            if dying == Some(number) {
                continue;
            }
            running.status.hash(&mut hasher);
            if running.is_running() {
                // What one knows who does nothing any more decides nothing.
                hasher.write_u128(running.history);
            }
        }
        if self.left.collisions > 0 {
            self.world.last_draw().hash(&mut hasher);
        }
        // Whoever is alone is never made to wait, and cannot be again.
        let can_wait = self.processes.iter().enumerate().filter(|it| goes_on(*it)).count() > 1;
        if self.left.counts_preemptions() && can_wait {
            // Only where switching has a price does it matter whose turn it was.
            (&self.left, self.current).hash(&mut hasher);
        } else {
            Left { preemptions: 0, ..self.left.clone() }.hash(&mut hasher);
        }
        hasher.done()
    }
}

impl Process {
    pub(crate) fn is_running(&self) -> bool {
        self.status == Status::Running
    }
}

/// What says nothing about the others and changes nothing for them.
fn is_private(op: &Op) -> bool {
    matches!(
        op,
        Op::Root
            | Op::Random
            | Op::BootId
            | Op::Process
            | Op::ProcessOf { .. }
            | Op::FsInfo { .. }
            | Op::Pause { .. }
    )
}
