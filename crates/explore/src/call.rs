//! A call of the simulated world: made as it is, or in one of the ways in which real ones go wrong.

use crate::bounds::JUMPS;
use crate::log::Log;
use crate::state::{Performed, State};
use crate::tape::{Kind, Tape};
use incrdir_vfs::internals::{Answer, Errno, Op, ProcId, Ret, World};
use incrdir_vfs::{Fault, Locks, Placement};

impl State {
    pub(crate) fn perform(
        &mut self,
        process: usize,
        op: &Op,
        tape: &mut Tape,
        log: &mut Log,
    ) -> Performed {
        let proc = self.processes[process].proc;
        if let (Op::List { dir }, Some(_)) = (op, self.world.is_listing(proc)) {
            log.tell(self.first + process, &self.world, proc, op);
            let shows = || tape.choose(Kind::Listing, 2) == 0;
            let entries = self.world.read_opened_listing(proc, *dir, shows);
            return answered(log, entries.map(Ret::Entries));
        }
        if *op == Op::Root {
            // No call: what is open since the beginning.
            return Performed::Answer(self.world.door(proc, op));
        }
        log.tell(self.first + process, &self.world, proc, op);
        if matches!(op, Op::WriteAt { .. } | Op::Copy { .. })
            && self.left.kills > 0
            && tape.choose(Kind::Death, 2) == 1
        {
            self.left.kills -= 1;
            let _ = half(&mut self.world, proc, op);
            log.say(|| "dies when half is done".into());
            return Performed::Died;
        }
        if let Some(fault) = self.fault(op, tape, log) {
            let answer = fail(&mut self.world, proc, op, fault);
            return answered(log, answer);
        }
        if let Op::List { dir } = op
            && self.left.torn_listings
            && !self.is_alone(process)
        {
            self.world.open_a_listing(proc, *dir);
            log.say(|| "opens it".into());
            return Performed::Opened;
        }
        let answer = match op {
            Op::Now => {
                self.jump(tape);
                self.world.door(proc, op)
            }
            Op::Random if self.collides(tape) => Ok(Ret::Number(self.world.last_draw())),
            Op::TryLock { file, kind } if self.world.locks() == Locks::Sometimes => {
                let is_held = self.world.is_held_by_others(proc, *file, *kind);
                let misses = is_held && tape.choose(Kind::Lock, 2) == 1;
                self.world.door_missing(proc, op, misses)
            }
            op => self.world.door(proc, op),
        };
        answered(log, answer)
    }

    /// How the call fails, if it does.
    fn fault(&mut self, op: &Op, tape: &mut Tape, log: &mut Log) -> Option<Fault> {
        let kind = op.kind();
        if let Some((_, fault)) = self.left.lasting.filter(|(lasting, _)| *lasting == kind) {
            return Some(fault);
        }
        if self.left.faults == 0 {
            return None;
        }
        let faults = self.world.faults_of(kind);
        // None; each once; each from now on.
        let chosen = tape.choose(Kind::Fault, 1 + 2 * faults.len()).checked_sub(1)?;
        self.left.faults -= 1;
        let fault = faults[chosen % faults.len()];
        if chosen >= faults.len() {
            self.left.lasting = Some((kind, fault));
        }
        *log.faults.entry((kind, fault)).or_default() += 1;
        Some(fault)
    }

    fn jump(&mut self, tape: &mut Tape) {
        if self.left.jumps == 0 {
            return;
        }
        if let Some(jump) = tape.choose(Kind::Time, 1 + JUMPS.len()).checked_sub(1) {
            self.left.jumps -= 1;
            self.world.jump(JUMPS[jump]);
        }
    }

    fn collides(&mut self, tape: &mut Tape) -> bool {
        let collides = self.left.collisions > 0 && tape.choose(Kind::Random, 2) == 1;
        self.left.collisions -= u32::from(collides);
        collides
    }
}

fn answered(log: &mut Log, answer: Answer) -> Performed {
    log.told(&answer);
    Performed::Answer(answer)
}

fn fail(world: &mut World, proc: ProcId, op: &Op, fault: Fault) -> Answer {
    let done = match fault.placement {
        Placement::NotDone => return Err(fault.errno()),
        Placement::Done => world.door(proc, op)?,
        Placement::Partial => half(world, proc, op)?,
    };
    match done {
        Ret::Open(fd) => world.close(proc, fd),
        Ret::Entries(entries) => {
            let before_the_last = &entries[..entries.len().saturating_sub(1)];
            return Ok(Ret::SomeEntries(before_the_last.into(), fault.errno()));
        }
        Ret::Bytes(bytes) if fault.errno == "short" => return Ok(Ret::Bytes(bytes)),
        _ => {}
    }
    Err(fault.errno())
}

/// Does half of what can be done by halves, and all of the rest.
fn half(world: &mut World, proc: ProcId, op: &Op) -> Result<Ret, Errno> {
    match op {
        Op::WriteAt { file, offset, bytes } => {
            let bytes = bytes[..bytes.len() / 2].into();
            world.door(proc, &Op::WriteAt { file: *file, offset: *offset, bytes })
        }
        Op::Copy { from, to } => Ok(Ret::Bytes(world.copy_first_half(proc, *from, *to)?)),
        op => world.door(proc, op),
    }
}
