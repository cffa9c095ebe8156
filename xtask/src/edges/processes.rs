//! Who is alive: processes of other namespaces, processes that were given the number of another one, and programs that close
//! the lock that they inherit.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::cache::{Cache, finish, wait_for};
use super::case::Case;
use super::disk::{Disk, EXT4, Kind, Mount, TMPFS};
use super::lab::{Findings, Lab, Verdict};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("processes-writer-in-a-container", |lab| containers(lab, true)),
    Case::new("processes-gc-in-a-container", |lab| containers(lab, false)),
    Case::new("processes-number-given-again", number_given_again),
    Case::new("processes-closed-lock-ext4", |lab| closed_lock(lab, &EXT4)),
    Case::new("processes-closed-lock-tmpfs", |lab| closed_lock(lab, &TMPFS)),
    Case::new("processes-closed-lock-container", closed_lock_in_a_container),
];

/// At work until it is told, for ten seconds at most; then it says whether its session is there.
fn work(lab: &Lab) -> String {
    let (ready, go, kept) = (lab.path("ready"), lab.path("go"), lab.path("kept"));
    format!(
        "echo new >f; touch {}; for i in $(seq 500); do [ -e {} ] && break; sleep 0.02; done; \
         [ -e f ] && touch {}",
        ready.display(),
        go.display(),
        kept.display()
    )
}

/// The same by a program that has closed what it inherited, in a shell that can close it.
fn work_without_the_lock(lab: &Lab) -> String {
    format!(
        "exec bash -c 'for fd in /proc/$$/fd/*; do n=${{fd##*/}}; [ $n -gt 2 ] && eval \"exec $n>&-\"; \
         done; {}'",
        work(lab)
    )
}

fn start(cache: &Cache<'_>, script: &str) -> Result<Child> {
    Ok(cache.command(script).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

/// The first process of a namespace of its own, or not.
fn inside<'a>(cache: Cache<'a>, is_inside: bool) -> Cache<'a> {
    match is_inside {
        true => cache.started_by(&["unshare", "-p", "-f", "--mount-proc"]),
        false => cache,
    }
}

/// What `ls` and `gc` say.
fn asked(cache: &Cache<'_>) -> Result<String> {
    // First what is there: a collection may take it away.
    let (ls, gc) = (finish(&mut cache.asks("ls"))?, finish(&mut cache.asks("gc"))?);
    Ok(format!("{}\n{}", ls.out, gc.out))
}

