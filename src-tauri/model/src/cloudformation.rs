//! CloudFormation's stack statuses and what each means for us: the one table. Source: AWS CloudFormation
//! User Guide, 'Stack status codes' and 'Troubleshooting'.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::ids::{AccountId, Region};
use crate::manifest::Environment;
use crate::operation::{Direction, StackOutcome};
use crate::status::{self, StackStatus, words};

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

/// What helps a stack that does not stand as wanted, by the name under which it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WayOut {
    /// Wait until what runs has ended, or leave it to whoever started it.
    Wait,
    /// Mend the cause and deploy again: the stack takes an update.
    DeployAgain,
    /// Delete what is left of a first create and create it again: a deploy does both.
    Recreate,
    /// ContinueUpdateRollback, leaving out resources that cannot go back.
    ContinueRollback,
    /// RollbackStack: back to the last version that stood.
    RollBack,
    /// Delete a change set that was never executed, and the empty stack around it.
    DiscardReview,
    /// DeleteStack once more.
    DestroyAgain,
    /// DeleteStack, leaving resources behind that cannot be deleted.
    Retain,
    /// DeleteStack with FORCE_DELETE_STACK: whatever cannot be deleted is left behind.
    ForceDelete,
    /// Switch termination protection off.
    Unprotect,
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
    /// How a repair that waited for this end came out; `None` while it is no end.
    pub back: Option<StackOutcome>,
    /// What helps, the best first; none where nothing is wrong.
    pub ways: &'static [WayOut],
}

const fn row(
    name: &'static str,
    standing: Standing,
    seen: StackStatus,
    [up, down, back]: [Option<StackOutcome>; 3],
    ways: &'static [WayOut],
) -> Row {
    Row { name, standing, seen, up, down, back, ways }
}

const NO: Option<StackOutcome> = Some(StackOutcome::Failed);
const YES: Option<StackOutcome> = Some(StackOutcome::Succeeded);
/// No end: something still runs.
const GOES_ON: [Option<StackOutcome>; 3] = [None, None, None];

use StackStatus::{Deployed, Deploying, Destroyed, Destroying, Failed, NotDeployed};
use Standing::{Absent, Busy, Leftover, Stuck, Updatable};
use WayOut::{
    ContinueRollback, DeployAgain, DestroyAgain, DiscardReview, ForceDelete, Recreate, Retain, RollBack, Wait,
};

