//! P1 to P8 in the store: what of a session is sent, in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use incrdir_naming::SessionName;

use super::outline::Outline;
use super::told::{Moved, PushOptions, Pushed, Sent};
use crate::collect::note;
use crate::known::{Known, Placed};
use crate::limits::{OBJECT_BYTES, ROUNDS, SMALL};
use crate::manifest::{Digest, Is, Manifest, Object, ObjectName, Part, Sealed};
use crate::settle::{make, time};
use crate::{Address, Error, Scope, Store, layout, shelf, squeeze};

/// Reads so many bytes of an entry from an offset on.
pub(crate) type Read<'a> = dyn FnMut(usize, u64, usize) -> Result<Vec<u8>, Error> + 'a;

/// Where the parts of each entry are, as far as it is known.
type Parts = Vec<Vec<Option<(Placed, u32)>>>;

/// Sends a session.
pub(crate) fn send<S: Store>(
    store: &S,
    address: &Address,
    session: SessionName,
    outline: Outline,
    options: &PushOptions,
    read: &mut Read<'_>,
    on_move: &mut dyn FnMut(Moved),
) -> Result<Pushed, Error> {
    let key = layout::manifest(&address.unit, &address.scope, session);
    for _ in 0..ROUNDS {
        let begun = time(store, &address.unit, &address.scope)?;
        let listed = shelf::sessions(store, address)?;
        if listed.iter().any(|(scope, of)| *scope == address.scope && *of == session) {
            return Ok(Pushed::Before);
        }
        let known = Known::look(store, address, &listed, &options.damaged, begun)?;
        let mut sent = Sent::default();
        let parts = contents(store, address, &outline, options, &known, read, on_move, &mut sent)?;
        if time(store, &address.unit, &address.scope)? >= begun + address.grace / 2 {
            continue;
        }
        let (manifest, names) = assemble(address, session, &outline, &parts, options);
        let sealed = Sealed::new(&manifest, address.signer.as_ref()).ok_or(Error::TooManyFiles)?;
        sent.bytes += sealed.bytes().len() as u64;
        match make(store, &key, sealed.bytes()) {
            // Somebody else pushes the same session, and was faster.
            Err(Error::Taken { .. })
                if shelf::fetch(store, address, &address.scope, session).is_ok() =>
            {
                return Ok(Pushed::Before);
            }
            made => made?,
        }
        if is_overtaken(store, address, &key, &names, begun)? {
            note::unlist(store, &address.unit, &key, &|object| names.contains(object))?;
            return Err(Error::Overtaken);
        }
        return Ok(Pushed::Now(sent));
    }
    Err(Error::TooSlow { rounds: ROUNDS })
}

/// P7.
fn is_overtaken<S: Store>(
    store: &S,
    address: &Address,
    key: &str,
    names: &BTreeSet<note::Placed>,
    begun: std::time::SystemTime,
) -> Result<bool, Error> {
    let unit = &address.unit;
    let listed = store.list(&layout::manifests(unit))?;
    let made = listed.into_iter().find(|stored| stored.key == key);
    let is_in_time = made.is_some_and(|made| made.modified < begun + address.grace / 2);
    if is_in_time {
        return Ok(false);
    }
    // In this order: what was deleted before it could be seen as announced is not there any more.
    if !note::announced(store, unit)?.is_disjoint(names) {
        return Ok(true);
    }
    let there: BTreeSet<_> = store
        .list(&layout::objects(unit))?
        .iter()
        .filter_map(|stored| layout::parse_object(unit, &stored.key))
        .collect();
    Ok(!names.is_subset(&there))
}

/// What is sent together.
struct Job {
    raw: Vec<u8>,
    /// The entries and their parts that are in it, and where.
    holds: Vec<(usize, usize, u32)>,
}

