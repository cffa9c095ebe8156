//! Which scope of a store is one's own, which others are read, and whose signatures are trusted.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use incrdir_naming::UnitName;
use incrdir_remote::{Address, Scope, Signer, Verifier};

use super::key;
use crate::config::Config;
use crate::failure::Failure;
use crate::values;

/// The scope that is one's own unless another one is named.
const USUAL: &str = "main";

pub(crate) fn usual_scope() -> Option<Scope> {
    USUAL.parse().ok()
}

/// What the command line says of it.
#[derive(Debug, clap::Args)]
pub(crate) struct WhomArgs {
    /// The scope of the store that is one's own: it is pushed to, and believed without a signature [default: INCRDIR_SCOPE,
    /// `scope` of the configuration file, or main]
    #[arg(long, value_name = "NAME", value_parser = values::scope)]
    scope: Option<Scope>,
    /// Also pull from this scope, what is signed with a --trust-key; may be repeated
    #[arg(long = "read-scope", value_name = "NAME", value_parser = values::scope)]
    read_scopes: Vec<Scope>,
    /// A public key whose signatures are trusted, or a file with one in each line; may be repeated [default: INCRDIR_TRUST_KEY, or
    /// `trust_key` of the configuration file, with commas between several]
    #[arg(long = "trust-key", value_name = "HEX|@FILE")]
    trust_keys: Vec<String>,
    /// The file with the secret key to sign what is pushed with, which is trusted too [default: INCRDIR_SIGN_KEY, or `sign_key` of
    /// the configuration file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    sign_key: Option<PathBuf>,
    /// Believe nothing without a signature, in one's own scope neither
    #[arg(long)]
    signed_only: bool,
}

/// The same, with what the environment and the configuration file say, and the keys.
#[derive(Debug)]
pub(crate) struct Whom {
    scope: Scope,
    reads: Vec<Scope>,
    keys: Vec<Verifier>,
    signer: Option<Signer>,
    signed_only: bool,
}

impl WhomArgs {
    /// An option that was given, none of which has a meaning without a store.
    pub(crate) fn given(&self) -> Option<&'static str> {
        [
            ("--scope", self.scope.is_some()),
            ("--read-scope", !self.read_scopes.is_empty()),
            ("--trust-key", !self.trust_keys.is_empty()),
            ("--sign-key", self.sign_key.is_some()),
            ("--signed-only", self.signed_only),
        ]
        .into_iter()
        .find_map(|(option, is_given)| is_given.then_some(option))
    }

    pub(crate) fn signs(&self) -> bool {
        self.sign_key.is_some()
    }

    /// Reads the keys. `pushes`: whether anything is to be signed.
    pub(crate) fn resolve(&self, config: &Config, pushes: bool) -> Result<Whom, Failure> {
        let set = config.trust_key.value();
        let set = set.iter().flat_map(|keys| keys.split(',')).map(str::trim);
        let given: Vec<&str> = match self.trust_keys.is_empty() {
            true => set.filter(|key| !key.is_empty()).collect(),
            false => self.trust_keys.iter().map(|key| &**key).collect(),
        };
        let mut keys = Vec::new();
        for given in given {
            match given.strip_prefix('@') {
                Some(file) => keys.extend(key::public(Path::new(file))?),
                None => keys.push(given.parse().map_err(|error| {
                    format!("`{given}` is {error}; `@FILE` stands for those in a file")
                })?),
            }
        }
        let file = self.sign_key.clone().or(config.sign_key.value()).filter(|_| pushes);
        let signer = file.map(|file| key::secret(&file)).transpose()?;
        keys.extend(signer.as_ref().map(Signer::verifier));
        if keys.is_empty() {
            if let Some(scope) = self.read_scopes.first() {
                return Err(format!(
                    "--read-scope {scope} is believed only if it is signed: give the --trust-key of whoever pushes there"
                )
                .into());
            }
            if self.signed_only {
                return Err("--signed-only believes nothing without a --trust-key".into());
            }
        }
        let usual = || usual_scope().expect("BUG: a good scope");
        Ok(Whom {
            scope: self.scope.clone().or(config.scope.value()).unwrap_or_else(usual),
            reads: self.read_scopes.clone(),
            keys,
            signer,
            signed_only: self.signed_only,
        })
    }
}

impl Whom {
    pub(crate) fn address(&self, unit: &UnitName) -> Address {
        Address::new(unit.clone(), self.scope.clone())
            .reads(self.reads.clone())
            .keys(self.keys.clone())
            .signer(self.signer.clone())
            .signed_only(self.signed_only)
    }
}