#[rustfmt::skip]
const TABLE: [Row; 23] = [
    // CloudFormation's word                          next       ours         deploy destroy repair   what helps
    row("REVIEW_IN_PROGRESS",                           Leftover,  NotDeployed, GOES_ON,        &[DiscardReview, Recreate]),
    row("CREATE_IN_PROGRESS",                           Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("CREATE_COMPLETE",                              Updatable, Deployed,    [YES, NO, YES], &[]),
    row("CREATE_FAILED",                                Leftover,  Failed,      [NO, NO, NO],   &[Recreate, DestroyAgain]),
    row("ROLLBACK_IN_PROGRESS",                         Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("ROLLBACK_COMPLETE",                            Leftover,  Failed,      [NO, NO, YES],  &[Recreate, DestroyAgain]),
    row("ROLLBACK_FAILED",                              Leftover,  Failed,      [NO, NO, NO],   &[Recreate, DestroyAgain]),
    row("DELETE_IN_PROGRESS",                           Busy,      Destroying,  GOES_ON,        &[Wait]),
    row("DELETE_COMPLETE",                              Absent,    Destroyed,   [NO, YES, YES], &[]),
    row("DELETE_FAILED",                                Stuck,     Failed,      [NO, NO, NO],   &[DestroyAgain, Retain, ForceDelete]),
    row("UPDATE_IN_PROGRESS",                           Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",          Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("UPDATE_COMPLETE",                              Updatable, Deployed,    [YES, NO, YES], &[]),
    row("UPDATE_FAILED",                                Stuck,     Failed,      [NO, NO, NO],   &[RollBack, DestroyAgain]),
    row("UPDATE_ROLLBACK_IN_PROGRESS",                  Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("UPDATE_ROLLBACK_COMPLETE",                     Updatable, Failed,      [NO, NO, YES],  &[DeployAgain]),
    row("UPDATE_ROLLBACK_FAILED",                       Stuck,     Failed,      [NO, NO, NO],   &[ContinueRollback, DestroyAgain]),
    row("IMPORT_IN_PROGRESS",                           Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("IMPORT_ROLLBACK_IN_PROGRESS",                  Busy,      Deploying,   GOES_ON,        &[Wait]),
    row("IMPORT_COMPLETE",                              Updatable, Deployed,    [YES, NO, YES], &[]),
    row("IMPORT_ROLLBACK_COMPLETE",                     Updatable, Failed,      [NO, NO, YES],  &[DeployAgain]),
    row("IMPORT_ROLLBACK_FAILED",                       Stuck,     Failed,      [NO, NO, NO],   &[DestroyAgain]),
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

/// Whether the last thing that was tried on a stack of this status was to delete it.
pub fn was_being_deleted(status: &str) -> bool {
    status == "DELETE_FAILED"
}

/// What helps a stack of this status, the best first.
pub fn ways_out(status: &str) -> &'static [WayOut] {
    match row_of(status) {
        Some(row) => row.ways,
        None if standing(status) == Standing::Busy => &[Wait],
        None => &[],
    }
}

/// How an operation that waits for a stack came out, once it stands so; `None`: it still runs.
pub fn outcome(status: &str, direction: Direction) -> Option<StackOutcome> {
    match row_of(status) {
        Some(row) => match direction {
            Direction::Up => row.up,
            Direction::Down => row.down,
            Direction::Back => row.back,
        },
        None if standing(status) == Standing::Busy => None,
        None => Some(StackOutcome::Failed),
    }
}

/// What one event of a stack tells of why an operation failed; the more it tells, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blame {
    /// Nothing: nothing failed in it.
    Nothing,
    /// Something failed, but only since something else had: `Resource creation cancelled`.
    Follows,
    /// This failed by itself.
    Cause,
}

/// How the reasons begin that CloudFormation gives to what failed since something else had.
const FOLLOWING: [&str; 7] = [
    "Resource creation cancelled",
    "Resource update cancelled",
    "Resource deletion cancelled",
    "Resource import cancelled",
    // Of the stack: its resources have told why.
    "The following resource(s) failed to ",
    // Of a resource: the hook has told why, in an event of its own.
    "The following hook(s) failed",
    // Somebody wanted it so.
    "User Initiated",
];

/// Whether an event is the cause of a failure or only follows one: the one rule for what is shown as the reason.
/// `of_stack`: whether it tells of the stack itself, which fails as a whole where an export is missing or taken, time ran
/// out, an alarm went off or an export is in use. `direction`: where the operation was going, since a stack that is back at
/// `CREATE_COMPLETE` is a good end or a refused delete.
pub fn blame(of_stack: bool, status: &str, reason: Option<&str>, direction: Direction) -> Blame {
    let reason = reason.unwrap_or_default();
    let failed = if of_stack {
        // CloudFormation turns round as soon as it knows; only a repair wants to go back.
        let turns_round = status.ends_with("ROLLBACK_IN_PROGRESS") && direction != Direction::Back;
        let ends_badly = outcome(status, direction) == Some(StackOutcome::Failed);
        (turns_round || ends_badly) && !reason.is_empty()
    } else {
        status.ends_with("_FAILED")
    };
    match FOLLOWING.iter().any(|start| reason.starts_with(start)) {
        _ if !failed => Blame::Nothing,
        true => Blame::Follows,
        false => Blame::Cause,
    }
}

/// Of an operation's events in their order, the one that tells why it failed: the first cause; where none was told, the
/// first that follows one.
pub fn cause<E>(events: impl IntoIterator<Item = E>, blame: impl Fn(&E) -> Blame) -> Option<E> {
    let mut found: Option<E> = None;
    for event in events {
        if blame(&event) > found.as_ref().map_or(Blame::Nothing, &blame) {
            found = Some(event);
        }
    }
    found
}

/// Why a stack failed, in one line: the cause, else the stack's own reason, else how it ended; then what that means.
pub fn why(cause: Option<&str>, reason: Option<&str>, status: &str) -> String {
    let ended = || format!("the stack ended in {status}");
    let cause = cause.or(reason).filter(|text| !text.is_empty()).map_or_else(ended, str::to_owned);
    match remark(status) {
        Some(remark) => format!("{cause} — {remark}"),
        None => cause,
    }
}

/// The statuses of a stack on which something runs, for a filtered ListStacks.
pub fn in_progress() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|row| row.name.ends_with("_IN_PROGRESS")).map(|row| row.name)
}

/// What a person should know of a stack that stands so, beyond the reason that CloudFormation gives.
pub fn remark(status: &str) -> Option<&'static str> {
    match status {
        "UPDATE_ROLLBACK_COMPLETE" => Some("the update was rolled back: the previous version still runs"),
        "IMPORT_ROLLBACK_COMPLETE" => Some("the import was rolled back: the previous version still runs"),
        "ROLLBACK_COMPLETE" => Some("the create was rolled back: nothing runs"),
        "CREATE_FAILED" => Some("the create failed and nothing was rolled back: parts of it may run"),
        "ROLLBACK_FAILED" => Some("the rollback of the create failed too: parts of it may be left"),
        "UPDATE_FAILED" => Some("the update failed half-way and nothing was rolled back"),
        "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => {
            Some("the rollback failed too: the stack needs to be repaired")
        }
        "DELETE_FAILED" => Some("it could not be deleted whole: parts of it are left"),
        "REVIEW_IN_PROGRESS" => {
            Some("a change set that was never executed is left; there is nothing in the stack")
        }
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" => {
            Some("it is usable; CloudFormation removes what is not needed any more, and it is safe to wait")
        }
        _ => None,
    }
}

