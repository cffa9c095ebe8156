//! What a loss of power leaves of a state.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use incrdir_vfs::internals::World;
use incrdir_vfs::{Journaled, Persistence};

/// All images that a loss of power may leave, numbered.
pub(crate) fn images(
    world: &World,
    model: &Persistence,
    visit: &mut dyn FnMut(u64, World) -> ControlFlow<()>,
) {
    let journaled = Journaled::of(world).expect("BUG: a journal was begun");
    let mut number = 0;
    let _ = journaled.losses(journaled.len(), model, &mut BTreeSet::new(), &mut |disk| {
        number += 1;
        visit(number - 1, disk.into_world())
    });
}

/// The one of them that has this number.
pub(crate) fn image(world: &World, model: &Persistence, wanted: u64) -> Option<World> {
    let mut image = None;
    images(world, model, &mut |number, world| {
        if number < wanted {
            return ControlFlow::Continue(());
        }
        image = Some(world);
        ControlFlow::Break(())
    });
    image
}
