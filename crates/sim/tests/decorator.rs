//! The scripted file system passes on what it is not told to change.

use incrdir_sim::scripted::Scripted;
use incrdir_vfs::check::not_passed_on;

#[test]
fn only_the_stop_is_its_own() {
    assert_eq!(not_passed_on(|spy, dir| (Scripted::new(spy), dir)), ["is_stopped"]);
}
