//! What is below a directory, as a value.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

use incrdir_vfs::{Access, FileKind, Name, Vfs};

/// A unit's or a session's tree: path to kind and content.
pub type Tree = BTreeMap<String, Node>;

/// One entry of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Dir,
    /// A file and what is in it.
    File(Vec<u8>),
    /// A link and where it points.
    Link(String),
    /// Anything else.
    Other,
}

/// The tree below a directory.
///
/// # Panics
///
/// If it cannot be read.
pub fn tree_of<V: Vfs>(vfs: &V, dir: &V::Dir) -> Tree {
    let mut tree = Tree::new();
    add_tree(vfs, dir, "", &mut tree).expect("tree");
    tree
}

fn add_tree<V: Vfs>(vfs: &V, dir: &V::Dir, prefix: &str, tree: &mut Tree) -> io::Result<()> {
    for entry in vfs.list(dir)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.name);
        let node = match vfs.stat(dir, &entry.name)?.kind {
            FileKind::Dir => {
                let below = vfs.open_dir(dir, &entry.name)?;
                add_tree(vfs, &below, &format!("{path}/"), tree)?;
                Node::Dir
            }
            FileKind::File => Node::File(content(vfs, dir, &entry.name)?),
            FileKind::Symlink => {
                Node::Link(vfs.read_link(dir, &entry.name)?.to_string_lossy().into_owned())
            }
            FileKind::Other => Node::Other,
        };
        tree.insert(path, node);
    }
    Ok(())
}

/// The content of a file.
///
/// # Errors
///
/// As the calls it takes.
pub fn content<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) -> io::Result<Vec<u8>> {
    let file = vfs.open_file(dir, name, Access::Read)?;
    let len = usize::try_from(vfs.stat_file(&file)?.len).map_err(|_| ErrorKind::FileTooLarge)?;
    let mut content = vec![0; len];
    let read = vfs.read(&file, 0, &mut content)?;
    content.truncate(read);
    Ok(content)
}
