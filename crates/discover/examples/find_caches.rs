//! Prints the caches below a directory, one on a line.
//!
//! ```sh
//! cargo run --release -p incrdir-discover --example find_caches -- ~/projects
//! ```

use std::ops::ControlFlow;

use incrdir_discover::{Scope, discover};
use incrdir_vfs::CapVfs;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args_os().nth(1).ok_or("say in which directory to look")?;
    let (vfs, dir) = CapVfs::open_ambient_dir(dir)?;
    let walked = discover(&vfs, &dir, &Scope::default(), &mut |found| {
        println!("{found:?}");
        ControlFlow::Continue(())
    })?;
    println!("{} directories", walked.directories);
    Ok(())
}
