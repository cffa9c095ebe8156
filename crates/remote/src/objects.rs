//! The crate `object_store` as a [`Store`]: providers, directories, memory. What is asynchronous stays in here.

mod leftovers;

use std::future::Future;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::{Either, ready, select};
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    Error as ObjectError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
};
use rand::Rng;
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

use crate::{PutNew, Store, StoreError, Stored};
pub use leftovers::Leftovers;

/// How many calls are made at the same time. Each has at most a few megabytes in memory.
const WORKERS: usize = 8;
/// Jobs that are taken ahead.
const AHEAD: usize = 2;

/// How often it is looked whether a call is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// A call that has no answer then has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A store of the crate `object_store`.
#[derive(Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// What all keys are below.
    prefix: Path,
    /// The directory that it is, where it is one, as the system calls it.
    dir: Option<PathBuf>,
    /// Calls fail when this is set.
    stop: Arc<AtomicBool>,
    /// `None`: this value is being dropped.
    runtime: Option<Runtime>,
}

/// A store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text is no URL of a store, or of one that this program was built without.
    #[error("`{url}` is not the URL of a store: write {known}")]
    Url {
        /// The text.
        url: String,
        /// What can be written.
        known: &'static str,
        /// What is wrong.
        source: io::Error,
    },
    /// The directory cannot be used.
    #[error("cannot open the store `{url}`")]
    Open {
        /// Its URL.
        url: String,
        /// Why.
        source: io::Error,
    },
}

/// What can be opened.
const KNOWN: &str = match (cfg!(feature = "s3"), cfg!(feature = "gcs"), cfg!(feature = "azure")) {
    (true, true, true) => {
        "file:///directory, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
    }
    (false, false, false) => "file:///directory (this program was built without S3, GCS and Azure)",
    _ => "file:///directory, or that of a provider that this program was built with",
};

impl Objects {
    /// Opens a store by its URL: `file:///directory`, which must exist, `s3://bucket/prefix`, `gs://bucket/prefix`,
    /// `az://container/prefix`; the last three as far as this crate was built with the features `s3`, `gcs` and `azure`. Credentials and all other settings are
    /// taken from the environment, under the names that the providers' own tools use: `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME` …
    ///
    /// No request is made yet.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(url: &str) -> Result<Self, OpenError> {
        let (store, prefix, dir) = parse(url)?;
        let opened = Self::with(store, prefix);
        let mut opened = opened.map_err(|source| OpenError::Open { url: url.into(), source })?;
        opened.dir = dir;
        Ok(opened)
    }

    /// A store in memory, which is gone with this value: for tests.
    ///
    /// # Errors
    ///
    /// If there are no threads to be had.
    pub fn memory() -> io::Result<Self> {
        Self::with(Arc::new(InMemory::new()), Path::default())
    }

    /// A store of one's own.
    ///
    /// # Errors
    ///
    /// If there are no threads to be had.
    pub fn with(store: Arc<dyn ObjectStore>, prefix: Path) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { store, prefix, dir: None, stop: Arc::default(), runtime: Some(runtime) })
    }

    /// From now on, calls fail as `Interrupted` when this is set, also those that wait for an answer.
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = stop;
        self
    }

    fn path(&self, key: &str) -> Path {
        self.prefix.parts().chain(Path::from(key).parts()).collect()
    }

    /// Makes a call and waits for its answer.
    fn call<T>(
        &self,
        operation: &'static str,
        key: &str,
        call: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        let failed = |error| StoreError::new(operation, key, error);
        let runtime = self.runtime.as_ref().expect("BUG: it is there until it is dropped");
        if self.stop.load(Ordering::Relaxed) {
            return Err(failed(ErrorKind::Interrupted.into()));
        }
        let made = || {
            runtime.block_on(async {
                let stopped = async {
                    while !self.stop.load(Ordering::Relaxed) {
                        tokio::time::sleep(LOOK).await;
                    }
                };
                let call = pin!(tokio::time::timeout(PATIENCE, call));
                match select(call, pin!(stopped)).await {
                    Either::Left((Ok(answer), _)) => answer.map_err(io_error),
                    Either::Left((Err(_), _)) => {
                        Err(io::Error::new(ErrorKind::TimedOut, "the store does not answer"))
                    }
                    Either::Right(((), _)) => Err(ErrorKind::Interrupted.into()),
                }
            })
        };
        // A time that no calendar has, and whatever else a store may say that others did not expect, does not end the build.
        let answer = catch_unwind(AssertUnwindSafe(made)).unwrap_or_else(|_| {
            let why = "what the store says makes no sense, such as a time that no calendar has";
            Err(io::Error::new(ErrorKind::InvalidData, why))
        });
        answer.map_err(failed)
    }
}

/// What a call that was given up still does in the background is not waited for: a directory of a server that is gone never answers.
impl Drop for Objects {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Store for Objects {
    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<PutNew, StoreError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let path = self.path(key);
        let payload = PutPayload::from(bytes.to_vec());
        match self.call("make", key, self.store.put_opts(&path, payload, options)) {
            Ok(_) => Ok(PutNew::Made),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(PutNew::Exists),
            Err(error) => Err(error),
        }
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(key);
        self.call("write", key, self.store.put(&path, PutPayload::from(bytes.to_vec()))).map(drop)
    }

