//! Letters with accents, and how Unicode spells them: only those of Latin-1, which is enough to tell file systems apart.

use std::borrow::Cow;

use crate::Name;

/// Grave, acute, circumflex, tilde, diaeresis, ring and cedilla, with the letters that have one.
const COMPOSED: [(char, &str, &str); 7] = [
    ('\u{300}', "aeiouAEIOU", "àèìòùÀÈÌÒÙ"),
    ('\u{301}', "aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"),
    ('\u{302}', "aeiouAEIOU", "âêîôûÂÊÎÔÛ"),
    ('\u{303}', "anoANO", "ãñõÃÑÕ"),
    ('\u{308}', "aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"),
    ('\u{30a}', "aA", "åÅ"),
    ('\u{327}', "cC", "çÇ"),
];

/// The name with each letter before its accent.
pub(super) fn apart(name: &Name) -> Cow<'_, Name> {
    let Some(text) = name.to_str().filter(|text| !text.is_ascii()) else {
        return Cow::Borrowed(name);
    };
    let mut apart = String::with_capacity(text.len() + 2);
    for char in text.chars() {
        match split(char) {
            Some((letter, accent)) => apart.extend([letter, accent]),
            None => apart.push(char),
        }
    }
    Cow::Owned(Name::new(apart).expect("BUG: accents are no separators"))
}

fn split(char: char) -> Option<(char, char)> {
    COMPOSED.iter().find_map(|(accent, letters, composed)| {
        let (letter, _) = letters.chars().zip(composed.chars()).find(|(_, it)| *it == char)?;
        Some((letter, *accent))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_before_their_accents() {
        for (accent, letters, composed) in COMPOSED {
            assert_eq!(letters.chars().count(), composed.chars().count(), "{accent:?}");
        }
        let apart = |text: &str| apart(&Name::new(text).unwrap()).to_string();
        assert_eq!(apart("caf\u{e9}-\u{c7}"), "cafe\u{301}-C\u{327}");
        assert_eq!(apart("cafe\u{301} ß"), "cafe\u{301} ß");
    }
}
