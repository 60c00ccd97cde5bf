//! One stack created or brought up to date: as it was reviewed, or as the files say where nobody looked.

use skydeck_cloudformation::{
    Call, ChangeSet, ChangeSetKind, CloudError, Prepared, StackSnapshot, StackSpec,
};
use skydeck_model::change::{ChangeAction, ResourceChange};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::event::{Approval, StackAction};
use skydeck_model::review::{self, ReviewAction, StackReview};
use skydeck_model::{EventKind, StackOutcome};
use tokio::sync::oneshot;

use super::part::{Done, NOTHING_KEPT, Part, Trouble, busy, failed, failed_at, seen, unknown, untouched};
use super::worker::Message;
use crate::detail::count;
use crate::held;
use crate::review::Reviewed;
use crate::spec::Wish;

impl Part<'_> {
    pub(super) async fn deploy(&self) -> Result<Done, Trouble> {
        let reviewed = self.work.reviewed(self.key);
        if let Some(known) = reviewed.as_ref().filter(|reviewed| reviewed.foreseen) {
            return Err(Trouble::Untouched(known.review.remarks.join("; ")));
        }
        let wish = self.wish()?;
        let spec = self.spec(&wish).await?;
        match reviewed {
            Some(reviewed) => self.deploy_reviewed(&wish, &spec, &reviewed).await,
            None => self.deploy_unreviewed(&wish, &spec).await,
        }
    }

    async fn deploy_unreviewed(&self, wish: &Wish<'_>, spec: &StackSpec) -> Result<Done, Trouble> {
        if self.place.stood(&spec.name).await.map_err(untouched)?.is_none() {
            return self.create(wish, spec).await;
        }
        let found = self.place.look_up(&spec.name).await.map_err(untouched)?;
        let Some(snapshot) = found else {
            return self.create(wish, spec).await;
        };
        self.work.secrets.learn(&snapshot);
        match cloudformation::standing(&snapshot.status) {
            Standing::Absent => self.create(wish, spec).await,
            Standing::Updatable => {
                self.begin(StackAction::Update, None);
                match self.compare(wish, spec, &snapshot).await? {
                    None => self.unchanged(spec, snapshot).await,
                    Some(change_set) => self.execute(spec, &change_set, Some(snapshot)).await,
                }
            }
            Standing::Leftover => {
                self.refuse_foreign_reviews(&snapshot).await?;
                self.begin(StackAction::Recreate, wish.makes(spec));
                self.clear(&snapshot).await?;
                self.create_announced(spec).await.map_err(|trouble| cleared(trouble, &snapshot))
            }
            Standing::Busy => Err(busy(&snapshot)),
            Standing::Stuck => Err(stuck(snapshot)),
        }
    }

    /// Executes what was approved; where the stack's inputs were not known then, or the stack was changed since, what
    /// would happen now is compared with it first.
    async fn deploy_reviewed(
        &self,
        wish: &Wish<'_>,
        spec: &StackSpec,
        reviewed: &Reviewed,
    ) -> Result<Done, Trouble> {
        reviewed.snapshot.iter().for_each(|snapshot| self.work.secrets.learn(snapshot));
        let approved = &reviewed.review;
        let inputs_hold = reviewed.spec.as_ref() == Some(spec);
        match self.deploy_straight(spec, reviewed, inputs_hold).await {
            Err(Trouble::OutOfDate(_)) => {}
            done => return done,
        }
        let found = self.place.connection.describe(&spec.name).await.map_err(untouched)?;
        found.iter().for_each(|snapshot| self.work.secrets.learn(snapshot));
        let standing = found.as_ref().map(|snapshot| cloudformation::standing(&snapshot.status));
        match (standing, found) {
            (None | Some(Standing::Absent), _) if spec.timeout_minutes.is_some() => {
                self.create(wish, spec).await
            }
            (None | Some(Standing::Absent), found) => {
                self.begin(StackAction::Create, None);
                self.make_anew(spec, approved, ChangeSetKind::Create, found).await
            }
            (Some(Standing::Updatable), Some(snapshot)) => {
                self.begin(StackAction::Update, None);
                let same = |before: &StackSnapshot| {
                    before.id == snapshot.id && before.changed_at() == snapshot.changed_at()
                };
                let still = inputs_hold && reviewed.snapshot.as_ref().is_some_and(same);
                if approved.action == ReviewAction::Unchanged && still && approved.after.is_empty() {
                    return self.unchanged(spec, snapshot).await;
                }
                match self.compare(wish, spec, &snapshot).await? {
                    None => self.unchanged(spec, snapshot).await,
                    Some(change_set) => {
                        self.approve_and_execute(spec, approved, change_set, Some(snapshot)).await
                    }
                }
            }
            (Some(Standing::Leftover), Some(snapshot)) if approved.action == ReviewAction::Recreate => {
                self.begin(StackAction::Recreate, wish.makes(spec));
                self.clear(&snapshot).await?;
                let made = self.make_anew(spec, approved, ChangeSetKind::Create, None).await;
                made.map_err(|trouble| cleared(trouble, &snapshot))
            }
            // What the review itself has left there.
            (Some(Standing::Leftover), Some(snapshot)) if cloudformation::is_in_review(&snapshot.status) => {
                self.begin(StackAction::Create, None);
                self.make_anew(spec, approved, ChangeSetKind::Create, Some(snapshot)).await
            }
            (Some(Standing::Busy), Some(snapshot)) => Err(busy(&snapshot)),
            (Some(Standing::Stuck), Some(snapshot)) => Err(stuck(snapshot)),
            (_, Some(snapshot)) => Err(Trouble::Untouched(format!(
                "the stack is in {} now, which the review did not see; review again",
                snapshot.status
            ))),
            (_, None) => Err(Trouble::Untouched("the stack is not there any more; review again".to_owned())),
        }
    }

    /// Where nothing needs another look: what was approved whole is executed, and what was not there is made, since
    /// CloudFormation creates nothing that exists. Out of date: it is not as it was reviewed.
    async fn deploy_straight(
        &self,
        spec: &StackSpec,
        reviewed: &Reviewed,
        inputs_hold: bool,
    ) -> Result<Done, Trouble> {
        let approved = &reviewed.review;
        let creates = approved.action == ReviewAction::Create;
        match &reviewed.change_set {
            Some(change_set) if inputs_hold => {
                if let Some(before) = &reviewed.snapshot {
                    self.refuse_held(spec, before, change_set).await?;
                }
                self.begin(if creates { StackAction::Create } else { StackAction::Update }, None);
                self.execute(spec, change_set, reviewed.snapshot.clone()).await
            }
            None if creates && reviewed.snapshot.is_none() && spec.timeout_minutes.is_none() => {
                self.begin(StackAction::Create, None);
                self.make_anew(spec, approved, ChangeSetKind::Create, None).await
            }
            _ => Err(Trouble::OutOfDate("its inputs were not known at the review".to_owned())),
        }
    }

    async fn make_anew(
        &self,
        spec: &StackSpec,
        approved: &StackReview,
        kind: ChangeSetKind,
        found: Option<StackSnapshot>,
    ) -> Result<Done, Trouble> {
        let prepared = match self.place.connection.prepare(spec, kind, &self.token_of("anew")).await {
            Err(CloudError::PlanOutOfDate(reason)) => return Err(Trouble::OutOfDate(reason)),
            prepared => prepared.map_err(|error| self.not_prepared(error))?,
        };
        match prepared {
            Prepared::Ready(change_set) => self.approve_and_execute(spec, approved, change_set, found).await,
            Prepared::Unchanged => match found {
                Some(snapshot) => self.unchanged(spec, snapshot).await,
                None => Err(Trouble::Untouched(
                    "CloudFormation finds nothing to create in its template".to_owned(),
                )),
            },
        }
    }

    /// Goes on silently where a change set equals what was approved, and asks where it does not.
    async fn approve_and_execute(
        &self,
        spec: &StackSpec,
        approved: &StackReview,
        change_set: ChangeSet,
        found: Option<StackSnapshot>,
    ) -> Result<Done, Trouble> {
        let mut review = StackReview {
            danger: review::danger_of(&change_set.changes),
            changes: change_set.changes.clone(),
            by_change_set: true,
            ..approved.clone()
        };
        // As what was approved has them.
        self.work.secrets.mask_review(&mut review);
        let differences = review::differences(approved, &review.changes);
        if !differences.is_empty() {
            // Somebody is going to read it.
            review.findings =
                self.wish()?.with_lines(self.place.connection.findings(&change_set.arn, false).await);
        }
        if !differences.is_empty() && !self.ask(Approval { review, differences }).await {
            // What is not executed is not left lying about; if that fails it is no reason to fail.
            if let Err(error) = self.place.connection.discard(&change_set).await {
                self.warn(&error);
            }
            return Err(Trouble::LeftOut(
                "what would change is not what was approved, and it was left out".to_owned(),
            ));
        }
        self.execute(spec, &change_set, found).await
    }

    /// Waits for the user's answer.
    async fn ask(&self, approval: Approval) -> bool {
        let (answer, answered) = oneshot::channel();
        let _ = self.work.messages.send(Message::Ask { approval: Box::new(approval), answer });
        answered.await.unwrap_or(false)
    }

    /// What an update would change; `None`: nothing. Template, parameters and tags first, which costs a call at the most;
    /// the empty change set is the judge of what that leaves open.
    async fn compare(
        &self,
        wish: &Wish<'_>,
        spec: &StackSpec,
        now: &StackSnapshot,
    ) -> Result<Option<ChangeSet>, Trouble> {
        let connection = &self.place.connection;
        if wish.may_be(spec, now) {
            match connection.template(&now.id).await {
                Ok(template) if template.trim_end() == spec.template.trim_end() => return Ok(None),
                // Without the right to read templates the change set tells too.
                Ok(_) | Err(CloudError::Denied { .. }) => {}
                Err(error) => return Err(untouched(error)),
            }
        }
        let prepare = || connection.prepare(spec, ChangeSetKind::Update, &self.token);
        match self.insist(prepare).await.map_err(|error| self.not_prepared(error))? {
            Prepared::Unchanged => Ok(None),
            Prepared::Ready(change_set) => {
                self.refuse_held(spec, now, &change_set).await?;
                Ok(Some(change_set))
            }
        }
    }

    /// That it changes no export that others import: the update would only be rolled back.
    async fn refuse_held(
        &self,
        spec: &StackSpec,
        now: &StackSnapshot,
        change_set: &ChangeSet,
    ) -> Result<(), Trouble> {
        let connection = &self.place.connection;
        let held =
            held::held(self.place, &self.wish()?, now, spec, &change_set.changes).await.map_err(untouched)?;
        let Some(held) = held.into_iter().find(|held| held.is_certain) else { return Ok(()) };
        // What is not executed is not left lying about; if that fails it is no reason to fail.
        if let Err(error) = connection.discard(change_set).await {
            self.warn(&error);
        }
        Err(Trouble::Untouched(held.to_string()))
    }

    /// What the validation found is told with its lines.
    fn not_prepared(&self, error: CloudError) -> Trouble {
        untouched(match (error, self.wish()) {
            (CloudError::Invalid(findings), Ok(wish)) => CloudError::Invalid(wish.with_lines(findings)),
            (error, _) => error,
        })
    }

    async fn create(&self, wish: &Wish<'_>, spec: &StackSpec) -> Result<Done, Trouble> {
        self.begin(StackAction::Create, wish.makes(spec));
        self.announce().await?;
        self.create_announced(spec).await
    }

    async fn create_announced(&self, spec: &StackSpec) -> Result<Done, Trouble> {
        match self.insist(|| self.place.connection.create(spec, &self.token)).await {
            Ok(id) => self.follow(id, Call::Create, self.looks(false), self.token.clone(), None).await,
            // An answer that got lost, or somebody who was faster: events with our token tell which.
            Err(CloudError::AlreadyExists(reason)) => {
                let found = self.place.connection.describe(&spec.name).await.map_err(unknown)?;
                let id = found.ok_or(Trouble::Failed(reason, None))?.id;
                self.follow(id, Call::Update, self.looks(false), self.token.clone(), None).await
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Nothing of use is left of a first create that failed: it is deleted, so that it can be created again.
    async fn clear(&self, left: &StackSnapshot) -> Result<(), Trouble> {
        self.announce().await?;
        let token = self.token_of("again");
        let delete = || self.place.connection.delete(&left.id, &token, &NOTHING_KEPT);
        self.insist(delete).await.map_err(|error| failed_at(error, left))?;
        self.follow(left.id.clone(), Call::Delete, self.looks(true), token, None).await?;
        if self.work.cancel_running.is_cancelled() {
            let reason = "it was called off before it was created again".to_owned();
            return Err(Trouble::Cancelled(reason, Box::new(StackSnapshot::gone(&left.id))));
        }
        Ok(())
    }

    /// A stack that is as wanted is not announced: nothing is done to it but what is beside the template.
    async fn unchanged(&self, spec: &StackSpec, found: StackSnapshot) -> Result<Done, Trouble> {
        self.settle(spec, &found).await?;
        Ok(Done::by_rule(StackOutcome::Unchanged, found))
    }

    /// What no change set carries: termination protection, which is only ever switched on here, and the stack policy.
    async fn settle(&self, spec: &StackSpec, stack: &StackSnapshot) -> Result<(), Trouble> {
        let connection = &self.place.connection;
        if spec.termination_protection && !stack.termination_protection {
            self.insist(|| connection.protect(&stack.id, true)).await.map_err(failed)?;
        }
        if let Some(policy) = &spec.stack_policy {
            self.insist(|| connection.set_stack_policy(&stack.id, policy)).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Executes a change set and follows it. `before` is the stack as it was, if there was one.
    async fn execute(
        &self,
        spec: &StackSpec,
        change_set: &ChangeSet,
        before: Option<StackSnapshot>,
    ) -> Result<Done, Trouble> {
        self.announce().await?;
        // A policy counts from the update on with which it comes.
        if let Some(before) = before.as_ref().filter(|_| change_set.kind == ChangeSetKind::Update) {
            self.settle(spec, before).await?;
        }
        let execute = || self.place.connection.execute(&change_set.arn, &self.token);
        match self.insist(execute).await {
            Ok(()) => {
                self.work.change_set_is_spent(self.key);
                let stays = |change: &&ResourceChange| change.action != ChangeAction::Remove;
                let resources = count(change_set.changes.iter().filter(stays).count());
                self.work.tell(EventKind::ChangeSetExecuted { key: self.key.clone(), resources });
            }
            Err(CloudError::PlanOutOfDate(reason)) => return Err(Trouble::OutOfDate(reason)),
            Err(error) => return Err(failed(error)),
        }
        let call = match change_set.kind {
            ChangeSetKind::Create => Call::Create,
            ChangeSetKind::Update => Call::Update,
        };
        let changed = before.and_then(|stack| stack.last_updated);
        let looks = self.looks(change_set.changes.iter().any(|it| it.kept && !it.snapshot));
        let id = change_set.stack_id.clone();
        let done = self.follow(id, call, looks, self.token.clone(), changed).await?;
        if change_set.kind == ChangeSetKind::Create {
            self.settle(spec, &done.snapshot).await?;
        }
        Ok(done)
    }
}

/// What keeps a stack from being created whose remains are deleted by now: there is none any more.
fn cleared(trouble: Trouble, left: &StackSnapshot) -> Trouble {
    match trouble {
        Trouble::Untouched(reason) | Trouble::Failed(reason, None) => {
            Trouble::Failed(reason, Some(Box::new(StackSnapshot::gone(&left.id))))
        }
        trouble => trouble,
    }
}

fn stuck(snapshot: StackSnapshot) -> Trouble {
    let reason = format!(
        "the stack is in {}, from which CloudFormation takes no update; {}",
        snapshot.status,
        cloudformation::remark(&snapshot.status).unwrap_or("repair or delete it first"),
    );
    seen(snapshot, reason)
}
