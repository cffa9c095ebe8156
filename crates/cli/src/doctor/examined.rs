//! All that is told of a file system.

use incrdir_probe::Findings;

use super::mounts::Here;
use super::subject::Subject;
use crate::at::Namespaces;

pub(super) struct Examined {
    pub(super) subject: Subject,
    /// Where it is mounted, where the system says that.
    pub(super) here: Option<Here>,
    pub(super) findings: Findings,
    pub(super) namespaces: Namespaces,
}
