//! Texts that others wrote, on their way to where some of their characters would be obeyed: a terminal, a window's title,
//! a notification, the clipboard. What comes from a file, from CloudFormation or as the name of a folder can hold orders
//! to a terminal, and marks that show another text than there is.

use std::borrow::Cow;
use std::io::{self, Write};

/// What stands for a character that is not shown.
const SHOWN_INSTEAD: char = char::REPLACEMENT_CHARACTER;

/// Characters that are obeyed or change what is seen and are not seen themselves, as the first and the last of each
/// range, in their order. The page has the same table, by way of its bindings.
/// Sources: ECMA-48 (control functions); Unicode Standard Annex 9, 'Directional Formatting Characters'; Unicode Technical
/// Standard 55, 'Invisible characters'; the Unicode Character Database's property `Default_Ignorable_Code_Point`. The
/// variation selectors of emoji (U+FE00 to U+FE0F) change nothing else and stay.
pub const UNSEEN: [(u32, u32); 18] = [
    // C0, DEL and C1.
    (0x00, 0x1f),
    (0x7f, 0x9f),
    // The soft hyphen, and a joiner of graphemes.
    (0xad, 0xad),
    (0x034f, 0x034f),
    // Arabic letter mark.
    (0x061c, 0x061c),
    // Fillers and vowels without a shape.
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    // Zero width, and the marks of both directions.
    (0x200b, 0x200f),
    // Separators of lines and paragraphs; embeddings and overrides.
    (0x2028, 0x202e),
    // Word joiner, invisible operators, isolates, deprecated formats.
    (0x2060, 0x206f),
    (0x3164, 0x3164),
    // The byte order mark.
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    // Annotations between lines.
    (0xfff0, 0xfffb),
    (0x1_bca0, 0x1_bca3),
    (0x1_d173, 0x1_d17a),
    // Tags, and the selectors of variations in which whole texts have been hidden.
    (0xe_0000, 0xe_0fff),
];

/// Whether a character is one of those that [`UNSEEN`] has.
pub fn is_unseen(c: char) -> bool {
    UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)))
}

/// A text for where there is one line: breaks and tabs become blanks.
pub fn line(text: &str) -> String {
    cleaned(text, |c| matches!(c, '\n' | '\r' | '\t').then_some(' '))
}

/// A text for where lines are meant: breaks and tabs stay.
pub fn lines(text: &str) -> String {
    cleaned(&text.replace("\r\n", "\n"), |c| matches!(c, '\n' | '\t').then_some(c))
}

/// Whole colour and cursor orders go; whatever else is not seen becomes a replacement character, so that a text that hides
/// something never looks like one that does not.
fn cleaned(text: &str, blank: impl Fn(char) -> Option<char>) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = after_order(rest) {
            rest = after;
            continue;
        }
        clean.push(blank(c).unwrap_or(if is_unseen(c) { SHOWN_INSTEAD } else { c }));
        rest = &rest[c.len_utf8()..];
    }
    clean
}

/// What follows a control sequence that a text begins with: the introducer, parameters, a final letter (ECMA-48, 5.4).
fn after_order(text: &str) -> Option<&str> {
    let order = text.strip_prefix("\u{1b}[").or_else(|| text.strip_prefix('\u{9b}'))?;
    let order = order.trim_start_matches(|c| matches!(c, '\u{20}'..='\u{3f}'));
    order.strip_prefix(|c| matches!(c, '\u{40}'..='\u{7e}'))
}

