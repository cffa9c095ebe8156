//! Mutants of the rules that are there for Windows and macOS: what is broken, and where that must show.

use super::list::{Mutant, mutant};

const PUBLISH: &str = "crates/session/src/publish.rs";
const UNIT_NAME: &str = "crates/naming/src/unit.rs";
const UNIT: &str = "crates/session/src/unit.rs";
const SPELLING: &str = "crates/session/src/spelling.rs";
const SELECTION: &str = "crates/session/src/selection.rs";
const ATTRIBUTES: &str = "crates/session/src/fill/attributes.rs";
const COPIER: &str = "crates/session/src/fill/copier.rs";
const CLONE: &str = "crates/vfs/src/cap/clone.rs";
const CALLS: &str = "crates/vfs/src/mem/calls.rs";
const XNU: &str = "crates/xnu/src/answer.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    // ---- what is open ----
    mutant(
        "what is busy is not waited for",
        &[(PUBLISH, "|| left.is_zero() ||", "|| true ||")],
        &["incrdir-sim observed"],
    ),
    mutant(
        "it is waited for what is busy longer than anybody has patience",
        &[(PUBLISH, "left = session.terms.patience;", "left = session.terms.patience * 2;")],
        &["incrdir-sim observed"],
    ),
    mutant(
        "it is tried again as often as can be",
        &[(PUBLISH, "pause = (pause * 2).min(longest);", "pause = pause.min(longest);")],
        &["incrdir-sim observed"],
    ),
    mutant(
        "a directory that we have open ourselves is not closed before it is renamed",
        &[(PUBLISH, "&& session.dir.take().is_some()", "&& false")],
        &["windows"],
    ),
    // ---- names ----
    mutant(
        "a device of Windows can be a unit",
        &[(UNIT_NAME, "if is_device(stem.trim_end()) =>", "if false =>")],
        &["incrdir-naming golden"],
    ),
    mutant(
        "a space behind the name of a device hides it",
        &[(UNIT_NAME, "if is_device(stem.trim_end()) =>", "if is_device(stem) =>")],
        &["incrdir-naming golden"],
    ),
    mutant(
        "the case of a letter that is not ASCII makes no other unit",
        &[(SPELLING, "text.chars().map(turn).collect();", "text.into();")],
        &["spellings"],
    ),
    mutant(
        "a unit is refused whose accents are listed otherwise",
        &[(UNIT, "if composed(found) == right {", "if found == text {")],
        &["spellings"],
    ),
    mutant(
        "a pattern is compared with the bytes that are listed",
        &[(SELECTION, "let path = composed(path);", "let path = path.to_string();")],
        &["spellings"],
    ),
    // ---- clones ----
    mutant(
        "a clone keeps what goes with an owner that it has not",
        &[(
            ATTRIBUTES,
            "                lost.unless(vfs.remove_extended(to, &attribute.name))?;\n",
            "",
        )],
        &["spellings"],
    ),
    mutant(
        "a clone is given nothing, because it may have all",
        &[(
            COPIER,
            "        let made = self.give_attributes(",
            "        if self.done.cloned > 0 {\n            return Ok(());\n        }\n        let made = self.give_attributes(",
        )],
        &["spellings"],
    ),
    mutant(
        "a clone that is refused leaves its name",
        &[(CLONE, "Err(error) => Err(take_back(dir, name, error)),", "Err(error) => Err(error),")],
        &["incrdir-vfs contract"],
    ),
    mutant(
        "a clone of what may not be written cannot be written",
        &[(CALLS, "        self.set_mode_of(dir, name, mode | 0o600)?;\n", "")],
        &["incrdir-vfs contract"],
    ),
    // ---- processes ----
    mutant(
        "an answer about another process is believed",
        &[(XNU, "if u32::try_from(number) != Ok(pid) {", "if false {")],
        &["incrdir-xnu"],
    ),
];
