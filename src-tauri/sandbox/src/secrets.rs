//! Values of `NoEcho` parameters: never kept, only a seal of them, which shows as `****`.
//!
//! A seal is a salted SHA-256 between two private-use characters. It stands in evaluated properties where
//! the value would stand, so a changed secret is seen as a change, and nothing can be read back.

use crate::ids;

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';
const MASK: &str = "****";

/// The seal that stands for `secret`. The salt belongs to one stack.
pub(crate) fn seal(salt: &str, secret: &str) -> String {
    format!("{OPEN}{:032x}{CLOSE}", ids::number(format!("{salt}\0{secret}")))
}

pub(crate) fn contains(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether two texts are equal, where either may be the seal of the other.
pub(crate) fn equal(salt: &str, left: &str, right: &str) -> bool {
    left == right
        || contains(left) && left == seal(salt, right)
        || contains(right) && right == seal(salt, left)
}

/// The text as it may be shown.
pub(crate) fn mask(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sealed)) = rest.split_once(OPEN) {
        shown.push_str(before);
        shown.push_str(MASK);
        rest = sealed.split_once(CLOSE).map_or("", |(_, after)| after);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_hides_its_secret_and_still_tells_equal_from_different() {
        let sealed = seal("salt", "hunter2");
        assert!(!sealed.contains("hunter2"));
        assert_ne!(sealed, seal("other salt", "hunter2"));
        assert!(equal("salt", &sealed, "hunter2") && equal("salt", "hunter2", &sealed));
        assert!(!equal("salt", &sealed, "hunter3") && equal("salt", "a", "a"));
        assert_eq!(mask(&format!("mysql://root:{sealed}@db")), "mysql://root:****@db");
        assert_eq!(mask("plain"), "plain");
    }
}
