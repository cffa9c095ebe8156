//! A slice of `cargo xtask fidelity`.

use incrdir_sim::fidelity::compare;

#[test]
#[cfg_attr(windows, ignore = "the file system in memory is like those of Linux here")]
fn the_memory_is_like_the_disk() {
    if let Err(difference) = compare(&std::env::temp_dir(), 2_000, 7) {
        panic!("{difference}");
    }
}
