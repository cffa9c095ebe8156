//! What holds for every name, ours or not.

use std::collections::BTreeSet;

use incrdir_naming::{EntryName, Hash, Key, State, Timestamp, UnitName, base36};
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn timestamp() -> impl Strategy<Value = Timestamp> {
    let max = Timestamp::MAX.micros();
    prop_oneof![0..=max, 0..1000_u64, max - 1000..=max]
        .prop_map(|micros| Timestamp::from_micros(micros).expect("in range"))
}

/// Numbers of every magnitude: `any` alone hardly ever makes a small one.
fn number() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0..128_u32).prop_map(|(value, shift)| value >> shift)
}

fn rand() -> impl Strategy<Value = u32> {
    (any::<u32>(), 0..32_u32).prop_map(|(value, shift)| value >> shift)
}

fn canonical_key() -> impl Strategy<Value = Key> {
    (timestamp(), rand()).prop_map(|(timestamp, rand)| Key::new(timestamp, rand))
}

/// Keys in all the spellings that a name can have.
fn key() -> impl Strategy<Value = Key> {
    (timestamp(), rand(), 1..=base36::U32_WIDTH).prop_map(|(timestamp, rand, width)| {
        let name = format!("l-{timestamp}-{}", base36::padded(rand, width));
        EntryName::classify(name.as_bytes()).expect("ours").key().expect("a key")
    })
}

fn hash() -> impl Strategy<Value = Hash> {
    let old = (any::<u64>(), 0..64_u32, 1..=base36::U64_WIDTH).prop_map(|(value, shift, width)| {
        let name = format!("s-0000000000-0-{}", base36::padded(value >> shift, width));
        match EntryName::classify(name.as_bytes()) {
            Some(EntryName::Session(name)) => name.state,
            other => panic!("{name} is {other:?}"),
        }
    });
    prop_oneof![
        number().prop_map(Hash::new),
        old.prop_filter_map("a hash", |state| match state {
            State::Published(hash) => Some(hash),
            State::Working => None,
        }),
    ]
}

fn entry_of(key: impl Strategy<Value = Key>) -> impl Strategy<Value = EntryName> {
    (key, hash(), rand(), any::<Index>())
        .prop_map(|(key, hash, number, index)| *index.get(&all_of(key, hash, number)))
}

fn entry() -> impl Strategy<Value = EntryName> {
    entry_of(key())
}

/// One name of each kind.
fn all_of(key: Key, hash: Hash, number: u32) -> [EntryName; 9] {
    [
        key.working().into(),
        key.published(hash).into(),
        EntryName::Lock(key),
        EntryName::Birth(key),
        EntryName::Tombstone(key, 0),
        EntryName::Tombstone(key, number.max(1)),
        EntryName::Quarantined(key),
        EntryName::QuarantineLock(key),
        EntryName::Pin(key),
    ]
}

fn unit() -> impl Strategy<Value = UnitName> {
    let name = "[^/\\\\<>:\"|?*\\p{Cc}]{1,60}|[a-z_-]{1,241}";
    (name, number(), 0..=base36::U64_WIDTH).prop_map(|(name, id, width)| {
        let id = (id & u128::from(u64::MAX)) as u64;
        // Padded in full, or as an old compiler spells it, with some zeros before it perhaps.
        match width {
            base36::U64_WIDTH => UnitName::new(&name, id).expect("a good name"),
            width => format!("{name}-{}", base36::padded(id, width)).parse().expect("a good name"),
        }
    })
}

