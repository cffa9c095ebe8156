//! The manifests of a unit: which there are, and what they say.

use incrdir_naming::SessionName;

use crate::manifest::{MANIFEST_LIMIT, Manifest, Sealed, is_of};
use crate::{Address, Error, Hostile, Scope, SealError, Store, Unfit, layout};

/// The sessions that the store lists, of all scopes, the newest first.
pub(crate) fn sessions<S: Store>(
    store: &S,
    address: &Address,
) -> Result<Vec<(Scope, SessionName)>, Error> {
    let listed = store.list(&layout::manifests(&address.unit))?.into_iter();
    let mut sessions: Vec<_> =
        listed.filter_map(|stored| layout::parse_manifest(&address.unit, &stored.key)).collect();
    sessions.sort_by(|one, other| (other.1, &other.0).cmp(&(one.1, &one.0)));
    Ok(sessions)
}

/// Reads a manifest that may be believed.
pub(crate) fn fetch<S: Store>(
    store: &S,
    address: &Address,
    scope: &Scope,
    session: SessionName,
) -> Result<Manifest, Unfit> {
    let key = layout::manifest(&address.unit, scope, session);
    let bytes = store.get(&key, MANIFEST_LIMIT)?.ok_or(Unfit::Gone)?;
    let sealed = Sealed::open(bytes).map_err(Hostile::from)?;
    address.trusts(scope, &sealed)?;
    let manifest = sealed.manifest().map_err(Hostile::from)?;
    match is_of(&manifest, &address.unit, scope, session) {
        true => Ok(manifest),
        false => Err(Hostile::Seal(SealError::Elsewhere).into()),
    }
}
