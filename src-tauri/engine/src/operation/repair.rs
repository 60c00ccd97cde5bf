//! One stack's way out of a state in which neither a deploy nor a destroy helps.

use skydeck_cloudformation::{Call, CloudError, StackSnapshot};
use skydeck_model::cloudformation;
use skydeck_model::event::StackAction;
use skydeck_model::plan::Repair;
use skydeck_model::{StackOutcome, StackStatus};

use super::part::{Done, NOTHING_KEPT, Part, Trouble, failed, untouched};
use super::worker::EndStatus;

impl Part<'_> {
    /// Makes the call that helps, if the stack still stands as it did when it was offered, and follows it.
    pub(super) async fn repair(&self, repair: &Repair) -> Result<Done, Trouble> {
        let connection = &self.place.connection;
        let found = connection.describe(&self.name()).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return Err(Trouble::Untouched("there is no such stack any more".to_owned()));
        };
        let helps = cloudformation::ways_out(&snapshot.status).contains(&repair.way_out());
        if !helps && *repair != Repair::Unprotect {
            let reason = format!(
                "the stack is in {} now, and that does not help there; look at it again",
                snapshot.status
            );
            return Err(Trouble::Unfit(reason, Box::new(snapshot)));
        }
        if *repair == Repair::DiscardReview {
            self.refuse_foreign_reviews(&snapshot).await?;
        }
        self.begin(StackAction::Repair, None);
        if *repair == Repair::Unprotect {
            self.insist(|| connection.protect(&snapshot.id, false)).await.map_err(failed)?;
            let snapshot = StackSnapshot { termination_protection: false, ..snapshot };
            return Ok(Done { status: EndStatus::Kept, ..Done::by_rule(StackOutcome::Succeeded, snapshot) });
        }
        self.announce().await?;
        let (call, sent) = match repair {
            Repair::ContinueRollback { skip } => {
                let go_on = || connection.continue_rollback(&snapshot.id, skip, &self.token);
                (Call::Rollback, self.insist(go_on).await)
            }
            Repair::RollBack => {
                (Call::Rollback, self.insist(|| connection.rollback(&snapshot.id, &self.token)).await)
            }
            // There is nothing in it but the change sets, which go with it.
            Repair::DiscardReview | Repair::Unprotect => {
                let delete = || connection.delete(&snapshot.id, &self.token, &NOTHING_KEPT);
                (Call::Delete, self.insist(delete).await)
            }
        };
        sent.map_err(refused)?;
        let (looks, token) = (self.looks(call == Call::Rollback), self.token.clone());
        let done = self.follow(snapshot.id, call, looks, token, snapshot.last_updated).await?;
        Ok(shown(repair, done.snapshot))
    }
}

/// A repair that CloudFormation refuses leaves the stack as it was.
fn refused(error: CloudError) -> Trouble {
    match failed(error) {
        Trouble::Failed(reason, None) => Trouble::Untouched(reason),
        trouble => trouble,
    }
}

/// What a repair leaves is what CloudFormation shows.
fn shown(repair: &Repair, snapshot: StackSnapshot) -> Done {
    let status = match cloudformation::row_of(&snapshot.status) {
        Some(row) if *repair != Repair::DiscardReview => row.seen,
        Some(_) => StackStatus::NotDeployed,
        None => StackStatus::Failed,
    };
    let remark = cloudformation::remark(&snapshot.status).filter(|_| status == StackStatus::Failed);
    Done {
        outcome: StackOutcome::Succeeded,
        status: EndStatus::Seen(status),
        remark: remark.map(|remark| format!("{remark}; deploy it again")),
        snapshot,
    }
}