    fn get(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(key);
        let read = async {
            if let Some(dir) = self.dir.clone() {
                let key = key.to_owned();
                in_dir(move || is_a_file(&dir, &key)).await?;
            }
            let got = self.store.get(&path).await?;
            if got.meta.size > limit as u64 {
                return Ok(None);
            }
            Ok(Some(got.bytes().await?))
        };
        match self.call("read", key, read) {
            Ok(Some(bytes)) => Ok(Some(bytes.into())),
            Ok(None) => {
                let why = format!("it is longer than the {limit} bytes that it may have");
                let error = io::Error::new(ErrorKind::FileTooLarge, why);
                Err(StoreError::new("read", key, error))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<Stored>, StoreError> {
        let path = self.path(prefix.trim_end_matches('/'));
        let above = self.prefix.as_ref().len();
        // Names that no key can have are foreign.
        let ours = self
            .store
            .list(Some(&path))
            .filter(|it| ready(!matches!(it, Err(ObjectError::InvalidPath { .. }))));
        let listed = self.call("list", prefix, ours.try_collect::<Vec<_>>());
        let stored = listed?.into_iter().map(|meta| {
            let key = meta.location.as_ref()[above..].trim_start_matches('/').to_owned();
            Stored::new(key, meta.size, SystemTime::from(meta.last_modified))
        });
        Ok(stored.collect())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(key);
        let delete = async {
            if let Some(dir) = self.dir.clone() {
                let key = key.to_owned();
                in_dir(move || is_its_own(&dir, &key)).await?;
            }
            self.store.delete(&path).await
        };
        match self.call("delete", key, delete) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn random(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "a store is the world")]
        rand::rng().next_u64()
    }

    fn concurrently<J: Send, T: Send>(
        &self,
        mut jobs: impl Iterator<Item = J>,
        work: impl Fn(&Self, J) -> T + Sync,
        mut done: impl FnMut(T) -> ControlFlow<()>,
    ) {
        let (give, take) = channel::<J>();
        let take = Mutex::new(take);
        #[expect(clippy::disallowed_methods, reason = "a store is the world")]
        std::thread::scope(|scope| {
            // Ends with the scope's body, so that the threads end.
            let give = give;
            let (tell, hear) = channel();
            for _ in 0..WORKERS {
                let (take, work, tell) = (&take, &work, tell.clone());
                scope.spawn(move || {
                    loop {
                        let job = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok(job) = job else { return };
                        let result = catch_unwind(AssertUnwindSafe(|| work(self, job)));
                        if tell.send(result).is_err() {
                            return;
                        }
                    }
                });
            }
            let mut waiting = 0;
            let mut goes_on = true;
            loop {
                while goes_on && waiting < WORKERS + AHEAD {
                    let Some(job) = jobs.next() else {
                        goes_on = false;
                        break;
                    };
                    if give.send(job).is_ok() {
                        waiting += 1;
                    }
                }
                if waiting == 0 {
                    return;
                }
                let Ok(result) = hear.recv() else { return };
                waiting -= 1;
                let result = result.unwrap_or_else(|panic| resume_unwind(panic));
                if done(result).is_break() {
                    // The few that were taken ahead are still done: nobody listens.
                    return;
                }
            }
        });
    }
}

/// Makes a call of the system for a store that is a directory.
async fn in_dir<T: Send + 'static>(
    call: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> object_store::Result<T> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| ObjectError::Generic {
        store: "directory",
        source,
    };
    let called = spawn_blocking(call).await.map_err(|error| failed(error.into()))?;
    called.map_err(|error| failed(error.into()))
}

/// Sees that a key is a file, if it is anything: whoever opens a pipe waits for somebody else.
fn is_a_file(dir: &std::path::Path, key: &str) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a store is the world")]
    match std::fs::metadata(dir.join(key)) {
        Ok(it) if !it.is_file() => {
            Err(io::Error::new(ErrorKind::InvalidData, "it is not a file: take it away"))
        }
        // Whatever is wrong otherwise is found when it is read.
        _ => Ok(()),
    }
}

/// Sees that a key is no other name of another one: a link on the way would make it one, and its object would go.
fn is_its_own(dir: &std::path::Path, key: &str) -> io::Result<()> {
    let Some(parent) = dir.join(key).parent().map(ToOwned::to_owned) else { return Ok(()) };
    #[expect(clippy::disallowed_methods, reason = "a store is the world")]
    let real = std::fs::canonicalize(&parent)?;
    match real == parent {
        true => Ok(()),
        false => {
            let why = "a directory on the way to it is a link, so this may be another object: take the link away";
            Err(io::Error::new(ErrorKind::InvalidInput, why))
        }
    }
}

