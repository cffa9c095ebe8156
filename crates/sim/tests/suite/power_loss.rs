//! What a power loss leaves: a slice of what `cargo xtask sim power` enumerates.

use std::ops::ControlFlow;

use incrdir_explore::{Bounds, Data, Explore, Persistence};
use incrdir_session::Durability;
use incrdir_sim::power_loss::enumerated::{
    Losses, Workload, record, record_with_failing_sync, seed_workloads, workloads,
};
use incrdir_sim::scenarios::power_loss_scenarios;
use incrdir_vfs::Profile;

fn profile(model: &Persistence) -> Profile {
    Profile::posix().ids_last(model.data != Data::FreeGarbage)
}

fn lost(workload: &Workload, model: &Persistence) -> Losses {
    record(workload, profile(model)).lose(model, None)
}

fn named(durability: Durability, digests: bool, name: &str) -> Workload {
    let mut all = workloads(durability, digests).into_iter();
    all.find(|workload| workload.name == name).expect(name)
}

/// rustc syncs nothing: on ext4, six seconds after a compilation, 1,001 of 1,004 files of a published session came
/// back empty, and its name said complete.
#[test]
fn what_was_not_synced_is_noticed() {
    // `sim power` has all models, with digests as well.
    for model in [Persistence::EXT4_XFS, Persistence::POSIX] {
        for name in ["first", "linked", "recycled"] {
            let losses = lost(&named(Durability::Detect, false, name), &model);
            assert_eq!(losses.wrong, None, "{name} on {}", model.name);
            assert!(losses.detected > 0, "{name} on {}: {losses:?}", model.name);
        }
        let torn = lost(&seed_workloads()[0], &model).torn;
        assert!(torn > 0, "the seed's protocol on {}", model.name);
    }
}

#[test]
fn each_level_leaves_what_it_promises() {
    for durability in [Durability::Consistent, Durability::Durable] {
        for name in ["first", "linked", "recycled", "collected"] {
            for model in [Persistence::ORDERED, Persistence::EXT4_XFS, Persistence::POSIX] {
                let workload = named(durability, false, name);
                let losses = lost(&workload, &model);
                assert_eq!(losses.wrong, None, "{durability:?}, {name} on {}", model.name);
                assert!(losses.images > 5, "{durability:?}, {name} on {}", model.name);
            }
        }
    }
}

/// After a sync has failed the kernel takes what it could not write for clean: the next one says that all is well.
#[test]
fn a_sync_that_failed_is_not_made_up_for() {
    for durability in [Durability::Consistent, Durability::Durable] {
        let workload = named(durability, false, "recycled");
        let mut syncs = 0;
        for after in 0.. {
            let model = Persistence::EXT4_XFS;
            let Some(recorded) = record_with_failing_sync(&workload, profile(&model), after) else {
                break;
            };
            syncs += 1;
            assert_eq!(recorded.lose_at_the_end(&model).wrong, None, "{durability:?}, {after}");
        }
        assert!(syncs >= 3, "{durability:?}: {syncs}");
    }
}

#[test]
fn the_power_goes_while_two_work() {
    for name in ["power-durable-first", "power-collected", "power-consistent-first"] {
        let scenario =
            power_loss_scenarios().into_iter().find(|scenario| scenario.name == name).expect(name);
        let bounds = Bounds::default().preemptions(0);
        let watch = |_: &_| ControlFlow::Continue(());
        let summary = Explore::new(&scenario)
            .bounds(bounds.clone())
            .power_losses(&[Persistence::ORDERED])
            .workers(1)
            .watch(&watch)
            .run();
        assert!(summary.violation.is_none(), "{name}: {}", summary.violation.expect("just seen"));
        assert!(summary.is_complete && summary.images > 20, "{name}: {summary:?}");
    }
}
