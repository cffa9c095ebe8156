//! Whose sessions are believed: scopes, signatures and keys.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::shared::Shared;
use common::{incrdir, stderr, stdout};

/// Makes a secret key, and returns the public one.
fn key(shared: &Shared, name: &str) -> String {
    let output = incrdir(&["remote", "keygen", shared.path(name).to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).trim().to_owned()
}

/// What a branch gets that reads main and trusts these keys.
fn of_main(shared: &Shared, options: &[&str]) -> (String, String) {
    let branch = ["--pull", "STORE", "--scope", "branch", "--read-scope", "main"];
    let script = "cat {session}/state 2>/dev/null; true";
    let root = tempfile::tempdir_in(shared.dir.path()).unwrap();
    let output = shared.run(root.path().to_str().unwrap(), &[&branch, options].concat(), script);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (stdout(&output), stderr(&output))
}

#[test]
fn what_another_scope_has_is_believed_if_it_is_signed_with_a_trusted_key() {
    let shared = Shared::new();
    let (public, other) = (key(&shared, "key"), key(&shared, "other"));
    let publish = |options: &[&str], what: &str| {
        let script = format!("echo {what} >{{session}}/state");
        let output = shared.run("a", &[&["--push", "STORE"], options].concat(), &script);
        assert!(stderr(&output).contains("pushed s-"), "{}", stderr(&output));
    };
    publish(&["--sign-key", "key"], "signed");
    assert_eq!(of_main(&shared, &["--trust-key", &public]).0, "signed\n");
    let (got, says) = of_main(&shared, &["--trust-key", &other]);
    assert_eq!(got, "", "{says}");
    assert!(says.contains(" of main: it is not signed by a key that is trusted"), "{says}");
    fs::write(shared.path("keys"), format!("# of the builders\n{other}\n\n{public}\n")).unwrap();
    assert_eq!(of_main(&shared, &["--trust-key", "@keys"]).0, "signed\n");

    publish(&[], "unsigned");
    let (got, says) = of_main(&shared, &["--trust-key", &public]);
    assert_eq!(got, "signed\n", "the newest that may be believed");
    assert!(says.contains("it is not signed by a key that is trusted"), "{says}");
    // One's own scope is one's own.
    let own = shared.run("b", &["--pull", "STORE"], "cat {session}/state");
    assert_eq!(stdout(&own), "unsigned\n");
    let strict = ["--pull", "STORE", "--signed-only", "--trust-key", &public];
    assert_eq!(stdout(&shared.run("c", &strict, "cat {session}/state")), "signed\n");

    let mut from_environment = shared.command("d", &strict[..3], "cat {session}/state");
    from_environment.env("INCRDIR_TRUST_KEY", format!("{other},{public}"));
    assert_eq!(stdout(&from_environment.output().unwrap()), "signed\n");

    let listed = stdout(&shared.remote("ls", &[]));
    assert!(listed.contains("nobody") && listed.contains(&public), "{listed}");
}

#[test]
fn a_branch_writes_its_own_scope_and_sends_only_what_main_has_not() {
    let shared = Shared::new();
    let public = key(&shared, "key");
    let main = ["--push", "STORE", "--sign-key", "key"];
    shared.run(
        "a",
        &main,
        "head -c 200k /dev/urandom >{session}/large; echo main >{session}/state",
    );
    let branch = [
        "--pull",
        "STORE",
        "--push",
        "STORE",
        "--scope",
        "branch",
        "--read-scope",
        "main",
        "--trust-key",
        &public,
        "--report",
        "report.json",
    ];
    let output = shared.run("b", &branch, "echo branch >{session}/state");
    assert!(
        stderr(&output).contains(" to branch (2 files, 1 there before; 1 object"),
        "{}",
        stderr(&output)
    );
    assert_eq!(shared.report()["pull"]["scope"], "main");
    let main = shared.run("c", &["--pull", "STORE"], "cat {session}/state");
    assert_eq!(stdout(&main), "main\n", "a branch does not write into main");
    let again = shared.run("d", &branch, "cat {session}/state");
    assert_eq!(stdout(&again), "branch\n", "{}", stderr(&again));
}

#[test]
fn a_signature_that_was_tampered_with() {
    let shared = Shared::new();
    let public = key(&shared, "key");
    shared.run("a", &["--push", "STORE", "--sign-key", "key"], "echo 1 >{session}/state");
    let manifest = shared.files("demo-").pop().unwrap();
    let mut bytes = fs::read(&manifest).unwrap();
    bytes[60] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    let (got, says) = of_main(&shared, &["--trust-key", &public]);
    assert_eq!(got, "");
    assert!(says.contains(&format!("its signature by the key {public} is wrong")), "{says}");
    let listed = stdout(&shared.remote("ls", &[]));
    assert!(listed.contains("is wrong"), "{listed}");
}

#[test]
fn keys_are_for_their_owner_alone_and_never_overwritten() {
    let shared = Shared::new();
    let public = key(&shared, "key");
    let path = shared.path("key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!((text.trim().len(), public.len()), (64, 64));
    assert_ne!(text.trim(), public);
    assert_ne!(key(&shared, "another"), public);

    let again = incrdir(&["remote", "keygen", path.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("is there already"), "{}", stderr(&again));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let output = shared.run("a", &["--push", "STORE", "--sign-key", "key"], "touch ran");
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains("`chmod 600 key`"), "{}", stderr(&output));
    fs::write(shared.path("short"), "abc").unwrap();
    fs::set_permissions(shared.path("short"), fs::Permissions::from_mode(0o600)).unwrap();
    let output = shared.run("a", &["--push", "STORE", "--sign-key", "short"], "touch ran");
    assert!(stderr(&output).contains("it is not an ed25519 key of 64"), "{}", stderr(&output));
    assert!(!shared.path("ran").exists());
}
