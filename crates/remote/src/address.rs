//! Where in a store, and whom to trust there.

use std::time::Duration;

use incrdir_naming::UnitName;

use crate::manifest::{Sealed, Signer, Verifier};
use crate::{GRACE, Scope, Unfit};

/// A unit in a store, as one writer or reader sees it.
///
/// ```
/// use incrdir_remote::{Address, Scope};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let unit = "myproject-0l5si3gacvbvl".parse()?;
/// let address = Address::new(unit, "main".parse()?);
/// # assert_eq!(address.scope.as_str(), "main");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Address {
    /// The unit: the same name and id as here.
    pub unit: UnitName,
    /// The scope that is one's own: what is pushed goes there, and what is there is believed without a signature, because
    /// whoever may write there may decide what its readers get.
    pub scope: Scope,
    /// Other scopes to pull from, `main` for a branch: only what one of [`keys`](Self::keys) has signed.
    pub reads: Vec<Scope>,
    /// The keys that are trusted.
    pub keys: Vec<Verifier>,
    /// Whether what is in one's own scope needs a signature too. Default: no.
    pub signed_only: bool,
    /// What manifests are signed with. Default: nothing.
    pub signer: Option<Signer>,
    /// The grace of the store: see [`GRACE`], its default.
    pub grace: Duration,
}

impl Address {
    /// One's own scope of a unit, without keys.
    pub fn new(unit: UnitName, scope: Scope) -> Self {
        let (reads, keys) = (Vec::new(), Vec::new());
        Self { unit, scope, reads, keys, signed_only: false, signer: None, grace: GRACE }
    }

    /// Sets [`reads`](Self::reads).
    pub fn reads(self, reads: Vec<Scope>) -> Self {
        Self { reads, ..self }
    }

    /// Sets [`keys`](Self::keys).
    pub fn keys(self, keys: Vec<Verifier>) -> Self {
        Self { keys, ..self }
    }

    /// Sets [`signed_only`](Self::signed_only).
    pub fn signed_only(self, signed_only: bool) -> Self {
        Self { signed_only, ..self }
    }

    /// Sets [`signer`](Self::signer).
    pub fn signer(self, signer: Option<Signer>) -> Self {
        Self { signer, ..self }
    }

    /// Sets [`grace`](Self::grace).
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// The same of another unit.
    pub fn of(&self, unit: UnitName) -> Self {
        Self { unit, ..self.clone() }
    }

    /// All scopes that are read, one's own first.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        std::iter::once(&self.scope).chain(self.reads.iter().filter(|scope| **scope != self.scope))
    }

    /// Whether a manifest of this scope may be believed.
    pub(crate) fn trusts(&self, scope: &Scope, sealed: &Sealed) -> Result<(), Unfit> {
        let is_signed = sealed.is_signed_by(&self.keys).map_err(crate::Hostile::from)?;
        let is_own = *scope == self.scope && !self.signed_only;
        match is_signed || is_own {
            true => Ok(()),
            false => Err(Unfit::Unsigned),
        }
    }
}
