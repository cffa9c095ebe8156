//! Which object is where: the keys of everything in the store.
//!
//! ```text
//! 1/{unit}/{scope}/{ts}-{rand}-{hash}        manifest of a session
//! 1/o/{unit}/{scope}/{digest}-{random}       object: contents of files
//! 1/n/{unit}/{random}                        note: objects that no manifest named
//! 1/d/{unit}/{random}                        announcement: objects that are being deleted
//! 1/t/{unit}/{scope}                         replaced by whoever wants to know what time it is in the store
//! ```
//!
//! In names of units and scopes, all bytes but `a-z 0-9 . - _` are written as `=` and two hexadecimal digits: a directory that
//! knows no upper case is a store, too. A unit has a dash in its name, so it is none of `o`, `n`, `d`, `t`.

use incrdir_naming::{SessionName, UnitName};

use crate::Scope;
use crate::manifest::ObjectName;

/// The version of the layout.
const VERSION: &str = "1";

/// A name as it is in a key.
fn spelled(name: &str) -> String {
    let mut spelled = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => spelled.push(byte.into()),
            _ => spelled.push_str(&format!("={byte:02x}")),
        }
    }
    spelled
}

/// The name that is spelled like this. `None`: none is.
fn read(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let (byte, after) = match byte {
            b'=' => {
                let (digits, after) = after.split_at_checked(2)?;
                (u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, after)
            }
            byte => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    let name = String::from_utf8(bytes).ok()?;
    // One name has one key.
    (spelled(&name) == text).then_some(name)
}

fn scope_of(text: &str) -> Option<Scope> {
    read(text)?.parse().ok()
}

/// Where everything is.
pub(crate) const TOP: &str = "1/";

/// Where the clocks of all units are.
#[cfg(feature = "objects")]
pub(crate) const CLOCKS: &str = "1/t/";

/// Whether a key is one of these.
#[cfg(feature = "objects")]
pub(crate) fn is_ours(key: &str) -> bool {
    let Some(unit) = parse_unit(key) else { return false };
    let is_random =
        |name: &str| u64::from_str_radix(name, 16).is_ok_and(|it| format!("{it:016x}") == name);
    let numbered = |above: String| key.strip_prefix(&above).is_some_and(is_random);
    parse_manifest(&unit, key).is_some()
        || parse_object(&unit, key).is_some()
        || numbered(notes(&unit))
        || numbered(announcements(&unit))
        || key.strip_prefix(&times(&unit)).is_some_and(|scope| scope_of(scope).is_some())
}

/// Whose unit's an object is, whatever it is.
pub(crate) fn parse_unit(key: &str) -> Option<UnitName> {
    let rest = key.strip_prefix(TOP)?;
    let rest =
        ["o/", "n/", "d/", "t/"].iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
    let (unit, _) = rest.split_once('/')?;
    UnitName::parse(read(unit)?.as_bytes())
}

/// Where the manifests of all scopes of a unit are.
pub(crate) fn manifests(unit: &UnitName) -> String {
    format!("{VERSION}/{}/", spelled(&unit.to_string()))
}

pub(crate) fn manifest(unit: &UnitName, scope: &Scope, session: SessionName) -> String {
    let session = session.to_string();
    let name = session.strip_prefix("s-").unwrap_or(&session);
    format!("{}{}/{name}", manifests(unit), spelled(scope.as_str()))
}

/// Whose manifest a key is. `None`: no manifest's.
pub(crate) fn parse_manifest(unit: &UnitName, key: &str) -> Option<(Scope, SessionName)> {
    let (scope, name) = key.strip_prefix(&manifests(unit))?.split_once('/')?;
    let session: SessionName = format!("s-{name}").parse().ok()?;
    session.is_published().then_some((scope_of(scope)?, session))
}

/// Where the objects of all scopes of a unit are.
pub(crate) fn objects(unit: &UnitName) -> String {
    format!("{VERSION}/o/{}/", spelled(&unit.to_string()))
}

/// Where the objects of a scope are.
pub(crate) fn objects_of(unit: &UnitName, scope: &Scope) -> String {
    format!("{}{}/", objects(unit), spelled(scope.as_str()))
}

pub(crate) fn object(unit: &UnitName, scope: &Scope, name: ObjectName) -> String {
    format!("{}{name}", objects_of(unit, scope))
}

/// Which object a key is, of which scope. `None`: none.
pub(crate) fn parse_object(unit: &UnitName, key: &str) -> Option<(Scope, ObjectName)> {
    let (scope, name) = key.strip_prefix(&objects(unit))?.split_once('/')?;
    Some((scope_of(scope)?, name.parse().ok()?))
}

pub(crate) fn notes(unit: &UnitName) -> String {
    format!("{VERSION}/n/{}/", spelled(&unit.to_string()))
}

pub(crate) fn note(unit: &UnitName, random: u64) -> String {
    format!("{}{random:016x}", notes(unit))
}

pub(crate) fn announcements(unit: &UnitName) -> String {
    format!("{VERSION}/d/{}/", spelled(&unit.to_string()))
}

pub(crate) fn announcement(unit: &UnitName, random: u64) -> String {
    format!("{}{random:016x}", announcements(unit))
}

pub(crate) fn times(unit: &UnitName) -> String {
    format!("{VERSION}/t/{}/", spelled(&unit.to_string()))
}

pub(crate) fn time(unit: &UnitName, scope: &Scope) -> String {
    format!("{}{}", times(unit), spelled(scope.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let unit = UnitName::new("my unit ä=%", 7).unwrap();
        let scope: Scope = "ABC-1".parse().unwrap();
        let session = "s-hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb".parse().unwrap();
        let key = manifest(&unit, &scope, session);
        assert_eq!(
            key,
            "1/my=20unit=20=c3=a4=3d=25-0000000000007/=41=42=43-1/hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb"
        );
        assert_eq!(parse_manifest(&unit, &key), Some((scope.clone(), session)));
        assert_eq!(parse_unit(&key), Some(unit.clone()));
        let name = ObjectName { digest: [0xab; 32], random: 5 };
        let key = object(&unit, &scope, name);
        assert_eq!(parse_object(&unit, &key), Some((scope, name)));
        assert_eq!(parse_unit(&key), Some(unit));
    }

    #[test]
    fn other_names_are_foreign() {
        let unit = UnitName::new("unit", 7).unwrap();
        let top = manifests(&unit);
        for key in ["", "main", "main/x", "main/s-a-b-c", "main/hofbj985f4-1wf0why-working", "../x"]
        {
            assert_eq!(parse_manifest(&unit, &format!("{top}{key}")), None, "{key}");
        }
        let top = objects(&unit);
        let name = ObjectName { digest: [0xab; 32], random: 5 };
        for scope in ["Main", "=6dain", "main=", "=4D", "=ff"] {
            assert_eq!(parse_object(&unit, &format!("{top}{scope}/{name}")), None, "{scope}");
        }
        for key in ["main/ab-1", "main/x", "a b/x"] {
            assert_eq!(parse_object(&unit, &format!("{top}{key}")), None, "{key}");
        }
    }
}