/// P4: sends what is not known to be there, and says where everything is.
#[expect(clippy::too_many_arguments, reason = "one step of one function")]
fn contents<S: Store>(
    store: &S,
    address: &Address,
    outline: &Outline,
    options: &PushOptions,
    known: &Known,
    read: &mut Read<'_>,
    on_move: &mut dyn FnMut(Moved),
    sent: &mut Sent,
) -> Result<Parts, Error> {
    let mut parts: Parts = vec![Vec::new(); outline.entries.len()];
    let (mut large, mut small) = (Vec::new(), Vec::new());
    let mut moved = Moved { done: 0, total: 0 };
    for (at, entry) in outline.entries.iter().enumerate() {
        let Is::File(file) = &entry.is else { continue };
        sent.files += 1;
        if file.len == 0 {
            // Nothing is to be known of it.
        } else if let Some(placed) = known.file(file.digest, file.len) {
            sent.known += 1;
            parts[at] = placed.iter().cloned().map(Some).collect();
        } else {
            moved.total += file.len;
            let pieces = file.len.div_ceil(OBJECT_BYTES as u64);
            parts[at] = vec![None; usize::try_from(pieces).unwrap_or(usize::MAX)];
            if file.len < SMALL { small.push(at) } else { large.push(at) }
        }
    }
    // The same content twice is sent once.
    let mut firsts = BTreeMap::new();
    let mut again = Vec::new();
    large.retain(|at| {
        let Is::File(file) = &outline.entries[*at].is else { return false };
        let first = *firsts.entry((file.digest, file.len)).or_insert(*at);
        if first != *at {
            moved.total -= file.len;
            again.push((*at, first));
        }
        first == *at
    });
    let done = Mutex::new(BTreeMap::new());
    let mut failed = None;
    let (large, small) = (large.into_iter(), small.into_iter().peekable());
    let jobs = Jobs { outline, read, large, piece: None, small };
    let jobs = until_failure(jobs, &mut failed);
    let mut result = Ok(());
    store.concurrently(
        jobs,
        |store, job: Job| {
            (place(store, address, (known, &done), options, &job.raw), job.holds, job.raw.len())
        },
        |(placed, holds, len)| match placed {
            Ok((placed, is_new)) => {
                if is_new {
                    sent.objects += 1;
                    sent.bytes += u64::from(placed.stored);
                    sent.whole += u64::from(placed.whole);
                }
                moved.done += len as u64;
                on_move(moved);
                for (entry, part, offset) in holds {
                    parts[entry][part] = Some((placed.clone(), offset));
                }
                ControlFlow::Continue(())
            }
            Err(error) => {
                result = Err(error);
                ControlFlow::Break(())
            }
        },
    );
    result?;
    if let Some(error) = failed {
        return Err(error);
    }
    for (at, first) in again {
        parts[at] = parts[first].clone();
    }
    Ok(parts)
}

/// Makes an object of this, unless there is one, or `done` has one. Says whether it is new.
fn place<S: Store>(
    store: &S,
    address: &Address,
    (known, done): (&Known, &Mutex<BTreeMap<Digest, Placed>>),
    options: &PushOptions,
    raw: &[u8],
) -> Result<(Placed, bool), Error> {
    let digest: Digest = blake3::hash(raw).into();
    let whole = u32::try_from(raw.len()).unwrap_or(u32::MAX);
    let before = || done.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
    if let Some(placed) = known.object(&address.scope, digest, whole).or_else(before) {
        return Ok((placed, false));
    }
    let bytes = squeeze::compress(raw, options.level).ok_or(Error::TooManyFiles)?;
    let name = ObjectName { digest, random: store.random() };
    make(store, &layout::object(&address.unit, &address.scope, name), &bytes)?;
    let stored = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let placed = Placed { scope: address.scope.clone(), name, stored, whole };
    done.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, placed.clone());
    Ok((placed, true))
}

/// Reads what is to be sent, as it is asked for: the pieces of large files, then small ones together.
struct Jobs<'a, 'b> {
    outline: &'a Outline,
    read: &'a mut Read<'b>,
    large: std::vec::IntoIter<usize>,
    /// A large file, its next piece, and the digest of what came before.
    piece: Option<(usize, usize, blake3::Hasher)>,
    small: std::iter::Peekable<std::vec::IntoIter<usize>>,
}

impl Jobs<'_, '_> {
    fn file(&self, entry: usize) -> (u64, Digest) {
        match &self.outline.entries[entry].is {
            Is::File(file) => (file.len, file.digest),
            _ => (0, [0; 32]),
        }
    }

