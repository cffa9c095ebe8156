//! What belongs to a file beside its bytes is there in every session, whether it was copied or recycled.

use std::time::Instant;

use super::cache::{Cache, units};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Kind, TMPFS, XFS};
use super::lab::{Findings, Lab, NotRun, Verdict};
use crate::shell::{command, output};

const OWNER: &str = "stat -c '%u:%g %a' f";
const COPY: &[&str] = &["--seed", "copy"];

pub(super) const CASES: &[Case] = &[
    Case::new("owner-copied", |lab| {
        kept(
            lab,
            &EXT4,
            COPY,
            &["echo x >f; chown 1000:1000 f; chmod 640 f"],
            OWNER,
            "1000:1000 640",
        )
    }),
    Case::new("owner-cloned", |lab| {
        let make = "echo x >f; chown 1000:1000 f; chmod 640 f";
        kept(lab, &BTRFS, &["--seed", "clone"], &[make], OWNER, "1000:1000 640")
    }),
    Case::new("owner-changed-later", |lab| {
        let make = ["echo x >f; chmod 640 f", "chown 1000:1000 f"];
        kept(lab, &EXT4, COPY, &make, OWNER, "1000:1000 640")
    }),
    Case::new("owner-of-directory", |lab| {
        let make = "mkdir f; chown 1000:1000 f; chmod 750 f; echo x >f/x";
        kept(lab, &EXT4, COPY, &[make], OWNER, "1000:1000 750")
    }),
    Case::new("mode-changed-later", |lab| {
        let make = ["echo x >f; chmod 644 f", "chmod 4755 f"];
        kept(lab, &EXT4, COPY, &make, "stat -c %a f", "4755")
    }),
    Case::new("mode-changed-later-tmpfs", |lab| {
        let make = ["echo x >f; chmod 644 f", "chmod 755 f"];
        kept(lab, &TMPFS, COPY, &make, "stat -c %a f", "755")
    }),
    Case::new("extended-attributes-ext4", |lab| extended(lab, &EXT4, COPY)),
    Case::new("extended-attributes-btrfs-clone", |lab| extended(lab, &BTRFS, &["--seed", "clone"])),
    Case::new("extended-attributes-xfs-clone", |lab| extended(lab, &XFS, &["--seed", "clone"])),
    Case::new("extended-attribute-changed-later", |lab| {
        lab.need(&["setfattr"])?;
        let make = ["echo x >f; setfattr -n user.k -v one f", "setfattr -n user.k -v two f"];
        kept(lab, &EXT4, COPY, &make, "getfattr --only-values -n user.k f", "two")
    }),
    Case::new("access-control-lists", |lab| {
        lab.need(&["setfacl"])?;
        let make = "mkdir d; setfacl -d -m u:1000:rw d; echo x >f; setfacl -m u:1001:rw f";
        let look = "getfacl -ncp f d | grep -E '100[01]' | paste -sd' '";
        kept(lab, &EXT4, COPY, &[make], look, "user:1001:rw- default:user:1000:rw-")
    }),
    Case::new("one-file-three-names", |lab| {
        let make = "echo x >a; mkdir d; ln a b; ln a d/c";
        let look = "stat -c %h a; echo y >>b; tail -n 1 d/c; sed -i d b; ln -f a b";
        kept(lab, &EXT4, COPY, &[make], look, "3\ny")
    }),
    Case::new("times-of-directories", |lab| {
        let make = "mkdir d; echo x >d/x; touch -d @1000000000 d";
        kept(lab, &EXT4, COPY, &[make], "stat -c %Y d", "1000000000")
    }),
    Case::new("holes", holes),
    Case::new("not-carried-is-said", not_carried_is_said),
];

fn extended(lab: &Lab, kind: &'static Kind, options: &[&str]) -> Verdict {
    lab.need(&["setfattr", "getfattr"])?;
    let make = "echo x >f; mkdir d; setfattr -n user.k -v file f; setfattr -n user.k -v dir d";
    kept(lab, kind, options, &[make], "getfattr --only-values -n user.k f d", "filedir")
}

