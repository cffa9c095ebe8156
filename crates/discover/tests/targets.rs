//! What is said of the units of a target, after real builds of a small workspace.
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use incrdir_discover::target::{Doubt, Standing, survey};
use incrdir_naming::UnitName;
use incrdir_vfs::{CapVfs, Name, Vfs, VfsExt};

/// A workspace of two packages, one with a feature, a library and a program.
struct Workspace {
    dir: tempfile::TempDir,
}

impl Workspace {
    fn new() -> Self {
        let workspace = Self { dir: tempfile::tempdir().unwrap() };
        workspace.write("Cargo.toml", "[workspace]\nmembers = ['one', 'two']\nresolver = '3'\n");
        let package = |name: &str| {
            format!("[package]\nname = '{name}'\nversion = '0.1.0'\nedition = '2024'\n")
        };
        workspace.write("one/Cargo.toml", &(package("pkg-one") + "[features]\nextra = []\n"));
        workspace.write("one/src/lib.rs", "pub fn one() -> u32 { 1 }\n");
        workspace.write("one/src/main.rs", "fn main() { println!(\"{}\", pkg_one::one()); }\n");
        workspace.write("two/Cargo.toml", &package("pkg-two"));
        workspace.write("two/src/lib.rs", "pub fn two() -> u32 { 2 }\n");
        workspace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(arguments).args(["--offline", "--quiet"]).current_dir(self.dir.path());
        for (name, _) in std::env::vars_os() {
            // Those of the build that runs this test are not for this one.
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_") || name == "RUSTFLAGS") {
                cargo.env_remove(name);
            }
        }
        if let Some(home) = std::env::var_os("CARGO_HOME") {
            cargo.env("CARGO_HOME", home);
        }
        cargo.env("CARGO_INCREMENTAL", "1");
        cargo
    }

    fn build(&self, arguments: &[&str]) -> Output {
        self.cargo(&[&["build"], arguments].concat()).output().unwrap()
    }

    #[track_caller]
    fn built(&self, arguments: &[&str]) {
        let output = self.build(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn survey(&self) -> BTreeMap<String, Standing> {
        survey_of(&self.path("target/debug"))
    }
}

fn survey_of(profile: &Path) -> BTreeMap<String, Standing> {
    let (vfs, profile) = CapVfs::open_ambient_dir(profile).unwrap();
    let incremental = vfs.open_dir(&profile, &Name::new("incremental").unwrap()).unwrap();
    let entries = vfs.list_sorted(&incremental).unwrap();
    let units: Vec<_> = entries
        .iter()
        .map(|entry| UnitName::parse(entry.name.as_os_str().as_encoded_bytes()).unwrap())
        .collect();
    let surveyed = survey(&vfs, &profile, &incremental, &units).unwrap();
    assert_eq!(surveyed.len(), units.len());
    surveyed.into_iter().map(|it| (it.unit.to_string(), it.standing)).collect()
}

/// The packages, parts and features of those that are recorded, and whether a newer record of the same is there.
fn recorded(surveyed: &BTreeMap<String, Standing>) -> Vec<String> {
    let mut told: Vec<_> = surveyed
        .values()
        .map(|standing| match standing {
            Standing::Recorded(it) => {
                let features = it.features.as_deref().unwrap().join(",");
                let older = if it.newer.is_some() { " older" } else { "" };
                format!("{} {} [{features}]{older}", it.package, it.part)
            }
            other => format!("{other:?}"),
        })
        .collect();
    told.sort();
    told
}

#[test]
fn a_unit_that_the_last_build_used_is_never_said_to_be_unused() {
    let workspace = Workspace::new();
    workspace.built(&[]);
    let all = ["pkg-one bin-pkg-one []", "pkg-one lib-pkg_one []", "pkg-two lib-pkg_two []"];
    assert_eq!(recorded(&workspace.survey()), all);

    // Nothing to compile, and then something.
    workspace.built(&[]);
    assert_eq!(recorded(&workspace.survey()), all);
    workspace.write("one/src/lib.rs", "pub fn one() -> u32 { 11 }\n");
    workspace.built(&[]);
    assert_eq!(recorded(&workspace.survey()), all);

    // Other features are other units. Which of them is built now cannot be known; which was compiled later, can.
    workspace.built(&["--features", "pkg-one/extra"]);
    let both = [
        "pkg-one bin-pkg-one [] older",
        "pkg-one bin-pkg-one [extra]",
        "pkg-one lib-pkg_one [] older",
        "pkg-one lib-pkg_one [extra]",
        "pkg-two lib-pkg_two []",
    ];
    assert_eq!(recorded(&workspace.survey()), both);
    workspace.built(&[]);
    assert_eq!(recorded(&workspace.survey()), both);

    // A compilation that fails used its unit as well.
    workspace.write("two/src/lib.rs", "pub fn two() -> u32 { \"two\" }\n");
    assert!(!workspace.build(&[]).status.success());
    let failed = workspace.survey();
    let of_two = failed.iter().find(|(unit, _)| unit.starts_with("pkg_two-")).unwrap().1;
    assert!(matches!(of_two, Standing::Unknown(Doubt::Unfinished | Doubt::InUse)), "{of_two:?}");
    workspace.write("two/src/lib.rs", "pub fn two() -> u32 { 2 }\n");
    workspace.built(&[]);
    // rustc may leave the working session of the failed compilation until it is ten seconds old.
    let mut surveyed = workspace.survey();
    let of_two = surveyed.iter().find(|(unit, _)| unit.starts_with("pkg_two-")).unwrap();
    if *of_two.1 == Standing::Unknown(Doubt::InUse) {
        let unit = of_two.0.clone();
        surveyed.remove(&unit);
        assert_eq!(recorded(&surveyed), both[..4]);
    } else {
        assert_eq!(recorded(&surveyed), both);
    }
}

#[test]
fn what_cargo_has_no_record_of_is_not_built_any_more() {
    let workspace = Workspace::new();
    workspace.built(&[]);

    // A package that is removed stays on record.
    workspace.write("Cargo.toml", "[workspace]\nmembers = ['one']\nresolver = '3'\n");
    workspace.built(&[]);
    assert_eq!(recorded(&workspace.survey())[2], "pkg-two lib-pkg_two []");

    // What removes records of what is old leaves `incremental`.
    let records = workspace.path("target/debug/.fingerprint");
    for entry in fs::read_dir(&records).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("pkg-two-") {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    let surveyed = workspace.survey();
    let of = |crate_name: &str| {
        let mut found = surveyed.iter().filter(|(unit, _)| unit.starts_with(crate_name));
        found.next().unwrap().1.clone()
    };
    assert_eq!(of("pkg_two-"), Standing::Unrecorded { packages: Vec::new() });
    assert!(matches!(of("pkg_one-"), Standing::Recorded(_)));

    // The same of other features.
    let old = names(&records);
    std::thread::sleep(std::time::Duration::from_secs(3));
    workspace.built(&["--features", "pkg-one/extra"]);
    for name in old {
        fs::remove_dir_all(records.join(name)).unwrap();
    }
    let gone = Standing::Unrecorded { packages: vec!["pkg-one".into()] };
    let surveyed = workspace.survey();
    assert_eq!(surveyed.values().filter(|standing| **standing == gone).count(), 2, "{surveyed:?}");
    let left = surveyed.values().filter(|standing| matches!(standing, Standing::Recorded(_)));
    assert_eq!(left.count(), 2, "{surveyed:?}");
}

fn names(dir: &Path) -> Vec<std::ffi::OsString> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn nothing_is_concluded_from_the_times_of_a_copy() {
    let workspace = Workspace::new();
    workspace.built(&[]);
    std::thread::sleep(std::time::Duration::from_secs(3));
    let copy = |options: &str, to: &str| {
        let status = Command::new("cp")
            .args([options, "target", to])
            .current_dir(workspace.dir.path())
            .status();
        assert!(status.unwrap().success());
        survey_of(&workspace.path(to).join("debug"))
    };
    let copied = copy("-r", "copy");
    assert!(copied.values().all(|it| *it == Standing::Unknown(Doubt::Times)), "{copied:?}");
    // One that keeps times is as good as the original.
    assert_eq!(copy("-a", "archive"), workspace.survey());
}

#[test]
fn a_directory_without_records_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (vfs, profile) = CapVfs::open_ambient_dir(dir.path()).unwrap();
    let error = survey(&vfs, &profile, &profile, &[]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}