/// Two mounts of one volume, one for each container: locks of one are not seen by the other.
fn containers(lab: &Lab, is_writer_inside: bool) -> Verdict {
    lab.need(&["bindfs", "unshare"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let (one, two) = (lab.path("one"), lab.path("two"));
    let _one = Mount::new(command("bindfs").arg(disk.at()).arg(&one), &one)?;
    let _two = Mount::new(command("bindfs").arg(disk.at()).arg(&two), &two)?;
    let writer = inside(Cache::new(lab, one.join("r")), is_writer_inside);
    let collector = inside(Cache::new(lab, two.join("r")), !is_writer_inside);
    let mut findings = Findings::default();
    let mut run = start(&writer, &work(lab))?;
    wait_for(&lab.path("ready"))?;
    let seen = asked(&collector)?;
    std::fs::write(lab.path("go"), "")?;
    findings.check(seen.contains("removed 0") && seen.contains("unknown"), || seen.clone());
    let ended = run.wait()?;
    findings.check(ended.success(), || format!("the one that worked: {ended}"));
    findings.check(lab.path("kept").exists(), || "its work is lost".into());
    findings.verdict()
}

/// Whoever has a dead writer's number now is not the writer. The number is given again by saying which was the last one.
fn number_given_again(lab: &Lab) -> Verdict {
    lab.need(&["bindfs", "unshare"])?;
    let (disk, at) = (Disk::new(lab, &EXT4, "m")?, lab.path("fuse"));
    let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
    let script = format!(
        "B={} R={} P={}; export P; $B run --root $R --unit u -- sh -c 'echo $PPID >$P; exec sleep 1000' 2>/dev/null & \
         for i in $(seq 200); do [ -s $P ] && break; sleep 0.02; done; sleep 0.2; pid=$(cat $P); \
         kids=$(pgrep -P $pid); kill -9 $pid; kill -9 $kids; wait; echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid; \
         sleep 1000 & other=$!; [ $other = $pid ] || echo the number was not given again; \
         $B ls $R; $B gc $R; kill $other",
        lab.binary().display(),
        at.join("r").display(),
        lab.path("pid").display(),
    );
    let inside = ["-p", "-f", "--mount-proc", "sh", "-c", &script];
    let ran = finish(command("unshare").args(inside))?;
    let mut findings = Findings::default();
    let is_right = ran.out.contains("dead") && ran.out.contains("removed 1");
    findings.check(is_right, || format!("{} {}", ran.out, ran.line));
    findings.verdict()
}

/// Then incrdir is killed. The session lives as long as the program, and no longer.
fn closed_lock(lab: &Lab, kind: &'static Kind) -> Verdict {
    lab.need(&["bash"])?;
    let disk = Disk::new(lab, kind, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    let mut run = start(&cache, &work_without_the_lock(lab))?;
    wait_for(&lab.path("ready"))?;
    wait_until_it_waits(&run.id().to_string())?;
    run.kill()?;
    run.wait()?;
    let mut findings = Findings::default();
    let seen = asked(&cache)?;
    findings.check(seen.contains("removed 0") && seen.contains("live"), || seen.clone());
    std::fs::write(lab.path("go"), "")?;
    findings.check(wait_for(&lab.path("kept")).is_ok(), || "its work is lost".into());
    findings.check(is_collected(&cache)?, || "it stays after its program has ended".into());
    findings.verdict()
}

/// The program ends a moment after its last word.
fn is_collected(cache: &Cache<'_>) -> Result<bool> {
    for _ in 0..50 {
        if asked(cache)?.contains("removed 1") {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(false)
}

/// From outside it cannot be told whether the program is alive, though there locks can be relied on: it has a day.
fn closed_lock_in_a_container(lab: &Lab) -> Verdict {
    lab.need(&["bash", "unshare", "touch"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let outside = Cache::new(lab, disk.path("r"));
    // The first process of a namespace takes all others with it: incrdir is not the first.
    let inside = Cache::new(lab, disk.path("r")).started_by(&[
        "unshare",
        "-p",
        "-f",
        "--mount-proc",
        "sh",
        "-c",
        "\"$@\" & wait; sleep 20",
        "sh",
    ]);
    let mut run = start(
        &inside,
        &format!("echo $PPID >{}; {}", lab.path("pid").display(), work_without_the_lock(lab)),
    )?;
    wait_for(&lab.path("ready"))?;
    let namespace = first_below(run.id())?;
    wait_until_it_waits(&first_below(namespace.parse()?)?)?;
    let pid = std::fs::read_to_string(lab.path("pid"))?;
    let kill = format!("kill -9 {}", pid.trim());
    output(command("nsenter").args(["-p", "-t", &namespace, "sh", "-c", &kill]))?;
    let mut findings = Findings::default();
    let seen = asked(&outside)?;
    findings.check(seen.contains("removed 0") && seen.contains("unknown"), || seen.clone());
    std::fs::write(lab.path("go"), "")?;
    findings.check(wait_for(&lab.path("kept")).is_ok(), || "its work is lost".into());
    output(command("kill").args(["-9", &namespace]))?;
    run.wait()?;
    age(&disk.path("r"))?;
    let seen = asked(&outside)?;
    findings.check(seen.contains("removed 1"), || format!("a day later: {seen}"));
    findings.verdict()
}

/// Until incrdir has noted its program, and has nothing to do but to wait for it: a program may be as far before it is noted.
fn wait_until_it_waits(incrdir: &str) -> Result {
    for _ in 0..500 {
        let stat = std::fs::read_to_string(format!("/proc/{incrdir}/stat"))?;
        if stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S')) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err("incrdir does not wait for its program".into())
}

/// The first process that this one has started.
fn first_below(pid: u32) -> Result<String> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    Ok(children.split_whitespace().next().ok_or("it has no child")?.into())
}

fn age(root: &Path) -> Result {
    let older = ["-name", "*.lock", "-exec", "touch", "-d", "25 hours ago", "{}", "+"];
    output(command("find").arg(root).args(older)).map(drop)
}
