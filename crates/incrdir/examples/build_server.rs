//! A build cache that the threads of a server share: each request builds one target, in a session of its own, and re-uses what
//! the last build of that target left.
//!
//! `cargo run --example build_server`

use std::error::Error;
use std::sync::Arc;
use std::thread;

use incrdir::{Cache, Policy};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What all threads share. A [`Cache`] is cheap to clone and may be used from any thread.
struct Server {
    cache: Cache,
}

impl Server {
    /// Builds a target: the cost of a step is paid once, and again only when its source has changed.
    fn build(&self, target: &str, sources: &[(&str, &str)]) -> Result<usize> {
        let unit = self.cache.unit(target, "compiler 1.0")?;
        let (compiled, published) =
            unit.begin().program("build_server").start()?.scope(|session| {
                let mut compiled = 0;
                for (name, source) in sources {
                    let (object, origin) = (format!("objects/{name}.o"), format!("sources/{name}"));
                    if session.read(&origin)?.as_deref() != Some(source.as_bytes()) {
                        session.write(&object, source.to_uppercase())?;
                        session.write(&origin, source)?;
                        compiled += 1;
                    }
                }
                Ok::<_, incrdir::Error>(compiled)
            })?;
        // Two requests for one target are both published; later ones begin from the newer session.
        if let Some(newer) = published.superseded_by {
            println!("{target}: somebody has published {newer} meanwhile");
        }
        Ok(compiled)
    }

    /// Serves a file of the newest build, which is not collected while it is read.
    fn object(&self, target: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(build) = self.cache.unit(target, "compiler 1.0")?.read()? else { return Ok(None) };
        Ok(Some(build.read(format!("objects/{name}.o"))?))
    }
}

/// Runs the example.
pub fn main() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let cache =
        Cache::options().keep(2).policy(Policy::default()).open(dir.path().join("builds"))?;
    let server = Arc::new(Server { cache });

    let requests: Vec<_> = (0..8)
        .map(|request| {
            let server = Arc::clone(&server);
            #[expect(clippy::disallowed_methods, reason = "a server has threads")]
            thread::spawn(move || {
                let target = if request % 2 == 0 { "left" } else { "right" };
                server.build(target, &[("main", "fn main"), ("lib", "pub fn")])
            })
        })
        .collect();
    let mut compiled = 0;
    for request in requests {
        compiled += request.join().expect("a request does not panic")?;
    }
    println!("8 requests compiled {compiled} files");
    assert!(compiled >= 4, "each target has two files");

    // Nothing has changed but one source.
    assert_eq!(server.build("left", &[("main", "fn main"), ("lib", "pub fn new")])?, 1);
    assert_eq!(server.object("left", "lib")?.as_deref(), Some(&b"PUB FN NEW"[..]));
    // Builds of targets that nobody asks for any more leave no dead sessions behind.
    let swept = server.cache.collect()?;
    assert_eq!(swept.units.len(), 2);
    Ok(())
}