/// Runs that make it, then runs that look at it and change another file, so that sessions are made of those
/// that fall out of what is kept.
fn kept(
    lab: &Lab,
    kind: &'static Kind,
    options: &[&str],
    make: &[&str],
    look: &str,
    right: &str,
) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(options);
    for script in make {
        cache.publish(script)?;
    }
    let mut findings = Findings::default();
    for round in 1..=5 {
        let ran = cache.publish(&format!("{{ {look}; }} 2>&1; echo {round} >counter"))?;
        findings.equal(&format!("run {round} after it"), &ran.out, right);
    }
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || format!("verify: {}", verified.out));
    findings.verdict()
}

/// A gigabyte that is not there costs neither time nor room.
fn holes(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(COPY);
    cache.publish("echo begin >f; truncate -s 1G f; echo end >>f")?;
    let mut findings = Findings::default();
    for round in 2..6 {
        let start = Instant::now();
        let look = "stat -c %s f && echo \"$(stat -c %b f) blocks\" && head -n 1 f && tail -c 4 f";
        let ran = cache.publish(&format!("{{ {look}; }} 2>&1; echo {round} >counter"))?;
        let seconds = start.elapsed().as_secs_f64();
        let blocks = ran.out.split('\n').nth(1).and_then(|line| line.split(' ').next());
        let blocks: u64 = blocks.and_then(|blocks| blocks.parse().ok()).unwrap_or(u64::MAX);
        let right = ran.out.starts_with("1073741828\n") && ran.out.ends_with("\nbegin\nend");
        findings.check(right && blocks < 64, || format!("run {round}: `{}`", ran.out));
        findings.check(seconds < 1.0, || format!("run {round} took {seconds:.1} s"));
    }
    findings.verdict()
}

/// Another user may not give files away: that is said, once, and does not stop anybody.
fn not_carried_is_said(lab: &Lab) -> Verdict {
    lab.need(&["setpriv"])?;
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let disk = Disk::new(lab, &EXT4, "m")?;
    let open = ["sh", "-c", "umask 0; exec \"$0\" \"$@\""];
    let root = disk.path("r");
    output(command("install").args(["-d", "-m", "1777"]).arg(&root))?;
    let cache = Cache::new(lab, &root).with(COPY);
    let (by_root, by_nobody) = (
        Cache::new(lab, &root).with(COPY).started_by(&open),
        Cache::new(lab, &root).with(COPY).started_by(&nobody),
    );
    by_root.publish("for f in f g h; do echo $f >$f; chown 1000:1000 $f; chmod 644 $f; done")?;
    let first = cache.newest()?;
    if by_nobody.verify(&[])?.code != 0 {
        // The rights that it gives its own files are not ours to say: this user gets them.
        for entry in walk(&root)? {
            output(command("chown").arg("65534:65534").arg(entry))?;
        }
    }
    if let Err(why) =
        output(command("setpriv").args(&nobody[1..]).arg(lab.binary()).arg("--version"))
    {
        return Err(NotRun(format!("nobody cannot run it: {why}")).into());
    }
    let ran = by_nobody.run("cat f g h | paste -sd' '; stat -c %u f")?;
    let mut findings = Findings::default();
    findings.equal("what nobody sees", &ran.out, "f g h\n65534");
    findings.check(ran.is_seeded_from(&first), || ran.line.clone());
    findings.check(ran.line.matches("attribute").count() == 1, || {
        format!("what was not carried is not said once: {}", ran.line)
    });
    findings.verdict()
}

/// The units, and what is in them but not in their sessions.
fn walk(root: &std::path::Path) -> crate::shell::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for unit in units(root)? {
        for entry in std::fs::read_dir(&unit)? {
            found.push(entry?.path());
        }
        found.push(unit);
    }
    Ok(found)
}