/// One way of spoiling a name.
#[derive(Debug, Clone)]
enum Mutation {
    Insert(Index, u8),
    Replace(Index, u8),
    Remove(Index),
    UpperCase(Index),
    Truncate(Index),
    Append(&'static str),
    Prepend(&'static str),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    let byte = || prop_oneof![select(b"-.+_ 019azAZ\0\n\xff/".as_slice()), any::<u8>()];
    let affix = || {
        select(&[".gz", ".lock", "-", "-1", "-0", "0", "+", " ", "\n", "~", "-working", "s-", "d-"])
    };
    prop_oneof![
        (at(), byte()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        at().prop_map(Mutation::Remove),
        at().prop_map(Mutation::UpperCase),
        at().prop_map(Mutation::Truncate),
        affix().prop_map(Mutation::Append),
        affix().prop_map(Mutation::Prepend),
    ]
}

impl Mutation {
    fn apply(&self, name: &mut Vec<u8>) {
        let len = name.len();
        match self {
            Self::Insert(at, byte) => name.insert(at.index(len + 1), *byte),
            Self::Append(affix) => name.extend(affix.bytes()),
            Self::Prepend(affix) => drop(name.splice(0..0, affix.bytes())),
            _ if len == 0 => {}
            Self::Replace(at, byte) => name[at.index(len)] = *byte,
            Self::Remove(at) => drop(name.remove(at.index(len))),
            Self::UpperCase(at) => name[at.index(len)].make_ascii_uppercase(),
            Self::Truncate(at) => name.truncate(at.index(len)),
        }
    }
}

fn mutated(name: impl ToString, mutations: &[Mutation]) -> Vec<u8> {
    let mut name = name.to_string().into_bytes();
    mutations.iter().for_each(|mutation| mutation.apply(&mut name));
    name
}

/// The key property: what is not foreign prints as the very bytes it was read from.
fn check_spelling(name: &[u8]) -> Result<(), TestCaseError> {
    if let Some(entry) = EntryName::classify(name) {
        let printed = entry.to_string();
        prop_assert_eq!(printed.as_bytes(), name);
    }
    if let Some(unit) = UnitName::parse(name) {
        let printed = unit.to_string();
        prop_assert_eq!(printed.as_bytes(), name);
        prop_assert!(name.len() <= 255);
    }
    Ok(())
}

/// The table of names once more, in other words.
fn is_ours(name: &str) -> bool {
    let fits = |digits: &str, widths: &[usize], max: u128| {
        widths.contains(&digits.len())
            && digits.bytes().all(|b| b"0123456789abcdefghijklmnopqrstuvwxyz".contains(&b))
            && u128::from_str_radix(digits, 36).is_ok_and(|value| value <= max)
    };
    let is_key = |time: &str, rand: &str| {
        fits(time, &[10], Timestamp::MAX.micros().into())
            && fits(rand, &[1, 2, 3, 4, 5, 6, 7], u32::MAX.into())
    };
    let is_hash =
        |hash: &str| fits(hash, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25], u128::MAX);
    let is_count =
        |n: &str| fits(n, &[1, 2, 3, 4, 5, 6, 7], u32::MAX.into()) && !n.starts_with('0');
    match *name.split('-').collect::<Vec<_>>() {
        ["s", time, rand, hash] => is_key(time, rand) && is_hash(hash),
        ["d", time, rand, number] => is_key(time, rand) && is_count(number),
        ["l" | "d" | "p", time, rand] => is_key(time, rand),
        ["p", "unit"] => true,
        ["q", time, rand] => is_key(time, rand.strip_suffix(".lock").unwrap_or(rand)),
        ["s", time, rand] => rand.strip_suffix(".lock").is_some_and(|rand| is_key(time, rand)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn numbers_round_trip(value in number(), width in 0..40_usize) {
        let text = base36::padded(value, width).to_string();
        prop_assert!(text.len() >= width);
        prop_assert_eq!(u128::from_str_radix(&text, 36), Ok(value));
        prop_assert_eq!(base36::parse(text.as_bytes()), Some(value));
    }

    #[test]
    fn every_kind_round_trips(entry in entry()) {
        let text = entry.to_string();
        prop_assert_eq!(EntryName::classify(text.as_bytes()), Some(entry));
        prop_assert_eq!(text.parse(), Ok(entry));
    }

    #[test]
    fn what_is_read_says_what_was_written(
        timestamp in timestamp(), rand in rand(), hash in number()
    ) {
        let name = Key::new(timestamp, rand).published(Hash::new(hash)).to_string();
        prop_assert_eq!(name.len(), 2 + 10 + 1 + 7 + 1 + 25);
        let Some(EntryName::Session(name)) = EntryName::classify(name.as_bytes()) else {
            return Err(TestCaseError::fail(name));
        };
        prop_assert_eq!(name.key.timestamp(), timestamp);
        prop_assert_eq!(name.key.rand(), rand);
        let State::Published(read) = name.state else { return Err(TestCaseError::fail("working")) };
        prop_assert_eq!(read.value(), hash);
    }

    #[test]
    fn units_round_trip(unit in unit()) {
        let text = unit.to_string();
        prop_assert_eq!(UnitName::parse(text.as_bytes()), Some(unit.clone()));
        prop_assert_eq!(text.parse(), Ok(unit));
    }

    #[test]
    fn no_two_kinds_claim_one_name(key in key(), hash in hash(), number in rand()) {
        let all = all_of(key, hash, number);
        let names: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
        prop_assert_eq!(names.len(), all.len());
        prop_assert!(all.iter().all(|entry| entry.key() == Some(key)));
    }

    #[test]
    fn different_entries_have_different_names(a in entry(), b in entry()) {
        prop_assert_eq!(a == b, a.to_string() == b.to_string());
    }

    #[test]
    fn canonical_names_order_as_their_keys(
        a in canonical_key(), b in canonical_key(), hash in number(), nearby in any::<bool>()
    ) {
        let b = if nearby { Key::new(a.timestamp(), b.rand()) } else { b };
        let hash = Hash::new(hash);
        let order = a.cmp(&b);
        prop_assert_eq!(order, (a.timestamp(), a.rand()).cmp(&(b.timestamp(), b.rand())));
        prop_assert_eq!(order, a.to_string().cmp(&b.to_string()));
        prop_assert_eq!(order, a.working().to_string().cmp(&b.working().to_string()));
        for (a, b) in all_of(a, hash, 1).into_iter().zip(all_of(b, hash, 1)) {
            prop_assert_eq!(order, a.to_string().cmp(&b.to_string()));
        }
    }

    #[test]
    fn time_comes_before_spelling(a in key(), b in key()) {
        if a.timestamp() != b.timestamp() {
            prop_assert_eq!(a.cmp(&b), a.timestamp().cmp(&b.timestamp()));
        } else if a.rand() != b.rand() {
            prop_assert_eq!(a.cmp(&b), a.rand().cmp(&b.rand()));
        }
    }

    #[test]
    fn spoilt_names_are_foreign_or_spell_themselves(
        entry in entry(), unit in unit(), mutations in prop::collection::vec(mutation(), 1..4)
    ) {
        check_spelling(&mutated(entry, &mutations))?;
        check_spelling(&mutated(unit, &mutations))?;
    }

    #[test]
    fn any_bytes_are_foreign_or_spell_themselves(name in prop::collection::vec(any::<u8>(), 0..300)) {
        check_spelling(&name)?;
    }

    #[test]
    fn a_byte_that_we_never_write_makes_a_name_foreign(
        entry in entry(), at in any::<Index>(), byte in any::<u8>(), instead in any::<bool>()
    ) {
        prop_assume!(!matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'.'));
        let mutation = if instead { Mutation::Replace(at, byte) } else { Mutation::Insert(at, byte) };
        prop_assert_eq!(EntryName::classify(&mutated(entry, &[mutation])), None);
    }

    #[test]
    fn the_table_is_what_is_read(
        name in "[sldqpx]-[0-9a-f]{10}-[0-9a-z]{0,6}(-[0-9a-z]{0,8}|-[0-9a-f]{12,26}|-working)?(\\.lock)?",
        mutations in prop::collection::vec(mutation(), 0..2)
    ) {
        let name = mutated(name, &mutations);
        let expected = std::str::from_utf8(&name).is_ok_and(is_ours);
        prop_assert_eq!(EntryName::classify(&name).is_some(), expected, "{}", name.escape_ascii());
    }
}

#[cfg(feature = "std")]
mod clock {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::*;
    use incrdir_naming::TimestampError;

    fn system_time() -> impl Strategy<Value = SystemTime> {
        let around_the_end = Timestamp::MAX.micros() / 1_000_000;
        let seconds = prop_oneof![
            (any::<u64>(), 0..64_u32).prop_map(|(seconds, shift)| seconds >> shift),
            around_the_end - 1..=around_the_end + 1,
        ];
        (seconds, 0..1_000_000_000_u32, any::<bool>()).prop_filter_map(
            "a time that the system can hold",
            |(seconds, nanos, after)| {
                let distance = Duration::new(seconds, nanos);
                if after {
                    UNIX_EPOCH.checked_add(distance)
                } else {
                    UNIX_EPOCH.checked_sub(distance)
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn f27_no_clock_is_a_panic(time in system_time()) {
            let microsecond = Duration::from_micros(1);
            match Timestamp::from_system_time(time) {
                Ok(stamp) => {
                    let rounded = stamp.to_system_time();
                    prop_assert!(rounded <= time && time < rounded + microsecond);
                    prop_assert_eq!(Timestamp::from_system_time(rounded), Ok(stamp));
                }
                Err(TimestampError::BeforeEpoch) => prop_assert!(time < UNIX_EPOCH),
                Err(TimestampError::TooLate) => {
                    prop_assert!(time >= Timestamp::MAX.to_system_time() + microsecond);
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
        }
    }

    #[test]
    fn f27_the_last_nanosecond_before_1970_and_the_first_after_the_end() {
        // On Windows, times have steps of 100 ns.
        let nanosecond = Duration::from_nanos(if cfg!(windows) { 100 } else { 1 });
        let from = Timestamp::from_system_time;
        assert_eq!(from(UNIX_EPOCH - nanosecond), Err(TimestampError::BeforeEpoch));
        assert_eq!(from(UNIX_EPOCH).unwrap().micros(), 0);
        let end = Timestamp::MAX.to_system_time() + Duration::from_micros(1);
        assert_eq!(from(end - nanosecond), Ok(Timestamp::MAX));
        assert_eq!(from(end), Err(TimestampError::TooLate));
        // 2^64 microseconds would wrap to 1970. Not every system can hold them.
        if let Some(wrapped) = UNIX_EPOCH.checked_add(Duration::from_secs(u64::MAX / 1_000_000 + 1))
        {
            assert_eq!(from(wrapped), Err(TimestampError::TooLate));
        }
    }
}
