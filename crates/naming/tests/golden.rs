//! Names that are known to the byte: of real compilers, of the ends of every range, and of nobody.

use std::collections::BTreeMap;

use incrdir_naming::{
    EntryName, Hash, Key, NameError, SessionName, State, Timestamp, TimestampError, UnitName,
    base36,
};

const KEY: &str = "hce0fdbqzv-1z141z3";

fn classify(name: &str) -> EntryName {
    EntryName::classify(name.as_bytes()).unwrap_or_else(|| panic!("{name} is foreign"))
}

fn assert_foreign(name: impl AsRef<[u8]>) {
    let name = name.as_ref();
    assert_eq!(EntryName::classify(name), None, "{}", name.escape_ascii());
}

#[test]
fn instants() {
    for (text, micros) in
        [("hce0fdbqzv", 1_761_470_609_925_739), ("hf1honhfah", 1_768_952_772_071_081)]
    {
        let stamp = Timestamp::from_micros(micros).unwrap();
        assert_eq!(stamp.to_string(), text);
        assert_eq!(stamp.micros(), micros);
        assert_eq!(classify(&format!("l-{text}-0000000")), EntryName::Birth(Key::new(stamp, 0)));
    }
}

#[test]
fn widths_are_those_of_the_largest_numbers() {
    for (text, value, width) in [
        ("1z141z3", u32::MAX.into(), base36::U32_WIDTH),
        ("3w5e11264sgsf", u64::MAX.into(), base36::U64_WIDTH),
        ("f5lxx1zz5pnorynqglhzmsp33", u128::MAX, base36::U128_WIDTH),
    ] {
        assert_eq!(text.len(), width);
        assert_eq!(base36::padded(value, width).to_string(), text);
        assert_eq!(base36::parse(text.as_bytes()), Some(value));
    }
    assert_eq!(base36::parse(b"f5lxx1zz5pnorynqglhzmsp34"), None);
    assert_eq!(base36::parse(b"0f5lxx1zz5pnorynqglhzmsp33"), Some(u128::MAX));
}

#[test]
fn padding_never_cuts() {
    assert_eq!(base36::padded(1295_u32, 1).to_string(), "zz");
    assert_eq!(base36::padded(0_u32, 0).to_string(), "0");
    assert_eq!(base36::padded(35_u32, 30).to_string(), "00000000000000000000000000000z");
}

#[test]
fn names_of_real_compilers_print_as_they_were_read() {
    for (unit, name, session) in [
        ("demo-0l5si3gacvbvl", "demo", "s-hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb"),
        ("scratch-035omutqbfkbw", "scratch", "s-gux6borni0-16r3v1j-6n64tmwqzchtgqzwwim5amuga"),
    ] {
        let unit_name: UnitName = unit.parse().unwrap();
        assert_eq!(unit_name.name(), name);
        assert_eq!(unit_name.to_string(), unit);
        assert_eq!(UnitName::new(name, unit_name.id()), Ok(unit_name));

        let session_name: SessionName = session.parse().unwrap();
        assert!(session_name.is_published());
        assert_eq!(session_name.to_string(), session);
        assert_eq!(
            EntryName::Lock(session_name.key).to_string(),
            format!("{}.lock", &session[..20])
        );
        let State::Published(hash) = session_name.state else { panic!("{session}") };
        let canonical = Key::new(session_name.key.timestamp(), session_name.key.rand());
        assert_eq!(canonical.published(Hash::new(hash.value())), session_name);
    }
}

