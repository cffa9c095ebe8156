//! `incrdir stats`: what the records tell, and nothing else.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;

use common::{Cache, incrdir, stderr, stdout};
use serde_json::Value;

fn stats(cache: &Cache) -> Value {
    let root = cache.root();
    let output = incrdir(&["stats", root.to_str().unwrap(), "--format", "json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn starts_are_counted_with_their_reasons() {
    let cache = Cache::new();
    let run = |options: &[&str], script: &str| {
        let options = [&["--keep", "9", "--seed", "copy"], options].concat();
        assert!(cache.run(&options, script).status.success());
    };
    run(&["--key", "main"], "head -c 1000 /dev/urandom >$INCRDIR_SESSION/f");
    run(&["--key", "main"], "sleep 0.2; echo 1 >$INCRDIR_SESSION/g");
    let cold = ["run", "--root", cache.root().to_str().unwrap(), "--unit", "demo", "--key", "main"]
        .map(String::from);
    let mut cold = cold.to_vec();
    cold.extend(["--keep", "9", "--seed", "none", "--", "true"].map(String::from));
    assert!(incrdir(&cold).status.success());
    run(&["--key", "b", "--or-key", "main"], "true");
    let document = stats(&cache);
    let of = |unit: &str| {
        let units = document["units"].as_array().unwrap();
        units.iter().find(|it| it["unit"].as_str().unwrap() == unit).unwrap().clone()
    };
    let main =
        document["units"].as_array().unwrap().iter().find(|unit| unit["sessions"] == 3).unwrap();
    let branch =
        of(cache.units().iter().find(|unit| **unit != main["unit"].as_str().unwrap()).unwrap());
    assert_eq!((&main["warm"], &main["recorded"]), (&1.into(), &3.into()), "{main:#}");
    assert_eq!(
        main["cold"],
        serde_json::json!({"nothing_there": 1, "asked_for": 1, "none_usable": 0})
    );
    assert_eq!(
        (&main["taken_over"]["bytes"], &main["written"]["bytes"]),
        (&1000.into(), &1002.into())
    );
    assert_eq!(main["seeds"], serde_json::json!({"copy": 2, "none": 1}));
    let (warm, cold) =
        (main["warm_seconds"].as_f64().unwrap(), main["cold_seconds"].as_f64().unwrap());
    assert!(warm >= 0.2 && cold < warm, "{main:#}");
    assert_eq!(
        (&branch["warm"], &branch["from_other_units"]),
        (&1.into(), &1.into()),
        "{branch:#}"
    );
    assert_eq!(document["total"]["warm"], 2);
}

#[test]
fn what_the_records_do_not_tell_is_not_made_up() {
    let cache = Cache::new();
    cache.run(&["--keep", "9"], "echo 1 >$INCRDIR_SESSION/f");
    // There is one, and it cannot be used.
    fs::write(cache.published()[0].join("f"), "damaged, and longer").unwrap();
    let held =
        cache.published()[0].to_str().unwrap().rsplit_once('-').unwrap().0.to_string() + ".lock";
    let held = fs::File::open(held).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    cache.run(&["--keep", "9"], "true");
    // rustc's tells nothing.
    fs::create_dir(cache.unit().join("s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb")).unwrap();
    let document = stats(&cache);
    let unit = &document["units"][0];
    assert_eq!(
        (&unit["sessions"], &unit["recorded"], &unit["busy"]),
        (&3.into(), &1.into(), &1.into())
    );
    assert_eq!(unit["cold"]["none_usable"], 1, "{unit:#}");
    assert_eq!(unit["warm_seconds"], Value::Null);
    let said = stdout(&incrdir(&["stats", cache.root().to_str().unwrap()]));
    let last = said.lines().last().unwrap();
    assert_eq!(
        last,
        "from the records of 1 of 3 sessions, 1 without a record, 1 in use; what was collected left no record"
    );
    drop(held);
}
