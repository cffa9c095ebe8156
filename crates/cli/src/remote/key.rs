//! Keys in files.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use incrdir_remote::{Signer, Verifier};

use crate::failure::Failure;

/// What is longer holds something else.
const MOST: u64 = 64 << 10;

/// Reads the secret key. Whoever else can read it can sign in its owner's name.
pub(super) fn secret(path: &Path) -> Result<Signer, Failure> {
    let shown = path.display();
    let mut file = open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        let mode = file.metadata()?.mode();
        if mode & 0o077 != 0 {
            return Err(format!(
                "cannot use the key `{shown}`: others may read or write it (mode {:03o}), and sign in your name; `chmod 600 {shown}`",
                mode & 0o777
            )
            .into());
        }
    }
    let text = text(&mut file, path)?;
    Signer::from_hex(&text)
        .map_err(|error| format!("cannot use the key `{shown}`: it is {error}").into())
}

/// Reads public keys, one in each line. Lines that begin with `#` are comments.
pub(super) fn public(path: &Path) -> Result<Vec<Verifier>, Failure> {
    let text = text(&mut open(path)?, path)?;
    let mut keys = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = line.parse();
        keys.push(key.map_err(|error| format!("`{}`, line {}: {error}", path.display(), at + 1))?);
    }
    if keys.is_empty() {
        return Err(format!("there is no key in `{}`", path.display()).into());
    }
    Ok(keys)
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path)
        .map_err(|error| format!("cannot open the key `{}`: {error}", path.display()).into())
}

fn text(file: &mut File, path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = file.take(MOST).read_to_string(&mut text);
    read.map_err(|error| format!("cannot read the key `{}`: {error}", path.display()))?;
    Ok(text)
}

/// Writes a new secret key into a file that is not there yet, and returns the public one.
pub(super) fn make(path: &Path) -> Result<Verifier, Failure> {
    let secret: [u8; 32] = rand::random();
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = path.display();
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            format!("`{shown}` is there already, and a key that is overwritten is lost; choose another name")
        }
        _ => format!("cannot make the key `{shown}`: {error}"),
    })?;
    let written = writeln!(file, "{hex}").and_then(|()| file.sync_all());
    written.map_err(|error| format!("cannot write the key `{shown}`: {error}"))?;
    Ok(Signer::from_secret(&secret).verifier())
}
