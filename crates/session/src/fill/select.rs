//! What a session takes over of its source, if that is not everything: the source's list without the rest.

use incrdir_record::List;

use crate::Selection;

/// The list with what is selected, and the directories that lead to it. `None`: it is longer than any record.
pub(crate) fn select(list: &List, selection: &Selection) -> Option<List> {
    let mut takes = vec![false; list.len()];
    let mut walk = vec![Level { block: 0, next: 0, of: None, is_included: false }];
    // The path of the directory that the walk is in, with a separator at its end.
    let mut path = String::new();
    while let Some(level) = walk.last_mut() {
        let Some(item) = list.block(level.block).get(level.next) else {
            path.truncate(path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1));
            walk.pop();
            continue;
        };
        let number = list.first_of(level.block) + level.next;
        level.next += 1;
        let own_path = format!("{path}{}", String::from_utf8_lossy(list.name(item)));
        let is_dir = item.block().is_some();
        if selection.excludes(&own_path, is_dir) {
            continue;
        }
        let is_included = level.is_included || selection.includes(&own_path, is_dir);
        if is_included {
            takes[number] = true;
            for leading in walk.iter().rev().map_while(|level| level.of) {
                if std::mem::replace(&mut takes[leading], true) {
                    break;
                }
            }
        }
        if let Some(block) = item.block() {
            path = own_path + "/";
            walk.push(Level { block, next: 0, of: Some(number), is_included });
        }
    }
    list.select(&takes)
}

/// A directory that the walk is in.
struct Level {
    block: usize,
    next: usize,
    /// Its own number.
    of: Option<usize>,
    /// Whether all in it is included, because it is.
    is_included: bool,
}