/// Whether a stack is the empty one around a change set that would create it.
pub fn is_in_review(status: &str) -> bool {
    status == "REVIEW_IN_PROGRESS"
}

/// Whether CloudFormation can call off what it does to a stack of this status: an update alone (API reference of
/// CancelUpdateStack).
pub fn can_call_off(status: &str) -> bool {
    status == "UPDATE_IN_PROGRESS"
}

/// A stack as the files remember it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered<'a> {
    /// Our status.
    pub status: StackStatus,
    /// CloudFormation's status when it was last asked.
    pub cloudformation_status: Option<&'a str>,
    /// CloudFormation's id of it.
    pub stack_id: Option<&'a str>,
    /// When CloudFormation last changed it, as CloudFormation told (`LastUpdatedTime`, else `CreationTime`).
    pub changed_at: Option<&'a str>,
    /// What others had done to it already.
    pub outside: Option<Outside>,
}

/// Where a stack is, by its ARN, if that is not in this region and account: its environment was moved.
pub fn elsewhere(stack_id: &str, region: &Region, account: &AccountId) -> Option<String> {
    let mut parts = stack_id.split(':').skip(3);
    let (its_region, its_account) = (parts.next()?, parts.next()?);
    // The sandbox has accounts whose number is none of AWS's.
    let another = account.is_real() && its_account != account.as_str();
    (another || its_region != region.as_str()).then(|| format!("{its_region}, account {its_account}"))
}

/// A stack's id, if it is the ARN of a stack of this name: files that others may have written name any.
pub fn named_id<'a>(stack_id: &'a str, name: &str) -> Option<&'a str> {
    let parts: Vec<&str> = stack_id.split(':').collect();
    let ["arn", _, "cloudformation", _, _, resource] = parts[..] else { return None };
    let [kind, its_name, _] = resource.split('/').collect::<Vec<_>>()[..] else { return None };
    (kind == "stack" && its_name == name).then_some(stack_id)
}

/// The same, in the region and the account of its environment.
pub fn own_id<'a>(stack_id: &'a str, name: &str, environment: &Environment) -> Option<&'a str> {
    let Environment { region, account, .. } = environment;
    named_id(stack_id, name).filter(|id| elsewhere(id, region, account).is_none())
}

/// The region and the account of a stack, by its ARN.
pub fn home(stack_id: &str) -> Option<(Region, AccountId)> {
    let mut parts = stack_id.split(':').skip(3);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A stack as CloudFormation shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown<'a> {
    /// Its status.
    pub status: &'a str,
    /// CloudFormation's reason for it.
    pub reason: Option<&'a str>,
    /// Its id.
    pub stack_id: &'a str,
    /// When it was last changed.
    pub changed_at: Option<&'a str>,
}