#[test]
fn every_kind_has_its_spelling() {
    let key = Key::new(Timestamp::from_micros(1_761_470_609_925_739).unwrap(), u32::MAX);
    assert_eq!(key.to_string(), KEY);
    for (entry, text) in [
        (key.working().into(), format!("s-{KEY}-working")),
        (key.published(Hash::new(u128::MAX)).into(), format!("s-{KEY}-f5lxx1zz5pnorynqglhzmsp33")),
        (EntryName::Lock(key), format!("s-{KEY}.lock")),
        (EntryName::Birth(key), format!("l-{KEY}")),
        (EntryName::Tombstone(key, 0), format!("d-{KEY}")),
        (EntryName::Tombstone(key, 1), format!("d-{KEY}-1")),
        (EntryName::Tombstone(key, 36), format!("d-{KEY}-10")),
        (EntryName::Tombstone(key, u32::MAX), format!("d-{KEY}-1z141z3")),
        (EntryName::Quarantined(key), format!("q-{KEY}")),
        (EntryName::QuarantineLock(key), format!("q-{KEY}.lock")),
        (EntryName::Pin(key), format!("p-{KEY}")),
    ] {
        assert_eq!(entry.to_string(), text);
        assert_eq!(classify(&text), entry);
        assert_eq!(text.parse(), Ok(entry));
        assert_eq!(entry.key(), Some(key));
    }
    assert_eq!(classify("p-unit"), EntryName::UnitPin);
    assert_eq!(EntryName::UnitPin.to_string(), "p-unit");
    assert_eq!(EntryName::UnitPin.key(), None);
}

fn key_of(name: &str) -> Key {
    classify(name).key().expect("a name with a key")
}

/// Old compilers padded neither number; whoever pads on reading looks for the wrong lock file.
#[test]
fn old_spellings_keep_their_lock_file() {
    let EntryName::Session(old) = classify("s-hce0fdbqzv-1-3w5e11264sgsf") else { panic!() };
    assert_eq!(old.key.rand(), 1);
    assert_eq!(EntryName::Lock(old.key).to_string(), "s-hce0fdbqzv-1.lock");
    assert_eq!(old.key.working().to_string(), "s-hce0fdbqzv-1-working");
    assert_eq!(EntryName::Tombstone(old.key, 0).to_string(), "d-hce0fdbqzv-1");
    assert_ne!(Some(old.key), classify("s-hce0fdbqzv-01.lock").key());
    assert_ne!(old.key, Key::new(old.key.timestamp(), 1));
}

/// The seed looks for a session's files by prefix, so that `s-T-1` takes those of `s-T-12` as well.
#[test]
fn f10_a_lock_belongs_to_the_whole_key() {
    let mut found = BTreeMap::<Key, Vec<&str>>::new();
    for name in ["s-hce0fdbqzv-1-7", "s-hce0fdbqzv-12-7", "s-hce0fdbqzv-12.lock"] {
        found.entry(key_of(name)).or_default().push(name);
    }
    let found: Vec<_> = found.into_values().collect();
    assert_eq!(
        found,
        [vec!["s-hce0fdbqzv-1-7"], vec!["s-hce0fdbqzv-12-7", "s-hce0fdbqzv-12.lock"]]
    );
}

/// The seed deletes whatever starts with `s-` and has no lock file.
#[test]
fn f15_a_name_that_does_not_parse_completely_is_foreign() {
    for name in ["", "s", "s-", "s-notes", "s--", "s--working", "s.lock", "lost+found", "working"] {
        assert_foreign(name);
    }
    for tail in [
        "",
        "-",
        "-working-",
        "-working.lock",
        "-Working",
        "-workin_",
        "--1",
        "-1-",
        "-1-1",
        "-+1",
        "- 1",
        "-1 ",
        "-1\n",
        "-1\0",
        "-1/",
        "-1.gz",
        "-1~",
        "-1.lock",
        ".lock.gz",
        ".lock~",
        ".LOCK",
        ".lock-1",
        "-.lock",
        ".lock.lock",
        "lock",
        ".",
    ] {
        assert_foreign(format!("s-{KEY}{tail}"));
    }
    for head in ["S-", "s", "s_", "-s-", " s-", "ss-", "./s-", "t-", "s-s-"] {
        assert_foreign(format!("{head}{KEY}-working"));
    }
    assert_foreign(b"s-hce0fdbqzv-1z141z3-\xff");
    assert_foreign(b"s-hce0fdbqz\xff-1z141z3.lock");
    assert_foreign("s-hce0fdbqzv-1z141z3-ö");
}

#[test]
fn f15_the_other_kinds_are_as_strict() {
    for name in ["l-{}.lock", "l-{}-1", "l-{}-working", "l-{}-", "L-{}"]
        .into_iter()
        .chain([
            "d-{}.lock",
            "d-{}-",
            "d-{}-0",
            "d-{}-01",
            "d-{}-1-1",
            "d-{}-1z141z4",
            "d-{}-1.lock",
        ])
        .chain(["q-{}-1", "q-{}-working", "q-{}-", "q-{}.lock.lock", "q-{}.lock-"])
    {
        assert_foreign(name.replace("{}", KEY));
    }
}