/// The error with the kind that says most.
fn io_error(error: ObjectError) -> io::Error {
    let kind = match &error {
        ObjectError::NotFound { .. } => ErrorKind::NotFound,
        ObjectError::AlreadyExists { .. } | ObjectError::Precondition { .. } => {
            ErrorKind::AlreadyExists
        }
        ObjectError::PermissionDenied { .. } | ObjectError::Unauthenticated { .. } => {
            ErrorKind::PermissionDenied
        }
        ObjectError::NotSupported { .. } | ObjectError::NotImplemented { .. } => {
            ErrorKind::Unsupported
        }
        ObjectError::InvalidPath { .. } => ErrorKind::InvalidInput,
        other => cause(other).unwrap_or(ErrorKind::Other),
    };
    io::Error::new(kind, error)
}

/// The kind of an error of the system among the causes.
fn cause(error: &dyn std::error::Error) -> Option<ErrorKind> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        next = error.source();
    }
    None
}

/// A store, what its keys are below, and its directory, if it is one.
type Parsed = (Arc<dyn ObjectStore>, Path, Option<PathBuf>);

fn parse(url: &str) -> Result<Parsed, OpenError> {
    let bad = |why: String| OpenError::Url {
        url: url.into(),
        known: KNOWN,
        source: io::Error::new(ErrorKind::InvalidInput, why),
    };
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(bad("it has no scheme".into()));
    };
    match scheme {
        "file" => {
            // A drive of Windows comes after the third slash.
            let written = [Some(rest), rest.strip_prefix('/')].into_iter().flatten();
            let Some(dir) = written.map(std::path::Path::new).find(|dir| dir.is_absolute()) else {
                return Err(bad(
                    "a directory is written with three slashes, from the root on".into()
                ));
            };
            let opened = LocalFileSystem::new_with_prefix(dir).map_err(io_error);
            let opened = opened.map_err(|source| OpenError::Open { url: url.into(), source })?;
            #[expect(clippy::disallowed_methods, reason = "a store is the world")]
            let dir = std::fs::canonicalize(dir)
                .map_err(|source| OpenError::Open { url: url.into(), source })?;
            Ok((Arc::new(opened), Path::default(), Some(dir)))
        }
        #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
        _ => match providers::open(url, rest) {
            Ok((store, prefix)) => Ok((store, prefix, None)),
            Err(Some(error)) => Err(bad(error.to_string())),
            Err(None) => Err(bad(format!("`{scheme}` is none that this program knows"))),
        },
        #[cfg(not(any(feature = "s3", feature = "gcs", feature = "azure")))]
        _ => Err(bad(format!("`{scheme}` is none that this program knows"))),
    }
}

#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
mod providers {
    use std::sync::Arc;
    use std::time::Duration;

    use object_store::path::Path;
    use object_store::{BackoffConfig, ObjectStore, RetryConfig};

    type Opened = Result<(Arc<dyn ObjectStore>, Path), Option<object_store::Error>>;

    /// What a provider's builder takes, unless the environment says otherwise: a build is not to wait for a store that is down.
    const SETTINGS: [(&str, &str); 2] =
        [("connect_timeout", "5 seconds"), ("timeout", "60 seconds")];

    fn retries() -> RetryConfig {
        let backoff =
            BackoffConfig { max_backoff: Duration::from_secs(4), ..BackoffConfig::default() };
        RetryConfig { backoff, max_retries: 4, retry_timeout: Duration::from_secs(30) }
    }

    /// The settings of the environment, and ours.
    fn settings() -> impl Iterator<Item = (String, String)> {
        let ours = SETTINGS.iter().map(|(key, value)| ((*key).into(), (*value).into()));
        let theirs = std::env::vars_os().filter_map(|(key, value)| {
            Some((key.into_string().ok()?.to_ascii_lowercase(), value.into_string().ok()?))
        });
        ours.chain(theirs)
    }

    macro_rules! built {
        ($builder:ty, $url:expr) => {{
            let builder = <$builder>::new().with_url($url).with_retry(retries());
            let builder = settings().fold(builder, |builder, (key, value)| match key.parse() {
                Ok(key) => builder.with_config(key, value),
                Err(_) => builder,
            });
            Arc::new(builder.build()?)
        }};
    }

    /// `Err(None)`: the scheme is no provider's.
    pub(super) fn open(url: &str, rest: &str) -> Opened {
        // An error means that the program has chosen one itself.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let prefix = rest.split_once('/').map(|(_, prefix)| prefix).unwrap_or_default();
        let store: Arc<dyn ObjectStore> = match url.split_once("://").map(|(scheme, _)| scheme) {
            #[cfg(feature = "s3")]
            Some("s3" | "s3a") => built!(object_store::aws::AmazonS3Builder, url),
            #[cfg(feature = "gcs")]
            Some("gs") => built!(object_store::gcp::GoogleCloudStorageBuilder, url),
            #[cfg(feature = "azure")]
            Some("az" | "azure" | "abfs" | "abfss") => {
                built!(object_store::azure::MicrosoftAzureBuilder, url)
            }
            _ => return Err(None),
        };
        Ok((store, Path::from(prefix)))
    }
}