/// What others did to a stack, outside this product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// They updated it, or tried to.
    Changed,
    /// They deleted it.
    Deleted,
    /// They deleted it and made a namesake.
    Recreated,
    /// They are at work on it.
    Underway,
}

words!(Outside {
    Changed => "changed",
    Deleted => "deleted",
    Recreated => "recreated",
    Underway => "underway",
});

/// What CloudFormation shows of a stack that no operation of ours is working on, against what the files remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Our status from now on; `None`: it stays.
    pub status: Option<StackStatus>,
    /// What was done outside this product, or is to be known; `None`: nothing new.
    pub remark: Option<String>,
    /// What others did, now or before: it holds until an operation of ours works on the stack.
    pub outside: Option<Outside>,
}

/// Compares what the files remember with what CloudFormation shows (`None`: there is no such stack), which tells what
/// others did: a stack deleted, made anew or updated by hand, an operation that runs and that we did not start.
pub fn seen(remembered: &Remembered<'_>, shown: Option<&Shown<'_>>) -> Seen {
    let nothing = Seen { status: None, remark: None, outside: remembered.outside };
    let Some(shown) = shown else {
        return if never_was(remembered.status, remembered.cloudformation_status) {
            Seen { status: Some(NotDeployed), ..nothing }
        } else if status::may_exist(remembered.status) {
            Seen {
                status: Some(Destroyed),
                remark: Some("it was deleted outside Skydeck".to_owned()),
                outside: Some(Outside::Deleted),
            }
        } else {
            nothing
        };
    };
    let Some(row) = row_of(shown.status) else {
        return Seen {
            remark: Some(format!(
                "CloudFormation shows {}, which this version does not know; the status is the last known one",
                shown.status
            )),
            ..nothing
        };
    };
    let told = |text: &str| Some(text.to_owned());
    let exists = status::may_exist(remembered.status);
    // The empty stack around a change set is none: a stack that was destroyed stays so.
    let none_before = row.seen == NotDeployed && !exists;
    let deleted = !exists && !none_before && remembered.outside == Some(Outside::Deleted);
    let is_it = |id: &str| id == shown.stack_id;
    let another = if deleted {
        !remembered.stack_id.is_some_and(is_it)
    } else {
        exists && !remembered.stack_id.is_none_or(is_it)
    };
    let touched = remembered.changed_at.is_some_and(|at| shown.changed_at.is_some_and(|now| now != at));
    let same = remembered.cloudformation_status == Some(shown.status) && !touched && !another;
    // What an operation has made of this very status stands: a stack that was rolled back and is as wanted again
    // counts as deployed.
    if same && !deleted && !matches!(remembered.status, Deploying | Destroying) {
        return nothing;
    }
    let remark = match row.standing {
        Busy => Some(format!("another operation, not started by Skydeck, is changing it ({})", shown.status)),
        _ if another => told("it was deleted and made anew outside Skydeck"),
        Updatable if touched && row.seen == Deployed => told("it was changed outside Skydeck"),
        _ if row.seen == Failed && shown.reason.is_some() => Some(why(None, shown.reason, shown.status)),
        _ => remark(shown.status).map(str::to_owned),
    };
    // A delete that fails leaves no time of change behind.
    let their_delete = was_being_deleted(shown.status) && remembered.status != Destroying;
    let outside = match row.standing {
        Busy => Some(Outside::Underway),
        _ if another => Some(Outside::Recreated),
        // It is the same one: it was only not to be seen.
        _ if deleted => None,
        // That a change set was made and left changes nothing.
        _ if row.seen != NotDeployed && (touched || their_delete) => Some(Outside::Changed),
        _ if remembered.outside == Some(Outside::Underway) => Some(Outside::Changed),
        _ => remembered.outside,
    };
    Seen { status: (row.seen != remembered.status && !none_before).then_some(row.seen), remark, outside }
}

