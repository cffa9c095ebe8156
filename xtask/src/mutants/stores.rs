//! Mutants of the protocol of object stores: what is broken, and where that must show.

use super::list::{Mutant, mutant};

const SEND: &str = "crates/remote/src/push/send.rs";
const SURVEY: &str = "crates/remote/src/push/survey.rs";
const OBJECTS: &str = "crates/remote/src/objects.rs";
const KNOWN: &str = "crates/remote/src/known.rs";
const SETTLE: &str = "crates/remote/src/settle.rs";
const COLLECT: &str = "crates/remote/src/collect/mod.rs";
const NOTE: &str = "crates/remote/src/collect/note.rs";
const AT_MOST: &str = "crates/remote/src/manifest/at_most.rs";
const TREE: &str = "crates/remote/src/manifest/tree.rs";
const SQUEEZE: &str = "crates/remote/src/squeeze.rs";
const LEFTOVERS: &str = "crates/remote/src/objects/leftovers.rs";
const FETCH: &str = "crates/remote/src/pull/fetch.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "objects that nobody names are relied upon, however old they are",
        &[(
            KNOWN,
            ".checked_add(half).is_some_and(|end| end > now)",
            ".checked_add(half).is_some_and(|_| now > SystemTime::UNIX_EPOCH)",
        )],
        &["store-ripe"],
    ),
    mutant(
        "what is being deleted is relied upon if a manifest names it",
        &[(KNOWN, "&& !announced.contains(&placed)", "&& announced.len() < usize::MAX")],
        &["store-late"],
    ),
    mutant(
        "what is gone is relied upon if a manifest names it",
        &[(
            KNOWN,
            "there.get(&placed).is_some_and(is_whole) &&",
            "there.get(&placed).is_none_or(is_whole) &&",
        )],
        &["store-late"],
    ),
    mutant(
        "nobody looks whether a slow push was overtaken",
        &[(
            SEND,
            "if is_overtaken(store, address, &key, &names, begun)? {",
            "if is_overtaken(store, address, &key, &names, begun)? && false {",
        )],
        &["store-slow"],
    ),
    mutant(
        "a slow push does not look at what is being deleted",
        &[(SEND, "if !note::announced(store, unit)?.is_disjoint(names) {", "if false {")],
        &["store-slow-apart"],
    ),
    mutant(
        "a slow push does not look at what is there",
        &[(SEND, "Ok(!names.is_subset(&there))", "Ok(names.len() > 99 + there.len())")],
        &["store-slow"],
    ),
    mutant(
        "an object that is there is taken for one's own",
        &[(SETTLE, "Ok(found.map(|found| found == bytes))", "Ok(found.map(|_| true))")],
        &["incrdir-remote"],
    ),
    mutant(
        "an answer that was lost is taken for a failure",
        &[(
            SETTLE,
            "(Ok(Some(true)), _) => return Ok(()),",
            "(Ok(Some(true)), _) => return Err(Error::Overtaken),",
        )],
        &["incrdir-remote"],
    ),
    mutant(
        "one pass: what nobody names is deleted at once",
        &[(COLLECT, "let is_ripe = is_old(stored.modified);", "let is_ripe = true;")],
        &["store-push-collect", "store-slow", "store-two-collectors", "store-noted", "store-half"],
    ),
    mutant(
        "no grace: what was just noted is deleted by the next one",
        &[(
            COLLECT,
            "let is_old = |modified: SystemTime| is_past(modified, policy.grace, begun);",
            "let is_old = |modified: SystemTime| is_past(modified, Duration::ZERO, begun);",
        )],
        &["store-noted", "store-two-collectors", "store-half"],
    ),
    mutant(
        "notes are believed that are older than what named their objects",
        &[
            (NOTE, "if is_struck {", "if is_struck && false {"),
            (COLLECT, ".filter(believed)", ".filter(|_| true)"),
        ],
        &["store-noted", "store-noted-two"],
    ),
    mutant(
        "the notes of others are not struck",
        &[(NOTE, "if is_struck {", "if is_struck && false {")],
        &["store-noted", "store-noted-two"],
    ),
    mutant(
        "nobody looks whether the notes are still there",
        &[(
            COLLECT,
            "done.retain(|note| listed.contains(&note.key));",
            "done.retain(|_| listed.len() < usize::MAX);",
        )],
        &["store-noted-two"],
    ),
    mutant(
        "the manifests are not looked at again before anything is deleted",
        &[(
            COLLECT,
            "ripe.retain(|name| !it.may_name(name));",
            "ripe.retain(|_| it.says.is_ok());",
        )],
        &["store-slow-apart"],
    ),
    mutant(
        "what is deleted is not announced",
        &[(
            COLLECT,
            "if !ripe.is_empty() {\n            note::write",
            "if ripe.len() > 99 {\n            note::write",
        )],
        &["store-slow-apart", "store-late"],
    ),
    mutant(
        "neither objects nor files are compared with their digests",
        &[
            (
                FETCH,
                "if *blake3::hash(&content).as_bytes() == object.name.digest",
                "if content.len() < usize::MAX",
            ),
            (
                FETCH,
                "if is_whole && *blake3::hash(part).as_bytes() != file.digest",
                "if is_whole && part.len() > usize::MAX - 1",
            ),
        ],
        &["incrdir-remote suite"],
    ),
    mutant(
        "what somebody put into a published session is pushed",
        &[(
            SURVEY,
            "recorded.contains_key(path",
            "path.is_relative() || recorded.contains_key(path",
        )],
        &["incrdir-remote suite"],
    ),
    mutant(
        "what was written to since it was published is pushed",
        &[(SURVEY, "if is_sent && (it.len", "if is_sent && false && (it.len")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "directories are pushed that are too deep to be pulled",
        &[(SURVEY, "if is_sent && at.components()", "if is_sent && false && at.components()")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "an object of another length is relied upon",
        &[(KNOWN, "stored.len == u64::from(object.stored) &&", "stored.len < u64::MAX &&")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "an object that was cut counts as one of a push that was cut short",
        &[(KNOWN, "&& !cut.contains(name)", "&& cut.len() < usize::MAX")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "what a pull has found damaged is relied upon by the push after it",
        &[(
            KNOWN,
            "u64::from(object.stored) && !damaged.contains(&stored.key)",
            "u64::from(object.stored) && damaged.len() < usize::MAX",
        )],
        &["incrdir-remote suite"],
    ),
    mutant(
        "a collection goes on although it cannot read what a manifest names",
        &[(
            COLLECT,
            "kept.iter().try_for_each(Named::read)?;",
            "kept.iter().for_each(|it| drop(it.read()));",
        )],
        &["incrdir-remote suite"],
    ),
    mutant(
        "a collection removes what a newer program has written",
        &[(COLLECT, "expired.iter().filter(is_newer)", "expired.iter().take(0).filter(is_newer)")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "notes are believed although a manifest goes unread",
        &[
            (COLLECT, "|note: &&Note| is_told && ", "|note: &&Note| (is_told || true) && "),
            (COLLECT, ".map_or(true, |objects|", ".is_ok_and(|objects|"),
        ],
        &["incrdir-remote suite"],
    ),
    mutant(
        "a session whose object was cut counts as whole",
        &[(
            COLLECT,
            "there.get(object) != Some(len)",
            "*len < u64::MAX && !there.contains_key(object)",
        )],
        &["incrdir-remote suite"],
    ),
    mutant(
        "lists of a manifest may have any length",
        &[(AT_MOST, "if list.len() == N {", "if list.len() == usize::MAX {")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "a few bytes may become many",
        &[(SQUEEZE, "let limit = most(bytes.len(), limit);", "let limit = limit.max(most(0, 0));")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "paths may have any length together",
        &[(TREE, "if paths > PATHS_BYTES {", "if paths > usize::MAX - PATHS_BYTES {")],
        &["incrdir-remote suite"],
    ),
    mutant(
        "a pipe is read",
        &[(OBJECTS, "Ok(it) if !it.is_file() =>", "Ok(it) if !it.is_file() && false =>")],
        &["incrdir-cli remote_bad"],
    ),
    mutant(
        "what a push is just writing is taken for a leftover",
        &[(LEFTOVERS, "if about.modified()? >= before {", "if about.modified()? < before {")],
        &["incrdir-cli remote_bad"],
    ),
    mutant(
        "a collection deletes through links",
        &[(OBJECTS, "match real == parent {", "match real == parent || real.is_absolute() {")],
        &["incrdir-cli remote_bad"],
    ),
];
