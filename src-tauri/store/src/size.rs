//! How large each file may be. Its reader takes no more, so that a hostile file costs no more than that; and its writer makes
//! no more of it, so that nothing is written that could not be read again.

use std::collections::BTreeSet;
use std::path::Path;

use skydeck_model::StackKey;
use skydeck_model::validate::MANIFEST_FILE;

use crate::error::StoreError;
use crate::log;
use crate::state::{STATE_FILE, State};

const MIB: u64 = 1 << 20;

/// The state file: 500 stacks in 8 environments with 200 outputs each, CloudFormation's most, make 70 to 100 MiB of it.
const STATE: u64 = 256 * MIB;

/// The manifest: 5,000 stacks, or 500 whose parameters differ in each of 8 environments.
const MANIFEST: u64 = 8 * MIB;

/// A log: half a million events. They are held in memory all at once.
const LOG: u64 = 256 * MIB;

/// Of a log this much is left for what must be told until the operation's end: of 500 stacks with 200 outputs each, that is
/// a fifth of it.
const LOG_RESERVE: u64 = 64 * MIB;

/// Whatever else: CloudFormation takes no larger template.
const OTHER: u64 = MIB;

#[cfg(test)]
thread_local! {
    /// How large any file may be where a test says so, since writing real ones would take a test too long.
    pub(crate) static MOST: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
}

/// How large a file may be (bytes).
pub(crate) fn most(path: &Path) -> u64 {
    #[cfg(test)]
    if let Some(most) = MOST.get() {
        return most;
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name {
        STATE_FILE => STATE,
        MANIFEST_FILE => MANIFEST,
        _ if log::operation_of(path).is_some() => LOG,
        _ => OTHER,
    }
}

/// That a file which is to be written with that many bytes can be read again.
///
/// # Errors
/// [`StoreError::TooLarge`].
pub(crate) fn check(path: &Path, length: u64) -> Result<(), StoreError> {
    let most = most(path);
    if length <= most { Ok(()) } else { Err(StoreError::TooLarge { path: path.to_owned(), most }) }
}

/// Whether a log of that many bytes has only room left for what must be told.
pub(crate) fn is_log_filling(length: u64) -> bool {
    length > LOG - LOG_RESERVE
}

/// What an entry of the state file takes beside its outputs, with a reason and a drift in a few words.
const ENTRY: u64 = 1024;

/// What an output takes beside its name: blanks, a colon, and a value as long as an ARN is at most as a rule.
const OUTPUT: u64 = 140;

/// How many of the stacks with the most outputs are named.
const NAMED: usize = 3;

/// That the state file of a folder can be read again when these stacks have entries with these outputs. How long the
/// outputs' values are nobody knows before; they are taken to be as long as ARNs.
///
/// # Errors
/// [`StoreError::NoRoom`].
pub(crate) fn expect_room<'k>(
    folder: &Path,
    state: &State,
    planned: impl Iterator<Item = (&'k StackKey, &'k [String])>,
) -> Result<(), StoreError> {
    let mut planned: Vec<(&StackKey, &[String])> = planned.collect();
    let keys: BTreeSet<&StackKey> = planned.iter().map(|(key, _)| *key).collect();
    let stays = state.stacks.iter().filter(|entry| entry.key().is_none_or(|key| !keys.contains(&key)));
    let stays = stays.map(|entry| {
        let outputs = entry.outputs.iter().map(|(name, value)| name.len() + value.len() + 12);
        ENTRY + outputs.sum::<usize>() as u64
    });
    let comes = planned
        .iter()
        .map(|(_, outputs)| ENTRY + outputs.iter().map(|name| name.len() as u64 + OUTPUT).sum::<u64>());
    let expected = stays.sum::<u64>() + comes.sum::<u64>();
    if expected <= STATE {
        return Ok(());
    }
    let stacks = planned.len();
    planned.sort_by_key(|(_, outputs)| std::cmp::Reverse(outputs.len()));
    let largest = planned.iter().take(NAMED).map(|(key, outputs)| format!("{key} ({})", outputs.len()));
    Err(StoreError::NoRoom {
        path: folder.join(STATE_FILE),
        expected,
        most: STATE,
        stacks,
        largest: largest.collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            deployment_status: None,
            last_updated: None,
            current_operation: None,
            stacks: Vec::new(),
            environments: std::collections::BTreeMap::new(),
            needs: std::collections::BTreeMap::new(),
            newer: None,
        }
    }

    fn room(stacks: usize, environments: usize, outputs: usize) -> Result<(), StoreError> {
        let key = |stack, environment| StackKey {
            stack: format!("stack-{stack}").parse().unwrap(),
            environment: format!("env{environment}").parse().unwrap(),
        };
        let keys: Vec<StackKey> =
            (0..stacks).flat_map(|stack| (0..environments).map(move |it| key(stack, it))).collect();
        let outputs: Vec<String> =
            (0..outputs).map(|number| format!("ALongerNameThanMost{number}")).collect();
        expect_room(Path::new("/d"), &state(), keys.iter().map(|key| (key, outputs.as_slice())))
    }

    #[test]
    fn the_most_that_is_promised_has_room_and_what_has_none_is_named() {
        room(500, 8, 200).unwrap();
        room(5_000, 1, 200).unwrap();
        let told = room(5_000, 3, 200).unwrap_err().to_string();
        assert!(
            told.contains("the outputs of 15000 stacks") && told.contains("stack-0-env0 (200)"),
            "{told}"
        );
    }
}
