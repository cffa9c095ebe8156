//! What cannot be done on which system, and why: the one place that decides it.

/// A system that developers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Linux,
    MacOs,
    Windows,
    Other,
}

/// The one that this was built for.
pub(crate) const HERE: System = if cfg!(target_os = "linux") {
    System::Linux
} else if cfg!(target_os = "macos") {
    System::MacOs
} else if cfg!(windows) {
    System::Windows
} else {
    System::Other
};

/// Why a step of `cargo xtask ci` is not run on a system. `None`: it is.
pub(crate) fn why_not(step: &str, system: System) -> Option<&'static str> {
    if system == System::Linux {
        return None;
    }
    match step {
        "power loss" | "edges" => Some("file systems are made and mounted with the tools of Linux"),
        "recipes" => Some("the scripts were tried with the tools of Linux only"),
        "fuzz targets" | "elsewhere" => Some("it is built on Linux"),
        "tidy" if system == System::Windows => {
            Some("what it reads is the same everywhere, and it compares paths as Unix spells them")
        }
        "system calls" => Some("they are counted with strace, which is for Linux"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step that is renamed must take its exception along.
    #[test]
    fn what_is_left_out_is_a_step() {
        let steps = include_str!("ci.rs");
        let here = include_str!("here.rs");
        let (table, _) = here.split_once("_ => None").unwrap();
        let (_, table) = table.split_once("match step {").unwrap();
        let named: Vec<&str> = table
            .lines()
            .filter(|line| line.trim_start().starts_with('"'))
            .filter_map(|line| line.split_once("=>"))
            .flat_map(|(steps, _)| steps.split('"').skip(1).step_by(2))
            .collect();
        assert_eq!(named.len(), 7, "{named:?}");
        for step in named {
            assert!(steps.contains(&format!("(\"{step}\"")), "{step}");
            assert_eq!(why_not(step, System::Linux), None);
            assert!(why_not(step, System::Windows).is_some());
        }
        assert_eq!(why_not("tests", System::Windows), None);
        assert_eq!(why_not("tidy", System::MacOs), None);
    }
}
