//! The two halves of `cargo xtask powerloss`: `power_loss work DIR LOG PROTOCOL` publishes sessions until it is
//! killed; `power_loss check DIR PROTOCOL` says what can be read.

use std::error::Error;
use std::path::Path;

use incrdir_sim::power_loss::real::{Protocol, check, work};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let protocol = |name: &str| Protocol::of(name).ok_or("seed, detect, consistent or durable");
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["work", dir, log, name] => work(Path::new(dir), Path::new(log), protocol(name)?),
        ["check", dir, name] => {
            let (verdict, newest) = check(Path::new(dir), protocol(name)?)?;
            let newest = newest.map_or("-".into(), |newest| newest.to_string());
            println!("{verdict:?} {newest}");
            Ok(())
        }
        _ => Err("usage: power_loss work DIR LOG PROTOCOL | power_loss check DIR PROTOCOL".into()),
    }
}
