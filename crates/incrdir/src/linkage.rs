//! Whether the files of a session are its own.

/// The files of the session are its own: they may be written to in place.
#[derive(Debug)]
pub struct Private;

/// Files of the session may be those of the published one: they must be replaced, never written to in place.
#[derive(Debug)]
pub struct Linked;

/// Whether files of a session may be those of a published one: [`Private`] or [`Linked`].
pub trait Linkage: std::fmt::Debug + sealed::Sealed {}

impl Linkage for Private {}
impl Linkage for Linked {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Private {}
    impl Sealed for super::Linked {}
}
