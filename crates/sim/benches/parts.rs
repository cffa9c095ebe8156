//! The parts that are not system calls: names, a listing of a unit, the plan of a collection, and the steps of
//! the simulated world. `cargo bench -p incrdir-sim`

use std::hint::black_box;
use std::io;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use incrdir_explore::{Bounds, Explore};
use incrdir_gc::plan;
use incrdir_naming::{EntryName, Hash};
use incrdir_session::{Catalog, Unit};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::scenarios::scenarios;
use incrdir_sim::usual::{policy, time};
use incrdir_vfs::{CapVfs, Entry, FileKind, MemVfs, Vfs};

/// What killed builds leave: half lock files without a session, half sessions with both.
fn leftovers(sessions: u64) -> Vec<(EntryName, FileKind)> {
    let mut entries = Vec::new();
    for session in 0..sessions {
        let key = Fixture::<MemVfs>::key(session, session as u32);
        entries.push((EntryName::Lock(key), FileKind::File));
        if session % 2 == 0 {
            entries.push((key.published(Hash::new(session.into())).into(), FileKind::Dir));
        }
    }
    entries
}

fn listing(sessions: u64) -> Vec<io::Result<Entry>> {
    let entry = |(entry, kind): (EntryName, FileKind)| Ok(Entry::new(name(entry), Some(kind), 1));
    leftovers(sessions).into_iter().map(entry).collect()
}

fn names(criterion: &mut Criterion) {
    let names: Vec<String> =
        leftovers(1000).into_iter().map(|(entry, _)| entry.to_string()).collect();
    let entries: Vec<EntryName> = leftovers(1000).into_iter().map(|(entry, _)| entry).collect();
    let mut group = criterion.benchmark_group("names");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher
            .iter(|| names.iter().filter_map(|name| EntryName::classify(name.as_bytes())).count());
    });
    group.bench_function("print", |bencher| {
        bencher.iter(|| entries.iter().map(|entry| entry.to_string().len()).sum::<usize>());
    });
    group.finish();
}

/// From a listing to what a collection would do: this must be linear.
fn planning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    for sessions in [10_000, 20_000] {
        group.throughput(Throughput::Elements(sessions));
        group.bench_function(BenchmarkId::from_parameter(sessions), |bencher| {
            bencher.iter_with_setup(
                || listing(sessions),
                |listing| plan(&Catalog::new(listing), time(1 << 40), &policy(2)).obsolete.len(),
            );
        });
    }
    group.finish();
}

fn scan(criterion: &mut Criterion) {
    let tmp = tempfile::tempdir().expect("a temporary directory");
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).expect("it can be opened");
    let unit_name = incrdir_naming::UnitName::new("unit", 7).expect("a good name");
    vfs.create_dir(&root, &name(&unit_name)).expect("a unit");
    let unit = Unit::open(&vfs, &root, &unit_name).expect("open").expect("unit");
    for (entry, kind) in leftovers(1000) {
        match kind {
            FileKind::Dir => vfs.create_dir(unit.dir(), &name(entry)).expect("directory"),
            _ => drop(vfs.create_file(unit.dir(), &name(entry)).expect("file")),
        }
    }
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Elements(1500));
    group.bench_function("a unit with 1,000 leftovers", |bencher| {
        bencher.iter(|| black_box(unit.list().expect("list")).sessions.len());
    });
    group.finish();
}

/// Calls of the simulated world, with all oracles.
fn simulation(criterion: &mut Criterion) {
    let scenario = scenarios()
        .into_iter()
        .find(|scenario| scenario.name == "two-writers")
        .expect("a scenario");
    let bounds = Bounds::default().preemptions(1).executions(200);
    let calls = Explore::new(&scenario).bounds(bounds.clone()).run().calls;
    let mut group = criterion.benchmark_group("simulation");
    group.sample_size(10).throughput(Throughput::Elements(calls));
    group.bench_function("calls of two writers", |bencher| {
        bencher.iter(|| Explore::new(&scenario).bounds(bounds.clone()).run().calls);
    });
    group.finish();
}

criterion_group!(parts, names, planning, scan, simulation);
criterion_main!(parts);