#[test]
fn numbers_out_of_range_are_foreign() {
    for key in [
        "hce0fdbqzv-",
        "-1",
        "hce0fdbqz-1",
        "0hce0fdbqzv-1",
        "hce0fdbqzV-1",
        "+ce0fdbqzv-1",
        "hce0fdbqzv-1z141z4",
        "hce0fdbqzv-zzzzzzz",
        "hce0fdbqzv-00000001",
        "hce0fdbqzv-A",
        "hce0fdbqzv--1",
    ] {
        for name in ["s-{}-working", "s-{}.lock", "l-{}", "d-{}", "q-{}", "q-{}.lock"] {
            assert_foreign(name.replace("{}", key));
        }
    }
}

#[test]
fn hashes_have_up_to_13_or_exactly_25_digits() {
    for digits in 1..=30 {
        let name = format!("s-{KEY}-{}", "1".repeat(digits));
        if digits <= 13 || digits == 25 {
            assert_eq!(classify(&name).to_string(), name);
        } else {
            assert_foreign(name);
        }
    }
    assert_foreign(format!("s-{KEY}-f5lxx1zz5pnorynqglhzmsp34"));
    // An old hash had 64 bits, but a reader of 13 digits need not insist.
    assert_eq!(key_of(&format!("s-{KEY}-zzzzzzzzzzzzz")).to_string(), KEY);
}

/// `working` would also read as an unpadded hash of seven digits.
#[test]
fn working_is_a_state_and_not_a_hash() {
    let EntryName::Session(name) = classify(&format!("s-{KEY}-working")) else { panic!() };
    assert_eq!(name.state, State::Working);
    assert!(!name.is_published());
    let EntryName::Session(name) = classify(&format!("s-{KEY}-workinf")) else { panic!() };
    assert!(name.is_published());
}

/// The seed panics at a clock outside of 1970 to 2085, and at a stamp from there in a name.
#[test]
fn f27_the_end_of_time_is_an_error() {
    let last = Timestamp::MAX;
    assert_eq!(last.micros(), 36_u64.pow(10) - 1 - 3_600_000_000);
    assert_eq!(Timestamp::from_micros(last.micros()), Ok(last));
    assert_eq!(last.next(), Err(TimestampError::TooLate));
    assert_eq!(Timestamp::from_micros(last.micros() - 1).unwrap().next(), Ok(last));
    for micros in [last.micros() + 1, 36_u64.pow(10) - 1, 36_u64.pow(10), u64::MAX] {
        assert_eq!(Timestamp::from_micros(micros), Err(TimestampError::TooLate));
    }

    assert_eq!(key_of(&format!("l-{last}-1")).timestamp(), last);
    let later = base36::padded(last.micros() + 1, 10);
    for stamp in [later.to_string(), "zzzzzzzzzz".into()] {
        assert_foreign(format!("s-{stamp}-1z141z3-working"));
        assert_foreign(format!("s-{stamp}-1z141z3.lock"));
    }
    assert_eq!(key_of("l-0000000000-0").timestamp(), Timestamp::from_micros(0).unwrap());
}

#[test]
fn unit_names_keep_dashes_and_dots() {
    for (text, name) in [
        ("a-0000000000000", "a"),
        ("a-b.c--0000000000000", "a-b.c-"),
        ("--0000000000000", "-"),
        (".-0000000000000", "."),
        ("größe 1-3w5e11264sgsf", "größe 1"),
        ("a-0000000000000-0000000000000", "a-0000000000000"),
    ] {
        let unit: UnitName = text.parse().unwrap();
        assert_eq!((unit.name(), unit.to_string().as_str()), (name, text));
        assert!(unit.is_canonical(), "{text}");
    }
}

