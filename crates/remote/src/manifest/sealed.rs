//! A manifest as it lies in the store: signed, compressed, and versioned.
//!
//! ```text
//! 8 bytes     "incrdirM"
//! 1 byte      version: 1
//! 1 byte      number of signatures
//! 96 bytes    each: public key (32) and signature (64), ed25519
//! the rest    the body, zstd
//! ```
//!
//! What is signed is the first nine bytes and the rest: all but the signatures. The body says of which unit, scope and session it
//! is, so that a manifest that somebody copied elsewhere is noticed.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::Manifest;
use crate::squeeze;

const MAGIC: &[u8; 8] = b"incrdirM";
const VERSION: u8 = 1;
const FIXED: usize = MAGIC.len() + 2;
const KEY: usize = 32;
const SIGNATURE: usize = 64;
const LEVEL: i32 = 3;

/// No manifest is longer than this in the store.
pub(crate) const MANIFEST_LIMIT: usize = 64 << 20;
/// Nor than this when it is decompressed.
const BODY_LIMIT: usize = 128 << 20;

/// The secret key of a writer.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl Signer {
    /// A key made of 32 random bytes, which are the secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// Reads a secret key: 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn from_hex(text: &str) -> Result<Self, VerifierError> {
        Ok(Self::from_secret(&bytes_of(text.trim()).ok_or(VerifierError)?))
    }

    /// The public key, for those who read.
    pub fn verifier(&self) -> Verifier {
        Verifier(self.0.verifying_key())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.verifier()).finish()
    }
}

/// The public key of a writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier(VerifyingKey);

impl std::str::FromStr for Verifier {
    type Err = VerifierError;

    /// Reads 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, VerifierError> {
        let key = bytes_of(text.trim()).and_then(|key| VerifyingKey::from_bytes(&key).ok());
        key.filter(|key| !key.is_weak()).map(Self).ok_or(VerifierError)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ed25519 key of 64 hexadecimal digits")]
pub struct VerifierError;

fn bytes_of(text: &str) -> Option<[u8; KEY]> {
    if text.len() != 2 * KEY || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; KEY];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Why bytes are no manifest that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// It does not begin as a manifest does, or ends too early.
    #[error("it is not a manifest of incrdir, or cut short")]
    NotOne,
    /// It was written by a newer version.
    #[error("its format has version {0}, and this program knows version 1: use a newer incrdir")]
    Newer(u8),
    /// Its body cannot be decompressed within the limits.
    #[error("its body is damaged, or longer than 128 MiB, or much longer than what is stored")]
    Body,
    /// Its body is something else.
    #[error("its body cannot be read, or names more than a session may have")]
    Fields,
    /// A signature in it does not fit: it was changed after it had been signed.
    #[error("its signature by the key {0} is wrong")]
    Signature(String),
    /// It is another session's: somebody put it here.
    #[error("it was made for another unit, scope or session: somebody has copied it")]
    Elsewhere,
}

/// A manifest as it lies in the store.
pub(crate) struct Sealed {
    bytes: Vec<u8>,
    signatures: usize,
}

impl Sealed {
    /// `None`: it is longer than any manifest may be.
    pub(crate) fn new(manifest: &Manifest, signer: Option<&Signer>) -> Option<Self> {
        let whole = postcard::to_stdvec(manifest).ok()?;
        let body = squeeze::compress(&whole, LEVEL)?;
        if whole.len() > squeeze::most(body.len(), BODY_LIMIT) {
            return None;
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend([VERSION, u8::from(signer.is_some())]);
        if let Some(Signer(key)) = signer {
            bytes.extend(key.verifying_key().as_bytes());
            bytes.extend(key.sign(&signed(&body)).to_bytes());
        }
        bytes.extend(body);
        let signatures = usize::from(signer.is_some());
        (bytes.len() <= MANIFEST_LIMIT).then_some(Self { bytes, signatures })
    }

    /// Takes what is in the store. Nothing of the body is looked at yet.
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, SealError> {
        match bytes.split_at_checked(FIXED) {
            Some(([magic @ .., VERSION, signatures], rest)) if magic == MAGIC => {
                let signatures = usize::from(*signatures);
                match rest.len() >= signatures * (KEY + SIGNATURE) {
                    true => Ok(Self { bytes, signatures }),
                    false => Err(SealError::NotOne),
                }
            }
            Some(([magic @ .., version, _], _)) if magic == MAGIC && *version > VERSION => {
                Err(SealError::Newer(*version))
            }
            _ => Err(SealError::NotOne),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn body(&self) -> &[u8] {
        &self.bytes[FIXED + self.signatures * (KEY + SIGNATURE)..]
    }

    /// Whether one of these keys has signed it. One that claims to be signed by one of them and is not is refused.
    pub(crate) fn is_signed_by(&self, keys: &[Verifier]) -> Result<bool, SealError> {
        for (by, signature) in self.signatures() {
            if let Some(key) = keys.iter().find(|key| key.0.as_bytes() == by) {
                return self.checked(key, signature).map(|()| true);
            }
        }
        Ok(false)
    }

    /// Whose signatures it has. One that is wrong is refused.
    pub(crate) fn signers(&self) -> Result<Vec<Verifier>, SealError> {
        let signer = |(by, signature): (&[u8], &[u8])| {
            let key = by.try_into().ok().and_then(|by| VerifyingKey::from_bytes(by).ok());
            let key = key.map(Verifier).ok_or(SealError::NotOne)?;
            self.checked(&key, signature).map(|()| key)
        };
        self.signatures().map(signer).collect()
    }

    /// The keys that are said to have signed it, each with its signature.
    fn signatures(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let signatures = &self.bytes[FIXED..FIXED + self.signatures * (KEY + SIGNATURE)];
        signatures.chunks_exact(KEY + SIGNATURE).map(|pair| pair.split_at(KEY))
    }

    fn checked(&self, key: &Verifier, signature: &[u8]) -> Result<(), SealError> {
        let message = signed(self.body());
        let is_right = Signature::from_slice(signature)
            .is_ok_and(|signature| key.0.verify_strict(&message, &signature).is_ok());
        match is_right {
            true => Ok(()),
            false => Err(SealError::Signature(key.to_string())),
        }
    }

    /// Reads the body.
    pub(crate) fn manifest(&self) -> Result<Manifest, SealError> {
        let body = squeeze::decompress(self.body(), BODY_LIMIT).ok_or(SealError::Body)?;
        match postcard::take_from_bytes(&body) {
            Ok((manifest, [])) => Ok(manifest),
            _ => Err(SealError::Fields),
        }
    }
}

fn signed(body: &[u8]) -> Vec<u8> {
    [&MAGIC[..], &[VERSION], body].concat()
}
