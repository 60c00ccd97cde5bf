//! Two texts line by line: what a template was, and what it is.

use std::time::{Duration, Instant};

use serde::Serialize;
use similar::{Algorithm, ChangeTag, TextDiff as Compared};
use specta::Type;

use crate::detail::count;
use crate::operation::Secrets;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

/// More lines than this nobody reads.
const MOST: usize = 2_000;

/// How long the least difference is looked for; after that a larger one does.
const PATIENCE: Duration = Duration::from_millis(300);

/// The lines that differ, with some around them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
pub struct TextDiff {
    /// Lines that only the new text has.
    pub added: u32,
    /// Lines that only the old one has.
    pub removed: u32,
    /// The changes, each with the lines around it.
    pub hunks: Vec<Vec<DiffLine>>,
    /// Whether there are more than are told here.
    pub cut: bool,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct DiffLine {
    /// Which text has it.
    pub side: DiffSide,
    /// Its number in the old text.
    pub old: Option<u32>,
    /// Its number in the new one.
    pub new: Option<u32>,
    /// The line.
    pub text: String,
}

/// Which of two texts has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DiffSide {
    /// Both.
    Both,
    /// Only the old one.
    Old,
    /// Only the new one.
    New,
}

impl TextDiff {
    /// Hides every secret in it. What differs only in a secret still differs.
    pub(crate) fn masked(mut self, secrets: &Secrets) -> Self {
        self.hunks.iter_mut().flatten().for_each(|line| secrets.mask(&mut line.text));
        self
    }
}

/// What differs between two texts. Blank lines at their ends do not count: CloudFormation drops them.
pub(crate) fn diff(old: &str, new: &str) -> TextDiff {
    let (old, new) = (old.trim_end(), new.trim_end());
    let compared = Compared::configure()
        .algorithm(Algorithm::Myers)
        .deadline(Instant::now() + PATIENCE)
        .diff_lines(old, new);
    let mut found = TextDiff::default();
    for change in compared.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {}
            ChangeTag::Delete => found.removed += 1,
            ChangeTag::Insert => found.added += 1,
        }
    }
    let mut left = MOST;
    for group in compared.grouped_ops(CONTEXT) {
        let lines = group.iter().flat_map(|op| compared.iter_changes(op)).map(|change| DiffLine {
            side: match change.tag() {
                ChangeTag::Equal => DiffSide::Both,
                ChangeTag::Delete => DiffSide::Old,
                ChangeTag::Insert => DiffSide::New,
            },
            old: change.old_index().map(|index| count(index + 1)),
            new: change.new_index().map(|index| count(index + 1)),
            text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
        });
        let mut lines: Vec<DiffLine> = lines.collect();
        found.cut |= lines.len() > left;
        lines.truncate(left);
        left -= lines.len();
        if !lines.is_empty() {
            found.hunks.push(lines);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(diff: &TextDiff) -> Vec<String> {
        let lines = diff.hunks.iter().flatten();
        lines
            .map(|line| {
                let sign = match line.side {
                    DiffSide::Both => ' ',
                    DiffSide::Old => '-',
                    DiffSide::New => '+',
                };
                format!("{sign}{}", line.text)
            })
            .collect()
    }

    #[test]
    fn a_changed_line_stands_between_its_neighbours() {
        let old: Vec<String> = (1..=20).map(|line| format!("line {line}")).collect();
        let mut new = old.clone();
        new[9] = "another".to_owned();
        let found = diff(&(old.join("\n") + "\n\n"), &new.join("\n"));
        assert_eq!((found.added, found.removed, found.cut), (1, 1, false));
        assert_eq!(
            shown(&found),
            [" line 7", " line 8", " line 9", "-line 10", "+another", " line 11", " line 12", " line 13"]
        );
        let changed = &found.hunks[0];
        assert_eq!((changed[3].old, changed[3].new, changed[4].new), (Some(10), None, Some(10)));
    }

    #[test]
    fn equal_texts_differ_in_nothing_and_huge_ones_are_cut() {
        assert_eq!(diff("a\nb\n", "a\nb"), TextDiff::default());
        let (old, new) = ("a\n".repeat(9_000), "b\n".repeat(9_000));
        let found = diff(&old, &new);
        assert_eq!((found.added, found.removed, found.cut), (9_000, 9_000, true));
        assert_eq!(found.hunks.iter().map(Vec::len).sum::<usize>(), MOST);
    }
}
