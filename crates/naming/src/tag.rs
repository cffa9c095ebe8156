//! What marks a root as a cache: the file of <https://bford.info/cachedir/>, and how ours is told from those of others.

/// The name of the file, in whichever directory and by whomever it was made. It is not the name of a unit.
pub const CACHEDIR_TAG: &str = "CACHEDIR.TAG";

/// What we write into it.
pub const TAG_TEXT: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # This directory is a cache of incrdir. What is in it can be made again.\n";

/// How every tag of ours begins, whatever later versions add: the signature, and whose it is.
const OURS: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # This directory is a cache of incrdir.";

/// Whether a tag with this text, or this beginning of a text, was made by us.
///
/// ```
/// use incrdir_naming::{TAG_TEXT, is_tag_of_ours};
///
/// assert!(is_tag_of_ours(TAG_TEXT));
/// assert!(!is_tag_of_ours(b"Signature: 8a477f597d28d172789f06886806bc55\n# Made by somebody else\n"));
/// ```
pub fn is_tag_of_ours(text: &[u8]) -> bool {
    text.starts_with(OURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_recognised() {
        assert!(is_tag_of_ours(TAG_TEXT));
        assert!(!is_tag_of_ours(&TAG_TEXT[..TAG_TEXT.len() / 2]));
        assert!(!is_tag_of_ours(b""));
    }
}
