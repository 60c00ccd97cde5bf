//! CloudFormation's stack statuses and what each means for us: the one table. Source: AWS CloudFormation
//! User Guide, 'Stack status codes'.

use crate::operation::{Direction, StackOutcome};
use crate::status::StackStatus;

/// What a stack with a given CloudFormation status lets us do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Something runs: wait for it.
    Busy,
    /// It can be updated.
    Updatable,
    /// A first create failed or was never executed: delete what is left, then create.
    Leftover,
    /// It must be repaired before it can be updated.
    Stuck,
    /// It is gone.
    Absent,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// CloudFormation's word.
    pub name: &'static str,
    /// What can be done next.
    pub standing: Standing,
    /// Our status of a stack that stands so and that no operation of ours is working on.
    pub seen: StackStatus,
    /// How a deploy that waited for this end came out; `None` while it is no end.
    pub up: Option<StackOutcome>,
    /// How a destroy that waited for this end came out; `None` while it is no end.
    pub down: Option<StackOutcome>,
}

const fn row(
    name: &'static str,
    standing: Standing,
    seen: StackStatus,
    up: Option<StackOutcome>,
    down: Option<StackOutcome>,
) -> Row {
    Row { name, standing, seen, up, down }
}

const NO: Option<StackOutcome> = Some(StackOutcome::Failed);
const YES: Option<StackOutcome> = Some(StackOutcome::Succeeded);

use StackStatus::{Deployed, Deploying, Destroyed, Destroying, Failed, NotDeployed};
use Standing::{Absent, Busy, Leftover, Stuck, Updatable};

#[rustfmt::skip]
const TABLE: [Row; 23] = [
    // CloudFormation's word                          next       ours         deploy destroy
    row("REVIEW_IN_PROGRESS",                           Leftover,  NotDeployed, None,  None),
    row("CREATE_IN_PROGRESS",                           Busy,      Deploying,   None,  None),
    row("CREATE_COMPLETE",                              Updatable, Deployed,    YES,   NO),
    row("CREATE_FAILED",                                Leftover,  Failed,      NO,    NO),
    row("ROLLBACK_IN_PROGRESS",                         Busy,      Deploying,   None,  None),
    row("ROLLBACK_COMPLETE",                            Leftover,  Failed,      NO,    NO),
    row("ROLLBACK_FAILED",                              Leftover,  Failed,      NO,    NO),
    row("DELETE_IN_PROGRESS",                           Busy,      Destroying,  None,  None),
    row("DELETE_COMPLETE",                              Absent,    Destroyed,   NO,    YES),
    row("DELETE_FAILED",                                Stuck,     Failed,      NO,    NO),
    row("UPDATE_IN_PROGRESS",                           Busy,      Deploying,   None,  None),
    row("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",          Busy,      Deploying,   None,  None),
    row("UPDATE_COMPLETE",                              Updatable, Deployed,    YES,   NO),
    row("UPDATE_FAILED",                                Stuck,     Failed,      NO,    NO),
    row("UPDATE_ROLLBACK_IN_PROGRESS",                  Busy,      Deploying,   None,  None),
    row("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Busy,      Deploying,   None,  None),
    row("UPDATE_ROLLBACK_COMPLETE",                     Updatable, Failed,      NO,    NO),
    row("UPDATE_ROLLBACK_FAILED",                       Stuck,     Failed,      NO,    NO),
    row("IMPORT_IN_PROGRESS",                           Busy,      Deploying,   None,  None),
    row("IMPORT_ROLLBACK_IN_PROGRESS",                  Busy,      Deploying,   None,  None),
    row("IMPORT_COMPLETE",                              Updatable, Deployed,    YES,   NO),
    row("IMPORT_ROLLBACK_COMPLETE",                     Updatable, Failed,      NO,    NO),
    row("IMPORT_ROLLBACK_FAILED",                       Stuck,     Failed,      NO,    NO),
];

/// The row of a CloudFormation status; `None` for one that this version does not know.
pub fn row_of(status: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == status)
}

/// What can be done next with a stack of this status. One that this version does not know is taken by its
/// ending: busy while something is in progress, else stuck, so that nothing is done to it blindly.
pub fn standing(status: &str) -> Standing {
    match row_of(status) {
        Some(row) => row.standing,
        None if status.ends_with("_IN_PROGRESS") => Standing::Busy,
        None => Standing::Stuck,
    }
}

/// How an operation that waits for a stack came out, once it stands so; `None`: it still runs.
pub fn outcome(status: &str, direction: Direction) -> Option<StackOutcome> {
    match row_of(status) {
        Some(row) => match direction {
            Direction::Up => row.up,
            Direction::Down => row.down,
        },
        None if standing(status) == Standing::Busy => None,
        None => Some(StackOutcome::Failed),
    }
}

/// The statuses of a stack on which something runs, for a filtered ListStacks.
pub fn in_progress() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|row| row.name.ends_with("_IN_PROGRESS")).map(|row| row.name)
}

/// What a person should know of a stack that ended so, beyond the reason that CloudFormation gives.
pub fn remark(status: &str) -> Option<&'static str> {
    match status {
        "UPDATE_ROLLBACK_COMPLETE" => Some("the update was rolled back: the previous version still runs"),
        "ROLLBACK_COMPLETE" => Some("the create was rolled back: nothing runs"),
        "UPDATE_ROLLBACK_FAILED" => Some("the rollback failed too: the stack needs to be repaired"),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_consistent() {
        for row in &TABLE {
            assert_eq!(row_of(row.name), Some(row), "{} stands twice", row.name);
            let running = row.name.ends_with("_IN_PROGRESS");
            assert_eq!(row.up.is_none() && row.down.is_none(), running, "{}", row.name);
            assert_eq!(row.up.is_some(), row.down.is_some(), "{}", row.name);
            if row.standing == Busy {
                assert!(matches!(row.seen, Deploying | Destroying), "{}", row.name);
            }
            if row.up == YES {
                assert_eq!(row.seen, Deployed, "{}", row.name);
            }
        }
    }

    #[test]
    fn whole_names_count_and_not_endings() {
        assert_eq!(standing("ROLLBACK_COMPLETE"), Leftover);
        assert_eq!(standing("UPDATE_ROLLBACK_COMPLETE"), Updatable);
        assert_eq!(outcome("UPDATE_ROLLBACK_COMPLETE", Direction::Up), NO);
        assert_eq!(outcome("DELETE_COMPLETE", Direction::Down), YES);
        assert_eq!(outcome("DELETE_COMPLETE", Direction::Up), NO);
        // An export in use: delete goes back to CREATE_COMPLETE.
        assert_eq!(outcome("CREATE_COMPLETE", Direction::Down), NO);
    }

    #[test]
    fn a_status_of_the_future_is_waited_for_or_left_alone() {
        assert_eq!(standing("SHRINK_IN_PROGRESS"), Busy);
        assert_eq!(outcome("SHRINK_IN_PROGRESS", Direction::Up), None);
        assert_eq!(standing("SHRINK_COMPLETE"), Stuck);
        assert_eq!(outcome("SHRINK_COMPLETE", Direction::Up), NO);
    }
}
