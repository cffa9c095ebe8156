//! What others may do, and what they take: whose hands a directory is in, and how much trees hold.

use incrdir_session::{Census, Size, Stranger, measure, stranger, stranger_in_file};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::on_both;
use incrdir_vfs::{Access, MemDisk, MemVfs, Owner, Profile, Vfs};

on_both! {
    a_file_counts_once_and_goes_with_its_last_name,
    what_nobody_may_write_is_nobodys,
}

/// Made by `maker` with this mode, looked at by `caller`.
fn seen(maker: Owner, mode: u32, caller: Owner, trusted: &[u32]) -> Option<Stranger> {
    let disk = MemDisk::new(Profile::posix());
    let made = disk.process_as(maker);
    let dir_name = name("unit-0000000000001");
    made.create_dir(&made.root(), &dir_name).unwrap();
    let dir = made.open_dir(&made.root(), &dir_name).unwrap();
    made.set_dir_mode(&dir, mode).unwrap();
    let caller: MemVfs = disk.process_as(caller);
    let dir = caller.open_dir(&caller.root(), &dir_name).unwrap();
    stranger(&caller, &dir, trusted).unwrap()
}

const ROOT: Owner = Owner::new(0, 0);
const ANN: Owner = Owner::new(1000, 1000);
const BOB: Owner = Owner::new(1001, 1001);

/// The owner of a directory, and whoever may write it, can put a link in the place of a session that a program is given
/// the path of.
#[test]
fn a_directory_in_somebody_elses_hands_is_told() {
    let everybody = Some(Stranger::Everybody);
    for (maker, mode, caller, trusted, right) in [
        // One's own, and the superuser's, who may do anything anyway.
        (ANN, 0o755, ANN, &[][..], None),
        (ROOT, 0o755, ANN, &[], None),
        (ROOT, 0o755, ROOT, &[], None),
        // Another user's.
        (ANN, 0o700, ROOT, &[], Some(Stranger::Owner(1000))),
        (BOB, 0o755, ANN, &[], Some(Stranger::Owner(1001))),
        (BOB, 0o1777, ANN, &[], Some(Stranger::Owner(1001))),
        (BOB, 0o755, ANN, &[7], Some(Stranger::Owner(1001))),
        (BOB, 0o755, ANN, &[7, 1001], None),
        // Everybody's: with the sticky bit nobody renames what is another's.
        (ANN, 0o777, ANN, &[], everybody),
        (ROOT, 0o777, ROOT, &[], everybody),
        (BOB, 0o777, ANN, &[1001], everybody),
        (ROOT, 0o1777, ROOT, &[], None),
        (ROOT, 0o1777, ANN, &[], None),
        // A group is its owner's choice, unless that is the superuser.
        (ANN, 0o775, ANN, &[], None),
        (ROOT, 0o775, ROOT, &[], None),
        (Owner::new(0, 50), 0o775, ROOT, &[], Some(Stranger::Group(50))),
        (Owner::new(0, 50), 0o1775, ROOT, &[], None),
        (Owner::new(0, 50), 0o755, ROOT, &[], None),
    ] {
        let said = seen(maker, mode, caller, trusted);
        assert_eq!(said, right, "{maker:?} {mode:o} {caller:?} {trusted:?}");
    }
}

/// Who may write into a file need not rename it, so that the sticky bit says nothing.
#[test]
fn a_file_that_somebody_else_may_write_is_told() {
    for (maker, mode, caller, right) in [
        (ANN, 0o600, ANN, None),
        (ROOT, 0o644, ANN, None),
        (ANN, 0o664, ANN, None),
        (ANN, 0o644, ROOT, Some(Stranger::Owner(1000))),
        (BOB, 0o644, ANN, Some(Stranger::Owner(1001))),
        (ANN, 0o666, ANN, Some(Stranger::Everybody)),
        (ANN, 0o1666, ANN, Some(Stranger::Everybody)),
        (Owner::new(0, 50), 0o664, ROOT, Some(Stranger::Group(50))),
    ] {
        let disk = MemDisk::new(Profile::posix());
        let made = disk.process_as(maker);
        let file = made.create_file(&made.root(), &name("file")).unwrap();
        made.set_mode(&file, mode).unwrap();
        let caller = disk.process_as(caller);
        let file = caller.open_file(&caller.root(), &name("file"), Access::Read).unwrap();
        let said = stranger_in_file(&caller, &file, &[]).unwrap();
        assert_eq!(said, right, "{maker:?} {mode:o} {caller:?}");
    }
}

fn what_nobody_may_write_is_nobodys<V: Vfs + 'static>(world: &Fixture<V>) {
    world.vfs.create_dir(&world.root, &name("own")).unwrap();
    let dir = world.vfs.open_dir(&world.root, &name("own")).unwrap();
    world.vfs.set_dir_mode(&dir, 0o700).unwrap();
    assert_eq!(stranger(&world.vfs, &dir, &[]).unwrap(), None);
}

/// Linked sessions were counted as often as they had names, and holes as if they were full.
fn a_file_counts_once_and_goes_with_its_last_name<V: Vfs + 'static>(world: &Fixture<V>) {
    let vfs = &world.vfs;
    let trees = ["one", "two", "three"].map(|tree| {
        vfs.create_dir(&world.root, &name(tree)).unwrap();
        vfs.open_dir(&world.root, &name(tree)).unwrap()
    });
    let content = "x".repeat(1 << 16);
    for file in ["own", "shared"] {
        world.write(&trees[0], file, &content);
    }
    let hole = vfs.create_file(&trees[0], &name("hole")).unwrap();
    vfs.write_at(&hole, (1 << 24) - 1, b"x").unwrap();
    let link = |from: &V::Dir, to: &V::Dir, file: &str| {
        vfs.hard_link(from, &name(file), to, &name(file)).unwrap();
    };
    link(&trees[0], &trees[1], "shared");
    vfs.hard_link(&trees[0], &name("own"), &trees[0], &name("own too")).unwrap();
    world.write(&trees[2], "other", &content);

    let taken = |file: &str| vfs.stat(&trees[0], &name(file)).unwrap().allocated;
    let (own, shared, hole) = (taken("own"), taken("shared"), taken("hole"));
    assert!(own >= 1 << 16 && hole < 1 << 20, "{own} {hole}");
    let mut first = Census::default();
    first.measure(vfs, &world.root, &name("one")).unwrap();
    assert_eq!(first.own_bytes(), own + hole, "what is shared has a name elsewhere");
    let mut census = Census::default();
    let numbers = |size: Size| (size.files, size.bytes, size.own_bytes);
    let mut measured = |tree: &str| numbers(census.measure(vfs, &world.root, &name(tree)).unwrap());
    let sizes = ["one", "two", "three"].map(&mut measured);
    assert_eq!(sizes, [(4, own + hole + shared, own + hole), (1, shared, 0), (1, own, own)]);
    assert_eq!(
        (census.bytes(), census.own_bytes()),
        (2 * own + shared + hole, 2 * own + shared + hole)
    );
    assert_eq!(numbers(measure(vfs, &world.root, &name("two")).unwrap()), (1, shared, 0));
    // What is removed says the same.
    let freed = |tree: &str| incrdir_session::remove_tree(vfs, &world.root, &name(tree)).bytes;
    assert_eq!(["one", "two", "three"].map(freed), [own + hole, shared, own]);
}
