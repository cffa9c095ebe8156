//! Why an entry goes or stays, and which option has to do with it.

use incrdir_gc::Why;

/// The option that an outcome depends on. `None`: no option changes it.
pub(super) fn rule(why: Why) -> Option<&'static str> {
    match why {
        Why::Newest | Why::Obsolete | Why::LastWarm => Some("--keep"),
        Why::Unused => Some("--max-age"),
        Why::OverSize => Some("--max-size"),
        Why::LowSpace => Some("--free"),
        Why::Young | Why::LostLock | Why::NoSession | Why::Stillborn => Some("--grace"),
        Why::Quarantined | Why::LongQuarantined => Some("--quarantine"),
        _ => None,
    }
}