/// Old compilers did not pad the id of a unit: a quarter of all of them have 12 digits or fewer.
#[test]
fn unit_names_of_old_compilers_keep_their_spelling() {
    for (text, name, id) in [
        ("regex-3w5e11264sgs", "regex", 512_409_557_603_043_100),
        ("regex-03w5e11264sgs", "regex", 512_409_557_603_043_100),
        ("a-b-1", "a-b", 1),
        ("a-b-0", "a-b", 0),
        ("a-000000000000", "a", 0),
    ] {
        let unit: UnitName = text.parse().unwrap();
        assert_eq!((unit.name(), unit.to_string().as_str()), (name, text));
        assert_eq!(unit.id(), id, "{text}");
        // What we write is padded, and another directory.
        let written = UnitName::new(name, id).unwrap();
        assert_eq!(written == unit, unit.is_canonical(), "{text}");
    }
    assert_eq!(
        UnitName::parse(format!("{}-0", "n".repeat(253)).as_bytes())
            .map(|unit| unit.to_string().len()),
        Some(255)
    );
    assert_eq!(UnitName::parse(format!("{}-0", "n".repeat(254)).as_bytes()), None);
}

#[test]
fn other_directories_are_no_units() {
    for text in [
        "",
        "a",
        "-0000000000000",
        "0000000000000",
        "a0000000000000",
        "a_0000000000000",
        "a-",
        "a-00000000000000",
        "a-000000000000A",
        "a-+000000000000",
        "a-3w5e11264sgsg",
        "a-0000000000000 ",
        "a-0000000000000.gz",
        "a/b-0000000000000",
        "a\\b-0000000000000",
        "a:b-0000000000000",
        "a\nb-0000000000000",
        "a\0-0000000000000",
        "a-ö00000000000",
    ] {
        assert_eq!(UnitName::parse(text.as_bytes()), None, "{text:?}");
        assert!(matches!(text.parse::<UnitName>(), Err(NameError::Malformed { .. })), "{text:?}");
    }
    assert_eq!(UnitName::parse(b"\xff-0000000000000"), None);
}

#[test]
fn what_a_unit_may_not_be_called_is_said() {
    for character in "/\\<>:\"|?*\0\n\x1f\x7f\u{85}".chars() {
        let error = UnitName::new(&format!("a{character}b"), 0).unwrap_err();
        assert!(
            matches!(error, NameError::ForbiddenCharacter { character: c, .. } if c == character),
            "{error:?}"
        );
    }
    assert_eq!(UnitName::new("", 0), Err(NameError::EmptyUnit));

    let longest = UnitName::new(&"ö".repeat(120), 0).unwrap();
    assert_eq!(longest.to_string().len(), 254);
    assert!(UnitName::new(&"ö".repeat(121), 0).is_err());
    let longest = UnitName::new(&"n".repeat(241), 0).unwrap();
    assert_eq!(longest.to_string().len(), 255);
    let error = UnitName::new(&"n".repeat(242), 0).unwrap_err();
    assert_eq!(error.to_string(), "the name of a unit has 242 bytes and may have 241: shorten it");
    assert_eq!(UnitName::parse(format!("{}-0000000000000", "n".repeat(242)).as_bytes()), None);
}

#[test]
fn errors_quote_what_they_refuse() {
    let error = "s-a\nb".parse::<SessionName>().unwrap_err();
    assert_eq!(error.to_string(), r#""s-a\nb" is not a session name"#);
    let error = format!("s-{KEY}.lock").parse::<SessionName>().unwrap_err();
    assert_eq!(error.to_string(), format!(r#""s-{KEY}.lock" is not a session name"#));
    let error = "x".parse::<EntryName>().unwrap_err();
    assert_eq!(error.to_string(), r#""x" is not the name of anything in a unit"#);
}

#[test]
fn devices_of_windows_are_no_units() {
    for name in ["nul.json", "CON.", "aux.a.b", "Com1.x", "lpt9.x", "com\u{b2}.x", "con .x"] {
        let error = UnitName::new(name, 1).unwrap_err();
        assert!(matches!(error, NameError::Device { .. }), "{name}: {error}");
        assert_eq!(UnitName::parse(format!("{name}-0000000000001").as_bytes()), None, "foreign");
    }
    // The id follows: Windows sees another name.
    for name in ["con", "nul", "com1", "console.x", "com.x", "com10.x", "x.con"] {
        UnitName::new(name, 1).unwrap();
    }
}
