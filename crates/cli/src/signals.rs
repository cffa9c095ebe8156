//! Signals: what ends the command, what is passed on to the program, and what stays ignored.
//!
//! - What was ignored when the command was started stays ignored, for the program too: `nohup` and shells without job
//!   control mean it. Where that cannot be seen (other systems than Linux), signals are caught.
//! - While the program runs, a signal is the program's. One from the terminal has reached it already, unless it has left
//!   our process group. One that leads a group of its own, as `setsid` makes it, gets it together with that group.
//! - While incrdir itself is at work, one that asks to end stops that work ([`Vfs::is_stopped`]). Before the program was
//!   started, it is not started any more.
//! - Those that only may end a process, such as SIGUSR1, say nothing about the session. They wait for the program to start.
//!
//! [`Vfs::is_stopped`]: incrdir_vfs::Vfs::is_stopped

#[cfg(unix)]
pub(crate) use unix::{Signals, outlive_file_size_limits, stop_on_interrupt};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::process::{Child, ExitStatus};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, getpgid, getpgrp, kill_process, kill_process_group,
        waitid,
    };
    use signal_hook::consts::{
        SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM,
        SIGXCPU, SIGXFSZ,
    };
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::WithOrigin;
    use signal_hook::low_level::siginfo::Cause;

    /// Signals that ask to end.
    const ENDING: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGXCPU];
    /// Signals that end a process which does not handle them.
    const OTHERS: [i32; 4] = [SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF];

    /// Signals that are passed on to the program.
    pub(crate) struct Signals {
        state: Arc<Mutex<State>>,
        stop: Arc<AtomicBool>,
    }

    #[derive(Default)]
    struct State {
        /// The last one that asked to end.
        seen: Option<i32>,
        program: Program,
    }

    /// The process to which signals are passed on.
    enum Program {
        /// None yet. These signals arrived meanwhile.
        Waits(Vec<i32>),
        /// This process is about to become it. What asks to end, ends it. The others wait, because they would end it too.
        Starts(Pid, Vec<i32>),
        Runs(Pid),
        Ended,
    }

    impl Default for Program {
        fn default() -> Self {
            Self::Waits(Vec::new())
        }
    }

    impl Signals {
        /// Catches signals from now on.
        pub(crate) fn catch() -> io::Result<Self> {
            // As long as it is ignored, nobody can wait for a child: the kernel forgets how it ended.
            signal_hook::flag::register(SIGCHLD, Arc::default())?;
            let ignored = Ignored::now();
            let wanted = ENDING.into_iter().chain(OTHERS).filter(|signal| !ignored.has(*signal));
            let mut caught = SignalsInfo::<WithOrigin>::new(wanted)?;
            let signals = Self { state: Arc::default(), stop: Arc::default() };
            let (state, stop) = (Arc::clone(&signals.state), Arc::clone(&signals.stop));
            std::thread::spawn(move || {
                for origin in &mut caught {
                    // The terminal signals the whole foreground group.
                    let is_from_terminal = matches!(origin.cause, Cause::Kernel);
                    lock(&state).take(origin.signal, is_from_terminal, &stop);
                }
            });
            Ok(signals)
        }

        /// The last signal that came and asked to end.
        pub(crate) fn seen(&self) -> Option<i32> {
            lock(&self.state).seen
        }

        /// Set when what incrdir itself is doing is to stop.
        pub(crate) fn stop(&self) -> Arc<AtomicBool> {
            Arc::clone(&self.stop)
        }

        /// From now on, a process is about to become the program.
        pub(crate) fn starts(&self, child: &Child) {
            let pid = Pid::from_child(child);
            let mut state = lock(&self.state);
            if let Program::Waits(came) = &mut state.program {
                let (ending, others) =
                    came.iter().partition::<Vec<i32>, _>(|signal| ENDING.contains(signal));
                ending.into_iter().for_each(|signal| pass_on(pid, signal));
                state.program = Program::Starts(pid, others);
            }
        }

        /// From now on, this process is the program. It gets what came before.
        pub(crate) fn runs(&self, child: &Child) {
            let pid = Pid::from_child(child);
            let mut state = lock(&self.state);
            let before = std::mem::replace(&mut state.program, Program::Runs(pid));
            if let Program::Waits(came) | Program::Starts(_, came) = before {
                came.into_iter().for_each(|signal| pass_on(pid, signal));
            }
            // What came was the program's: what incrdir does after it is not to stop.
            self.stop.store(false, Ordering::Relaxed);
        }

        /// Waits for a program that runs, passing on what comes meanwhile.
        pub(crate) fn wait(&self, mut child: Child) -> io::Result<ExitStatus> {
            let pid = Pid::from_child(&child);
            // Until it is reaped, its process id is nobody else's.
            while let Err(rustix::io::Errno::INTR) =
                waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            {
            }
            lock(&self.state).program = Program::Ended;
            child.wait()
        }
    }

    impl State {
        fn take(&mut self, signal: i32, is_from_terminal: bool, stop: &AtomicBool) {
            let is_ending = ENDING.contains(&signal);
            if is_ending {
                self.seen = Some(signal);
            }
            match &mut self.program {
                Program::Runs(pid) if is_from_terminal && is_in_our_group(*pid) => {}
                Program::Starts(_, came) if !is_ending => {
                    if !came.contains(&signal) {
                        came.push(signal);
                    }
                }
                Program::Starts(pid, _) if is_from_terminal && is_in_our_group(*pid) => {}
                Program::Starts(pid, _) => pass_on(*pid, signal),
                Program::Runs(pid) => pass_on(*pid, signal),
                Program::Waits(came) => {
                    if !came.contains(&signal) {
                        came.push(signal);
                    }
                    stop.fetch_or(is_ending, Ordering::Relaxed);
                }
                Program::Ended => {
                    stop.fetch_or(is_ending, Ordering::Relaxed);
                }
            }
        }
    }

    fn is_in_our_group(program: Pid) -> bool {
        getpgid(Some(program)).is_ok_and(|group| group == getpgrp())
    }

    fn pass_on(program: Pid, signal: i32) {
        let Some(signal) = Signal::from_named_raw(signal) else { return };
        let leads_a_group = getpgid(Some(program)).is_ok_and(|group| group == program);
        // It may have ended: then there is nobody to tell.
        let _ = match leads_a_group {
            true => kill_process_group(program, signal),
            false => kill_process(program, signal),
        };
    }

    /// Which signals are ignored.
    struct Ignored(u64);

    impl Ignored {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        fn now() -> Self {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            Self(mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0))
        }

        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        fn now() -> Self {
            Self(0)
        }

        fn has(&self, signal: i32) -> bool {
            u32::try_from(signal - 1)
                .ok()
                .and_then(|bit| self.0.checked_shr(bit))
                .is_some_and(|rest| rest & 1 == 1)
        }
    }

    /// Set by the first signal that asks to end; the second one ends the process with this status.
    pub(crate) fn stop_on_interrupt(status: u8) -> io::Result<Arc<AtomicBool>> {
        let stop = Arc::new(AtomicBool::new(false));
        let ignored = Ignored::now();
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !ignored.has(*signal)) {
            let (second, first) = (Arc::clone(&stop), Arc::clone(&stop));
            signal_hook::flag::register_conditional_shutdown(signal, i32::from(status), second)?;
            signal_hook::flag::register(signal, first)?;
        }
        Ok(stop)
    }

    /// From now on, a write beyond the limit on file sizes is an error, and not the end of this process. Programs that it
    /// starts are ended by it as ever.
    pub(crate) fn outlive_file_size_limits() {
        // Without it, it is as it was.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }

    fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ctrl-C and Ctrl-Break. The console tells both programs itself, so nothing is passed on. When it is closed, the system ends
/// both at once, and the session is left to the next collection.
#[cfg(windows)]
mod windows {
    use std::io;
    use std::process::{Child, ExitStatus};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Ctrl-C, as others number it.
    const INTERRUPTED: i32 = 2;

    /// What came from the console.
    pub(crate) struct Signals {
        state: Arc<State>,
    }

    #[derive(Default)]
    struct State {
        seen: AtomicBool,
        /// Whether the program runs: then what comes is the program's, and stops nothing of incrdir's.
        runs: AtomicBool,
        stop: Arc<AtomicBool>,
    }

    impl Signals {
        /// Catches them from now on.
        pub(crate) fn catch() -> io::Result<Self> {
            let state = Arc::<State>::default();
            let told = Arc::clone(&state);
            let handler = move || {
                told.seen.store(true, Ordering::SeqCst);
                told.stop.fetch_or(!told.runs.load(Ordering::SeqCst), Ordering::SeqCst);
            };
            ctrlc::set_handler(handler).map_err(io::Error::other)?;
            Ok(Self { state })
        }

        /// What came and asked to end.
        pub(crate) fn seen(&self) -> Option<i32> {
            self.state.seen.load(Ordering::SeqCst).then_some(INTERRUPTED)
        }

        /// Set when what incrdir itself is doing is to stop.
        pub(crate) fn stop(&self) -> Arc<AtomicBool> {
            Arc::clone(&self.state.stop)
        }

        pub(crate) fn starts(&self, _child: &Child) {
            self.state.runs.store(true, Ordering::SeqCst);
        }

        pub(crate) fn runs(&self, _child: &Child) {
            self.state.runs.store(true, Ordering::SeqCst);
            // What came was the program's: what incrdir does after it is not to stop.
            self.state.stop.store(false, Ordering::SeqCst);
        }

        /// Waits for a program that runs.
        pub(crate) fn wait(&self, mut child: Child) -> io::Result<ExitStatus> {
            let status = child.wait();
            self.state.runs.store(false, Ordering::SeqCst);
            status
        }
    }

    /// Set by the first one; the second one ends the process with this status.
    pub(crate) fn stop_on_interrupt(status: u8) -> io::Result<Arc<AtomicBool>> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let handler = move || {
            if told.swap(true, Ordering::SeqCst) {
                std::process::exit(status.into());
            }
        };
        ctrlc::set_handler(handler).map_err(io::Error::other)?;
        Ok(stop)
    }

    pub(crate) fn outlive_file_size_limits() {}
}

#[cfg(windows)]
pub(crate) use windows::{Signals, outlive_file_size_limits, stop_on_interrupt};