    fn changed(&self, entry: usize) -> Error {
        Error::Changed { path: self.outline.path_of(entry) }
    }

    fn next_piece(&mut self) -> Option<Result<Job, Error>> {
        let (entry, piece, mut hasher) = match self.piece.take() {
            Some(piece) => piece,
            None => (self.large.next()?, 0, blake3::Hasher::new()),
        };
        let (len, digest) = self.file(entry);
        let offset = piece as u64 * OBJECT_BYTES as u64;
        let wanted = (len - offset).min(OBJECT_BYTES as u64) as usize;
        let raw = match (self.read)(entry, offset, wanted) {
            Ok(raw) => raw,
            Err(error) => return Some(Err(error)),
        };
        hasher.update(&raw);
        if offset + (wanted as u64) < len {
            self.piece = Some((entry, piece + 1, hasher));
        } else if *hasher.finalize().as_bytes() != digest {
            return Some(Err(self.changed(entry)));
        }
        Some(Ok(Job { raw, holds: vec![(entry, piece, 0)] }))
    }

    fn next_pack(&mut self) -> Option<Result<Job, Error>> {
        let mut job = Job { raw: Vec::new(), holds: Vec::new() };
        // The same content twice is in there once.
        let mut seen = BTreeMap::new();
        while let Some(entry) = self.small.peek().copied() {
            let (len, digest) = self.file(entry);
            if job.raw.len() + len as usize > OBJECT_BYTES {
                break;
            }
            self.small.next();
            if let Some(offset) = seen.get(&(digest, len)) {
                job.holds.push((entry, 0, *offset));
                continue;
            }
            let raw = match (self.read)(entry, 0, len as usize) {
                Ok(raw) => raw,
                Err(error) => return Some(Err(error)),
            };
            if *blake3::hash(&raw).as_bytes() != digest {
                return Some(Err(self.changed(entry)));
            }
            let offset = job.raw.len() as u32;
            seen.insert((digest, len), offset);
            job.holds.push((entry, 0, offset));
            job.raw.extend(raw);
        }
        (!job.holds.is_empty()).then_some(Ok(job))
    }
}

impl Iterator for Jobs<'_, '_> {
    type Item = Result<Job, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_piece().or_else(|| self.next_pack())
    }
}

/// The jobs up to the first one that failed, which is kept.
fn until_failure<'a>(
    jobs: impl Iterator<Item = Result<Job, Error>> + 'a,
    failed: &'a mut Option<Error>,
) -> impl Iterator<Item = Job> + 'a {
    jobs.map_while(move |job| match job {
        Ok(job) => Some(job),
        Err(error) => {
            *failed = Some(error);
            None
        }
    })
}

/// The manifest, and what it names.
fn assemble(
    address: &Address,
    session: SessionName,
    outline: &Outline,
    parts: &Parts,
    options: &PushOptions,
) -> (Manifest, BTreeSet<note::Placed>) {
    let (mut scopes, mut objects) = (Vec::<Scope>::new(), Vec::<Object>::new());
    let mut numbers = BTreeMap::<&Placed, u32>::new();
    let mut entries = outline.entries.clone();
    for (entry, parts) in entries.iter_mut().zip(parts) {
        let Is::File(file) = &mut entry.is else { continue };
        for (placed, offset) in parts.iter().flatten() {
            let number = *numbers.entry(placed).or_insert_with(|| {
                let scope = scopes.iter().position(|scope| *scope == placed.scope);
                let scope = scope.unwrap_or_else(|| {
                    scopes.push(placed.scope.clone());
                    scopes.len() - 1
                });
                let Placed { name, stored, whole, .. } = *placed;
                objects.push(Object { scope: scope as u16, name, stored, whole });
                objects.len() as u32 - 1
            });
            file.parts.push(Part { object: number, offset: *offset });
        }
    }
    let manifest = Manifest {
        unit: address.unit.to_string(),
        scope: address.scope.to_string(),
        session: session.to_string(),
        program: options.program.clone(),
        scopes: scopes.iter().map(Scope::to_string).collect(),
        objects,
        entries,
    };
    let names = numbers.keys().map(|placed| (placed.scope.clone(), placed.name)).collect();
    (manifest, names)
}
