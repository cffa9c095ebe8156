//! Failures that are not the source's fault must not cost the cache.

use super::cache::{Cache, Ran};
use super::case::Case;
use super::disk::{Disk, EXT4, Kind, TMPFS};
use super::lab::{Findings, Lab, NotRun, Verdict};
use super::restore::quarantined_none;
use crate::shell::{Result, command, output};

const COPY: &[&str] = &["--seed", "copy"];
pub(super) const FEW: [&str; 4] = ["bash", "-c", "ulimit -n 16; exec \"$@\"", "bash"];

pub(super) const CASES: &[Case] = &[
    Case::new("full-disk-ext4", |lab| full(lab, &EXT4)),
    Case::new("full-disk-tmpfs", |lab| full(lab, &TMPFS)),
    Case::new("full-disk-or-cold", full_or_cold),
    Case::new("unreadable-file-as-nobody", unreadable),
    Case::new("few-descriptors-copy", |lab| few_descriptors(lab, COPY)),
    Case::new("few-descriptors-link", |lab| few_descriptors(lab, &["--seed", "link"])),
    Case::new("few-descriptors-consistent", |lab| {
        few_descriptors(lab, &["--durability", "consistent", "--digests"])
    }),
];

/// A warm session of 20 MB, and next to no room beside it.
fn filled(lab: &Lab, kind: &'static Kind) -> Result<Disk> {
    let disk = Disk::new(lab, kind, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(COPY);
    cache.publish("head -c 20000000 /dev/urandom >big; echo warm >f")?;
    let rest = disk.path("rest");
    // It ends where the disk does, which is no success.
    let mut fill = command("dd");
    let _ = output(fill.args(["if=/dev/zero", "bs=64k"]).arg(format!("of={}", rest.display())));
    output(command("sync").arg("-f").arg(disk.at()))?;
    // Room for a session that is empty, and for its lock file.
    let length = std::fs::metadata(&rest)?.len();
    std::fs::File::options().write(true).open(&rest)?.set_len(length.saturating_sub(400 << 10))?;
    output(command("sync").arg("-f").arg(disk.at()))?;
    Ok(disk)
}

/// The program was not started, the remedy is named, and the warm session is the next one's source.
fn refused(findings: &mut Findings, ran: &Ran, marker: &std::path::Path) {
    findings.check(ran.code == 125, || format!("exit status {}: {}", ran.code, ran.line));
    findings.check(!marker.exists(), || format!("the program was run: {}", ran.line));
    findings.check(ran.line.contains("--or-cold"), || format!("no remedy: {}", ran.line));
}

fn full(lab: &Lab, kind: &'static Kind) -> Verdict {
    let disk = filled(lab, kind)?;
    let cache = Cache::new(lab, disk.path("r")).with(COPY);
    let (warm, marker) = (cache.newest()?, lab.path("ran"));
    let mut findings = Findings::default();
    let ran = cache.run(&format!("touch {}", marker.display()))?;
    refused(&mut findings, &ran, &marker);
    findings.check(cache.published()? == [warm.clone()], || {
        format!("published are {:?}, not {warm}", cache.published().unwrap_or_default())
    });
    std::fs::remove_file(disk.path("rest"))?;
    let next = cache.run("cat f")?;
    findings.equal("with room again, the session", &next.out, "warm");
    findings.check(next.is_seeded_from(&warm), || next.line.clone());
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

fn full_or_cold(lab: &Lab) -> Verdict {
    let disk = filled(lab, &EXT4)?;
    let cache = Cache::new(lab, disk.path("r")).with(COPY).with(&["--or-cold"]);
    let warm = Cache::new(lab, disk.path("r")).newest()?;
    let mut findings = Findings::default();
    // As many runs as sessions are kept.
    for round in 1..=2 {
        let ran = cache.run("ls -A; echo cold >f")?;
        findings.check(ran.code == 0 && (ran.is_cold() || round > 1), || {
            format!("run {round} is not cold: exit status {}, {}", ran.code, ran.line)
        });
        // What is cold and small can be the source of the next one.
        findings.check(["", "f"].contains(&&*ran.out), || format!("run {round} has `{}`", ran.out));
        let is_there =
            cache.sessions()?.iter().any(|it| it.name == warm && it.state == "published");
        findings.check(is_there, || format!("after run {round} the warm session is gone"));
    }
    findings.verdict()
}

fn unreadable(lab: &Lab) -> Verdict {
    lab.need(&["setpriv"])?;
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    if let Err(why) =
        output(command("setpriv").args(&nobody[1..]).arg(lab.binary()).arg("--version"))
    {
        return Err(NotRun(format!("nobody cannot run it: {why}")).into());
    }
    let disk = Disk::new(lab, &EXT4, "m")?;
    let root = disk.path("r");
    output(command("install").args(["-d", "-m", "755", "-o", "65534", "-g", "65534"]).arg(&root))?;
    let markers = lab.path("markers");
    output(command("install").args(["-d", "-m", "777"]).arg(&markers))?;
    let cache = Cache::new(lab, &root).with(COPY).started_by(&nobody);
    cache.publish("echo warm >f; echo secret >g")?;
    let (warm, marker) = (cache.newest()?, markers.join("ran"));
    // Somebody else's, so that nobody can give it back to themselves.
    let secret = cache.session(&warm)?.join("g");
    output(command("chown").arg("0:0").arg(&secret))?;
    output(command("chmod").arg("000").arg(&secret))?;
    let mut findings = Findings::default();
    let ran = cache.run(&format!("touch {}", marker.display()))?;
    refused(&mut findings, &ran, &marker);
    findings.check(cache.published()?.contains(&warm), || format!("{warm} is gone"));
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// Two levels, fifty files.
fn few_descriptors(lab: &Lab, options: &[&str]) -> Verdict {
    lab.need(&["bash"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(options).started_by(&FEW);
    let make =
        "for d in p q; do mkdir -p $d/x; for i in $(seq 25); do echo $d$i >$d/x/$i; done; done";
    let count = "cat */x/* | sort | uniq | wc -l; echo x >.t; mv .t p/x/1";
    cache.publish(make)?;
    let mut findings = Findings::default();
    for round in 2..=5 {
        let newest = cache.newest()?;
        let ran = cache.publish(count)?;
        findings.equal(&format!("run {round}"), &ran.out, "50");
        findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    }
    findings.check(cache.verify(&[])?.code == 0, || "verify failed".into());
    findings.check(cache.published()?.len() == 2, || "what is obsolete was not collected".into());
    findings.verdict()
}