/// Whether nothing that was tried has made a stack: CloudFormation refused to create it, or was never asked to. What is left
/// of an earlier one, or the empty stack around a change set, is none either.
pub fn never_was(status: StackStatus, cloudformation_status: Option<&str>) -> bool {
    let was_there =
        |status: &str| standing(status) != Absent && row_of(status).is_none_or(|row| row.seen != NotDeployed);
    matches!(status, Failed | Deploying) && !cloudformation_status.is_some_and(was_there)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_only_for_the_stack_of_that_name_in_that_account_and_region() {
        let (region, account) = ("us-east-1".parse().unwrap(), "123456789012".parse().unwrap());
        let environment = Environment::at("dev".parse().unwrap(), crate::Target::Aws, region, account);
        let id = "arn:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-net-dev/0a1b";
        assert_eq!(own_id(id, "DX6604E-net-dev", &environment), Some(id));
        for foreign in [
            "",
            "DX6604E-net-dev",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/payroll/0a1b",
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/DX6604E-net-dev/0a1b",
            "arn:aws:cloudformation:us-east-1:210987654321:stack/DX6604E-net-dev/0a1b",
            "arn:aws:cloudformation:us-east-1:123456789012:changeSet/DX6604E-net-dev/0a1b",
            "arn:aws:s3:us-east-1:123456789012:stack/DX6604E-net-dev/0a1b",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-net-dev/0a1b/x",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-net-dev/0a1b:x",
            "x:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-net-dev/0a1b",
        ] {
            assert_eq!(own_id(foreign, "DX6604E-net-dev", &environment), None, "{foreign}");
        }
    }

    #[test]
    fn what_cloudformation_refused_to_create_was_not_deleted_outside() {
        let arn = Some("arn:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-network-dev/1");
        for (status, cloudformation_status, stack_id, expected, outside) in [
            (Failed, None, None, NotDeployed, None),
            (Deploying, None, None, NotDeployed, None),
            // Of one that was destroyed before, its id is still known.
            (Failed, None, arn, NotDeployed, None),
            (Failed, Some("DELETE_COMPLETE"), arn, NotDeployed, None),
            (Failed, Some("REVIEW_IN_PROGRESS"), arn, NotDeployed, None),
            (Failed, Some("ROLLBACK_COMPLETE"), arn, Destroyed, Some(Outside::Deleted)),
            (Failed, Some("UPDATE_ROLLBACK_COMPLETE"), arn, Destroyed, Some(Outside::Deleted)),
            // A file of another tool tells no more than its status.
            (Deployed, None, None, Destroyed, Some(Outside::Deleted)),
        ] {
            let remembered =
                Remembered { status, cloudformation_status, stack_id, changed_at: None, outside: None };
            let seen = seen(&remembered, None);
            let context = format!("{status} {cloudformation_status:?}");
            assert_eq!((seen.status, seen.outside), (Some(expected), outside), "{context}");
            assert_eq!(seen.remark.is_some(), outside.is_some(), "{context}");
        }
    }

    #[test]
    fn a_stack_is_elsewhere_where_its_environment_was_moved() {
        let arn = "arn:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-network-dev/1";
        for (region, account, expected) in [
            ("us-east-1", "123456789012", None),
            ("us-east-1", "123", None),
            ("eu-west-1", "123456789012", Some("us-east-1, account 123456789012")),
            ("us-east-1", "210987654321", Some("us-east-1, account 123456789012")),
        ] {
            let (region, account) = (region.parse().unwrap(), account.parse().unwrap());
            assert_eq!(elsewhere(arn, &region, &account).as_deref(), expected, "{region} {account}");
            assert_eq!(elsewhere("no arn", &region, &account), None);
        }
    }

    #[test]
    fn every_row_is_consistent() {
        for row in &TABLE {
            assert_eq!(row_of(row.name), Some(row), "{} stands twice", row.name);
            let running = row.name.ends_with("_IN_PROGRESS");
            assert_eq!([row.up, row.down, row.back] == GOES_ON, running, "{}", row.name);
            assert_eq!(row.up.is_some(), row.down.is_some() && row.back.is_some(), "{}", row.name);
            if row.standing == Busy {
                assert!(matches!(row.seen, Deploying | Destroying), "{}", row.name);
                assert_eq!(row.ways, [Wait], "{}", row.name);
            }
            if row.up == YES {
                assert_eq!(row.seen, Deployed, "{}", row.name);
            }
            // Whatever is wrong has a way out, and what is well needs none.
            let well = matches!(row.seen, Deployed | Destroyed);
            assert_eq!(row.ways.is_empty(), well, "{}", row.name);
        }
    }

    /// A row for each of CloudFormation's statuses, written down a second time from its documentation.
    #[test]
    fn each_status_has_our_word_and_the_next_step_that_is_right() {
        use WayOut as W;
        for (status, ours, next, best) in [
            ("REVIEW_IN_PROGRESS", NotDeployed, Leftover, Some(W::DiscardReview)),
            ("CREATE_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("CREATE_COMPLETE", Deployed, Updatable, None),
            ("CREATE_FAILED", Failed, Leftover, Some(W::Recreate)),
            ("ROLLBACK_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("ROLLBACK_COMPLETE", Failed, Leftover, Some(W::Recreate)),
            ("ROLLBACK_FAILED", Failed, Leftover, Some(W::Recreate)),
            ("DELETE_IN_PROGRESS", Destroying, Busy, Some(W::Wait)),
            ("DELETE_COMPLETE", Destroyed, Absent, None),
            ("DELETE_FAILED", Failed, Stuck, Some(W::DestroyAgain)),
            ("UPDATE_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("UPDATE_COMPLETE", Deployed, Updatable, None),
            ("UPDATE_FAILED", Failed, Stuck, Some(W::RollBack)),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("UPDATE_ROLLBACK_COMPLETE", Failed, Updatable, Some(W::DeployAgain)),
            ("UPDATE_ROLLBACK_FAILED", Failed, Stuck, Some(W::ContinueRollback)),
            ("IMPORT_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("IMPORT_ROLLBACK_IN_PROGRESS", Deploying, Busy, Some(W::Wait)),
            ("IMPORT_COMPLETE", Deployed, Updatable, None),
            ("IMPORT_ROLLBACK_COMPLETE", Failed, Updatable, Some(W::DeployAgain)),
            ("IMPORT_ROLLBACK_FAILED", Failed, Stuck, Some(W::DestroyAgain)),
        ] {
            let row = row_of(status).unwrap();
            assert_eq!((row.seen, row.standing, row.ways.first().copied()), (ours, next, best), "{status}");
        }
    }

    #[test]
    fn whole_names_count_and_not_endings() {
        assert_eq!(standing("ROLLBACK_COMPLETE"), Leftover);
        assert_eq!(standing("UPDATE_ROLLBACK_COMPLETE"), Updatable);
        assert_eq!(outcome("UPDATE_ROLLBACK_COMPLETE", Direction::Up), NO);
        assert_eq!(outcome("UPDATE_ROLLBACK_COMPLETE", Direction::Back), YES);
        assert_eq!(outcome("UPDATE_ROLLBACK_FAILED", Direction::Back), NO);
        assert_eq!(outcome("DELETE_COMPLETE", Direction::Down), YES);
        assert_eq!(outcome("DELETE_COMPLETE", Direction::Up), NO);
        // An export in use: delete goes back to CREATE_COMPLETE.
        assert_eq!(outcome("CREATE_COMPLETE", Direction::Down), NO);
    }

    #[test]
    fn what_caused_a_failure_is_told_apart_from_what_follows_it() {
        use Blame::{Cause, Follows, Nothing};
        use Direction::{Back, Down, Up};
        let derived = Some("The following resource(s) failed to create: [Q]. Rollback requested by user.");
        let export = Some("No export named shared-arn found. Rollback requested by user.");
        let in_use = Some("Export a cannot be deleted as it is in use by b.");
        let user = Some("User Initiated");
        let (stack, resource) = (true, false);
        for (of_stack, status, reason, direction, expected) in [
            (resource, "CREATE_FAILED", Some("boom"), Up, Cause),
            (resource, "CREATE_FAILED", None, Up, Cause),
            (resource, "CREATE_FAILED", Some("Resource creation cancelled"), Up, Follows),
            (resource, "UPDATE_FAILED", Some("Resource update cancelled"), Up, Follows),
            (resource, "DELETE_FAILED", Some("Resource deletion cancelled"), Down, Follows),
            // The service's own word, not CloudFormation's.
            (resource, "CREATE_FAILED", Some("The import task was cancelled"), Up, Cause),
            (resource, "HOOK_COMPLETE_FAILED", Some("bucket is public"), Up, Cause),
            (resource, "CREATE_FAILED", Some("The following hook(s) failed: [A::B::C]"), Up, Follows),
            (resource, "DELETE_FAILED", Some("bucket is not empty"), Down, Cause),
            (resource, "CREATE_COMPLETE", None, Up, Nothing),
            (stack, "CREATE_IN_PROGRESS", user, Up, Nothing),
            (stack, "ROLLBACK_IN_PROGRESS", export, Up, Cause),
            (stack, "ROLLBACK_IN_PROGRESS", derived, Up, Follows),
            (stack, "ROLLBACK_COMPLETE", None, Up, Nothing),
            (stack, "CREATE_FAILED", export, Up, Cause),
            (stack, "ROLLBACK_FAILED", derived, Up, Follows),
            (stack, "UPDATE_ROLLBACK_IN_PROGRESS", in_use, Up, Cause),
            (stack, "UPDATE_ROLLBACK_IN_PROGRESS", user, Up, Follows),
            (stack, "UPDATE_FAILED", in_use, Up, Cause),
            (stack, "IMPORT_ROLLBACK_IN_PROGRESS", in_use, Up, Cause),
            // Well, with a remark.
            (stack, "UPDATE_COMPLETE", Some("One or more resources could not be deleted."), Up, Nothing),
            (stack, "DELETE_IN_PROGRESS", user, Down, Nothing),
            (stack, "CREATE_COMPLETE", in_use, Down, Cause),
            (stack, "UPDATE_ROLLBACK_COMPLETE", in_use, Down, Cause),
            (stack, "DELETE_FAILED", derived, Down, Follows),
            // A repair wants to go back.
            (stack, "UPDATE_ROLLBACK_IN_PROGRESS", user, Back, Nothing),
            (stack, "UPDATE_ROLLBACK_FAILED", derived, Back, Follows),
        ] {
            assert_eq!(
                blame(of_stack, status, reason, direction),
                expected,
                "{status} {reason:?} {direction:?}"
            );
        }
    }

    #[test]
    fn a_status_of_the_future_is_waited_for_or_left_alone() {
        assert_eq!(standing("SHRINK_IN_PROGRESS"), Busy);
        assert_eq!(ways_out("SHRINK_IN_PROGRESS"), [Wait]);
        assert_eq!(outcome("SHRINK_IN_PROGRESS", Direction::Up), None);
        assert_eq!(standing("SHRINK_COMPLETE"), Stuck);
        assert_eq!(outcome("SHRINK_COMPLETE", Direction::Up), NO);
    }

    #[test]
    fn what_failed_outside_is_told_with_the_stacks_reason() {
        let remembered = Remembered {
            status: Deployed,
            cloudformation_status: Some("CREATE_COMPLETE"),
            stack_id: Some("arn:one"),
            changed_at: None,
            outside: None,
        };
        let reason = Some("No export named shared-arn found.");
        let shown =
            Shown { status: "UPDATE_ROLLBACK_COMPLETE", reason, stack_id: "arn:one", changed_at: None };
        assert_eq!(
            seen(&remembered, Some(&shown)).remark.as_deref(),
            Some(
                "No export named shared-arn found. — the update was rolled back: the previous version still runs"
            )
        );
    }

    #[test]
    fn what_others_did_is_seen_and_told() {
        let at = Some("2026-01-01T00:00:00Z");
        let later = Some("2026-01-02T00:00:00Z");
        let (one, two) = ("arn:one", "arn:two");
        let known = |status, cloudformation_status| Remembered {
            status,
            cloudformation_status: Some(cloudformation_status),
            stack_id: Some(one),
            changed_at: at,
            outside: None,
        };
        let deployed = known(Deployed, "CREATE_COMPLETE");
        let shown = |status, stack_id, changed_at| Some(Shown { status, reason: None, stack_id, changed_at });
        for (remembered, shown, status, remark, outside) in [
            // Nothing happened.
            (deployed, shown("CREATE_COMPLETE", one, at), None, None, None),
            (known(Destroyed, "DELETE_COMPLETE"), None, None, None, None),
            // An update that was rolled back, then found to be as wanted: stays deployed.
            (
                known(Deployed, "UPDATE_ROLLBACK_COMPLETE"),
                shown("UPDATE_ROLLBACK_COMPLETE", one, at),
                None,
                None,
                None,
            ),
            // Deleted, made anew, updated by hand.
            (deployed, None, Some(Destroyed), Some("deleted outside"), Some(Outside::Deleted)),
            // It is there again: the same one, or another.
            (
                Remembered { outside: Some(Outside::Deleted), ..known(Destroyed, "CREATE_COMPLETE") },
                shown("CREATE_COMPLETE", one, at),
                Some(Deployed),
                None,
                None,
            ),
            (
                Remembered { outside: Some(Outside::Deleted), ..known(Destroyed, "CREATE_COMPLETE") },
                shown("CREATE_COMPLETE", two, later),
                Some(Deployed),
                Some("made anew outside"),
                Some(Outside::Recreated),
            ),
            (
                deployed,
                shown("CREATE_COMPLETE", two, later),
                None,
                Some("made anew outside"),
                Some(Outside::Recreated),
            ),
            (
                deployed,
                shown("UPDATE_COMPLETE", one, later),
                None,
                Some("changed outside"),
                Some(Outside::Changed),
            ),
            (
                known(Destroyed, "DELETE_COMPLETE"),
                shown("CREATE_COMPLETE", two, later),
                Some(Deployed),
                Some("changed outside"),
                Some(Outside::Changed),
            ),
            (
                Remembered {
                    outside: Some(Outside::Deleted),
                    stack_id: None,
                    ..known(Destroyed, "CREATE_COMPLETE")
                },
                shown("CREATE_COMPLETE", two, later),
                Some(Deployed),
                Some("made anew outside"),
                Some(Outside::Recreated),
            ),
            // Only a review of ours looks at it.
            (
                Remembered { outside: Some(Outside::Deleted), ..known(Destroyed, "CREATE_COMPLETE") },
                shown("REVIEW_IN_PROGRESS", two, later),
                None,
                Some("never executed"),
                Some(Outside::Deleted),
            ),
            // Something runs that we did not start.
            (
                deployed,
                shown("UPDATE_IN_PROGRESS", one, later),
                Some(Deploying),
                Some("not started by Skydeck"),
                Some(Outside::Underway),
            ),
            (
                deployed,
                shown("DELETE_IN_PROGRESS", one, at),
                Some(Destroying),
                Some("not started by Skydeck"),
                Some(Outside::Underway),
            ),
            // It came to a bad end outside.
            (
                deployed,
                shown("UPDATE_ROLLBACK_COMPLETE", one, later),
                Some(Failed),
                Some("previous version still runs"),
                Some(Outside::Changed),
            ),
            (
                deployed,
                shown("DELETE_FAILED", one, at),
                Some(Failed),
                Some("could not be deleted whole"),
                Some(Outside::Changed),
            ),
            // Our own destroy, whose end nobody wrote down.
            (
                known(Destroying, "DELETE_IN_PROGRESS"),
                shown("DELETE_FAILED", one, at),
                Some(Failed),
                Some("could not be deleted whole"),
                None,
            ),
            // What others had begun has ended; what they had done stays told.
            (
                Remembered { outside: Some(Outside::Underway), ..known(Deploying, "UPDATE_IN_PROGRESS") },
                shown("UPDATE_COMPLETE", one, at),
                Some(Deployed),
                None,
                Some(Outside::Changed),
            ),
            (
                Remembered { outside: Some(Outside::Recreated), ..deployed },
                shown("CREATE_COMPLETE", one, at),
                None,
                None,
                Some(Outside::Recreated),
            ),
            // A change set that nobody executed: there still is nothing.
            (
                known(Destroyed, "DELETE_COMPLETE"),
                shown("REVIEW_IN_PROGRESS", two, later),
                None,
                Some("never executed"),
                None,
            ),
            // A word of the future.
            (deployed, shown("SHRINK_COMPLETE", one, later), None, Some("does not know"), None),
        ] {
            let found = seen(&remembered, shown.as_ref());
            assert_eq!((found.status, found.outside), (status, outside), "{remembered:?} {shown:?}");
            match remark {
                None => assert_eq!(found.remark, None, "{remembered:?} {shown:?}"),
                Some(part) => {
                    assert!(
                        found.remark.as_deref().is_some_and(|text| text.contains(part)),
                        "{found:?} lacks {part}"
                    );
                }
            }
        }
    }
}