/// A JSON document in which whatever is not seen is written as an escape: the same document to a program, and harmless
/// where it is shown. Breaks and tabs stay, which JSON has only between its tokens.
pub fn json(document: &str) -> String {
    let mut clean = String::with_capacity(document.len());
    for c in document.chars() {
        if is_unseen(c) && !matches!(c, '\n' | '\t') {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                clean.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Cleans what is written through it, as a log on its way to a terminal is. Each piece that it is given is cleaned by itself.
#[derive(Debug)]
pub struct Cleaning<W>(pub W);

impl<W: Write> Write for Cleaning<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let text: Cow<'_, str> = String::from_utf8_lossy(piece);
        self.0.write_all(lines(&text).as_bytes())?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_in_order() {
        let ends: Vec<u32> = UNSEEN.iter().flat_map(|(first, last)| [*first, *last]).collect();
        assert!(ends.is_sorted(), "{ends:x?}");
        assert!(ends.windows(2).skip(1).step_by(2).all(|between| between[0] < between[1]), "{ends:x?}");
    }

    #[test]
    fn what_would_be_obeyed_is_shown_or_gone() {
        for (text, one, several) in [
            ("plain — ü 漢字 👍🏽 ⚠️", "plain — ü 漢字 👍🏽 ⚠️", "plain — ü 漢字 👍🏽 ⚠️"),
            ("a\nb\tc\r\nd", "a b c  d", "a\nb\tc\nd"),
            ("over\rwritten", "over written", "over\u{fffd}written"),
            // Colours, the cursor, clearing the screen; also with the one-character introducer.
            ("\u{1b}[31mred\u{1b}[0m\u{1b}[2J\u{1b}[?25l\u{9b}1A", "red", "red"),
            // An order that does not end is shown.
            ("\u{1b}[31", "\u{fffd}[31", "\u{fffd}[31"),
            // The clipboard (OSC 52), a title (OSC 2), a link (OSC 8).
            ("\u{1b}]52;c;cm0=\u{7}", "\u{fffd}]52;c;cm0=\u{fffd}", "\u{fffd}]52;c;cm0=\u{fffd}"),
            ("\u{9d}2;t\u{9c}", "\u{fffd}2;t\u{fffd}", "\u{fffd}2;t\u{fffd}"),
            // ^C, and what the first cleaning must not leave behind.
            ("a\u{3}b", "a\u{fffd}b", "a\u{fffd}b"),
            ("\u{1b}\u{1b}[m[2J", "\u{fffd}[2J", "\u{fffd}[2J"),
            // Another text than there is.
            ("\u{202e}gpj.exe", "\u{fffd}gpj.exe", "\u{fffd}gpj.exe"),
            ("pa\u{200b}y\u{e0041}", "pa\u{fffd}y\u{fffd}", "pa\u{fffd}y\u{fffd}"),
        ] {
            assert_eq!((line(text).as_str(), lines(text).as_str()), (one, several), "{text:?}");
        }
    }

    #[test]
    fn what_a_program_logs_is_cleaned() {
        let mut written = Vec::new();
        Cleaning(&mut written).write_all("WARN \u{9b}2Ja\u{202e}b\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "WARN a\u{fffd}b\n");
    }

    /// Texts of which many characters are dangerous ones.
    fn texts() -> impl Strategy<Value = String> {
        let unseen = prop::sample::select(UNSEEN.to_vec())
            .prop_flat_map(|(first, last)| first..=last)
            .prop_filter_map("a surrogate", char::from_u32);
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            unseen.prop_map(String::from),
            "\u{1b}\\[[0-9;?]{0,4}[a-zA-Z]?",
            "[a-z\\[\\]m;\n\t\r\"\\\\]{1,4}",
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_that_is_unseen_is_left(text in texts()) {
            let (one, several) = (line(&text), lines(&text));
            prop_assert!(!one.chars().any(is_unseen), "{:?}", one);
            prop_assert!(!several.chars().any(|c| is_unseen(c) && c != '\n' && c != '\t'), "{:?}", several);
            prop_assert_eq!(line(&one), one);
            prop_assert_eq!(lines(&several), several);
        }

        #[test]
        fn a_text_without_anything_unseen_stays(text in "[^\\p{C}\\p{Z}\\p{M}\u{115f}\u{1160}\u{3164}\u{ffa0}]{0,20}") {
            prop_assert_eq!(line(&text), text);
        }

        #[test]
        fn a_document_is_the_same_document_without_anything_unseen(text in texts()) {
            let document = serde_json::to_string_pretty(&[&text]).unwrap();
            let shown = json(&document);
            prop_assert!(!shown.chars().any(|c| is_unseen(c) && c != '\n'), "{:?}", shown);
            let [read]: [String; 1] = serde_json::from_str(&shown).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
