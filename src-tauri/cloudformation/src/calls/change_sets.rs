//! Change sets: what CloudFormation says that an update or a create would do, and doing just that.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{ChangeSetStatus, ChangeSetType};
use skydeck_model::Target;
use skydeck_model::change::ResourceChange;
use skydeck_model::clean;
use skydeck_model::cloudformation::is_in_review;
use skydeck_model::plan::Deletion;
use tokio::time::Instant;

use super::changes::resource_change;
use super::pages::Pages;
use super::templates::TemplateSource;
use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::{CloudError, Service};
use crate::snapshot::StackSnapshot;
use crate::spec::StackSpec;

/// What a change set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSetKind {
    /// A stack that does not exist yet.
    Create,
    /// One that does.
    Update,
}

/// What a change set found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// The stack is as wanted already.
    Unchanged,
    /// This can be executed.
    Ready(ChangeSet),
}

/// A change set that can be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub arn: String,
    /// What it is for.
    pub kind: ChangeSetKind,
    /// The ARN of its stack; of a create one, a stack that is empty until then.
    pub stack_id: String,
    /// What it would do.
    pub changes: Vec<ResourceChange>,
}

/// A change set that stands on a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSetSummary {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The token with which Skydeck made it; `None`: somebody else did.
    pub made_with: Option<String>,
}

impl ChangeSetSummary {
    /// Whether Skydeck made it, whoever used it.
    pub fn is_of_skydeck(&self) -> bool {
        self.name == NAME
    }
}

fn summary(found: aws_sdk_cloudformation::types::ChangeSetSummary) -> Option<ChangeSetSummary> {
    use ChangeSetStatus::{DeleteComplete, DeleteInProgress, DeletePending};
    if matches!(found.status, Some(DeleteComplete | DeleteInProgress | DeletePending)) {
        return None;
    }
    let made_with = found.description.as_deref().and_then(|text| text.strip_prefix(MADE_BY));
    Some(ChangeSetSummary {
        made_with: made_with.map(str::to_owned),
        arn: found.change_set_id?,
        name: found.change_set_name.unwrap_or_default(),
    })
}

/// How the description of a change set of ours begins; the token of the call that made it follows.
const MADE_BY: &str = "Skydeck ";

/// Every change set of ours has this name, so that at most one is ever left over on a stack.
const NAME: &str = "skydeck-review";

/// How long the deletion of an empty stack is waited for.
const EMPTY_GOES_WITHIN: Duration = Duration::from_secs(30);

/// How often one of this name that is in the way is removed.
const TRIES: usize = 5;

/// How long CloudFormation may compare before the wait is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// Between two looks at a change set that is not ready, at least; the wait grows with what has passed.
const BETWEEN: Duration = Duration::from_millis(100);

/// How long CloudFormation takes to compare here, in milliseconds, as learned from change set to change set, so that the
/// first look mostly finds it ready.
#[derive(Debug)]
pub(crate) struct Preparation {
    least: u64,
    expected: AtomicU64,
}

impl Preparation {
    pub(crate) fn of(target: Target) -> Self {
        let least = match target {
            Target::Aws => 450,
            // Its calls cost nothing.
            Target::Sandbox => 20,
        };
        Self { least, expected: AtomicU64::new(least) }
    }

    fn expected(&self) -> Duration {
        Duration::from_millis(self.expected.load(Ordering::Relaxed))
    }

    /// Notes that one was found ready after so long; `at_once`: at the first look, so that it may be faster still.
    fn learn(&self, took: Duration, at_once: bool) {
        let expected = if at_once { self.expected() * 19 / 20 } else { took };
        let milliseconds = u64::try_from(expected.as_millis()).unwrap_or(u64::MAX);
        self.expected.store(milliseconds.max(self.least), Ordering::Relaxed);
    }
}

impl Connection {
    /// Makes a change set and waits until CloudFormation has compared. One of ours that is left over on the stack
    /// makes room for it; one that is empty is removed again. `token`: another one for another content, since the same
    /// token is the same change set to CloudFormation.
    ///
    /// # Errors
    /// Where CloudFormation refuses, finds the change impossible (nothing of it is left then), or does not answer.
    pub async fn prepare(
        &self,
        spec: &StackSpec,
        kind: ChangeSetKind,
        token: &str,
    ) -> Result<Prepared, CloudError> {
        let template = self.template_of(spec).await?;
        let (arn, stack_id) = match self.make_change_set(spec, &template, kind, token).await {
            Ok(made) => made,
            // AWS tells it of the change set; other servers of this protocol refuse the call.
            Err(CloudError::Rejected(reason)) if is_empty_change_set(&reason) => {
                return Ok(Prepared::Unchanged);
            }
            Err(error) => return Err(error),
        };
        let first = self.await_change_set(&arn).await?;
        if first.status == Some(ChangeSetStatus::Failed) {
            let reason = clean::line(first.status_reason.as_deref().unwrap_or_default());
            let error = self.why_failed(&arn, reason).await;
            self.discard(&ChangeSet { arn, kind, stack_id, changes: Vec::new() }).await?;
            return match error {
                CloudError::Rejected(reason) if is_empty_change_set(&reason) => Ok(Prepared::Unchanged),
                error => Err(error),
            };
        }
        let changes = self.changes(&arn, first).await?;
        Ok(Prepared::Ready(ChangeSet { arn, kind, stack_id, changes }))
    }

    /// Removes a change set that is not wanted, and with one for a create the empty stack that it has made.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer. One that is gone already is none.
    pub async fn discard(&self, change_set: &ChangeSet) -> Result<(), CloudError> {
        let ChangeSet { arn, kind, stack_id, .. } = change_set;
        self.delete_change_set(arn, None).await?;
        if *kind == ChangeSetKind::Update {
            return Ok(());
        }
        let empty = self.describe(stack_id).await?.filter(|stack| stack.status == "REVIEW_IN_PROGRESS");
        let Some(stack) = empty else { return Ok(()) };
        // The change set's own id: the same for a repeat.
        self.delete_empty(&stack, arn.rsplit('/').next().unwrap_or_default()).await
    }

    /// Removes what is left on a stack of this name of an operation: the change sets that are its own, and the empty stack
    /// around them.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer. That there is nothing is none.
    pub async fn discard_leftovers(
        &self,
        name: &str,
        is_ours: impl Fn(&ChangeSetSummary) -> bool,
    ) -> Result<(), CloudError> {
        let Some(stack) = self.describe(name).await? else { return Ok(()) };
        let mut ours = self.change_sets(&stack.id).await?;
        ours.retain(is_ours);
        for left in &ours {
            self.delete_change_set(&left.arn, None).await?;
        }
        if ours.is_empty() || !is_in_review(&stack.status) {
            return Ok(());
        }
        // The stack's own id: the same for a repeat.
        self.delete_empty(&stack, stack.id.rsplit('/').next().unwrap_or_default()).await
    }

    /// Deletes a stack of which there is nothing but change sets, unless one is left: that is somebody else's, and would be
    /// lost with it. Where that may not be asked, the stack stays; the next change set finds its place in it.
    async fn delete_empty(&self, stack: &StackSnapshot, token: &str) -> Result<(), CloudError> {
        match self.change_sets(&stack.id).await {
            Ok(left) if left.is_empty() => {}
            Ok(_) | Err(CloudError::Denied { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        self.delete(&stack.id, token, &Deletion::default()).await?;
        self.await_gone(&stack.id).await
    }

    /// The change sets of a stack that are not being deleted.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn change_sets(&self, stack: &str) -> Result<Vec<ChangeSetSummary>, CloudError> {
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let page = self.call("ListChangeSets", Kind::Question, |clients| {
                let call = clients.cloudformation.list_change_sets().stack_name(stack);
                call.set_next_token(pages.token()).send()
            });
            let page = page.await?;
            found.extend(page.summaries.unwrap_or_default().into_iter().filter_map(summary));
            if !pages.turn(page.next_token)? {
                return Ok(found);
            }
        }
    }

    /// Waits for the end of an empty stack, which takes a moment: until then nothing can be made in its place.
    async fn await_gone(&self, stack_id: &str) -> Result<(), CloudError> {
        let started = Instant::now();
        let mut pause = BETWEEN;
        while started.elapsed() < EMPTY_GOES_WITHIN {
            match self.describe(stack_id).await? {
                Some(stack) if stack.status == "DELETE_IN_PROGRESS" => tokio::time::sleep(pause).await,
                _ => break,
            }
            pause *= 2;
        }
        Ok(())
    }

    /// Starts to execute a change set.
    ///
    /// # Errors
    /// [`CloudError::PlanOutOfDate`] where it is gone or obsolete; where CloudFormation refuses or does not answer.
    pub async fn execute(&self, arn: &str, token: &str) -> Result<(), CloudError> {
        let answer = self.call("ExecuteChangeSet", Kind::Change, |clients| {
            let call = clients.cloudformation.execute_change_set().change_set_name(arn);
            call.client_request_token(token).send()
        });
        match answer.await {
            Ok(_) => Ok(()),
            Err(CloudError::Absent(reason)) => Err(CloudError::PlanOutOfDate(reason)),
            Err(error) => Err(error),
        }
    }

    /// The ARNs of the change set and of its stack.
    async fn make_change_set(
        &self,
        spec: &StackSpec,
        template: &TemplateSource,
        kind: ChangeSetKind,
        token: &str,
    ) -> Result<(String, String), CloudError> {
        let change_set_type = match kind {
            ChangeSetKind::Create => ChangeSetType::Create,
            ChangeSetKind::Update => ChangeSetType::Update,
        };
        let mut tries = 0;
        loop {
            let answer = self.call("CreateChangeSet", Kind::Change, |clients| {
                clients
                    .cloudformation
                    .create_change_set()
                    .stack_name(&spec.name)
                    .change_set_name(NAME)
                    .change_set_type(change_set_type.clone())
                    .description(format!("{MADE_BY}{token}"))
                    .set_template_body(template.body())
                    .set_template_url(template.url())
                    .set_parameters(Some(spec.sdk_parameters()))
                    .set_capabilities(Some(spec.sdk_capabilities()))
                    .set_tags(Some(spec.sdk_tags()))
                    .set_notification_arns(Some(spec.notification_arns.clone()))
                    .set_role_arn(self.role())
                    .set_rollback_configuration(spec.sdk_rollback())
                    .client_token(token)
                    .send()
            });
            match answer.await {
                Ok(answer) => {
                    let stack_id = answer.stack_id.unwrap_or_else(|| spec.name.clone());
                    return Ok((answer.id.unwrap_or_default(), stack_id));
                }
                Err(CloudError::AlreadyExists(_)) if tries < TRIES => {
                    if tries > 0 {
                        // Its removal may take a moment.
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                    self.delete_change_set(NAME, Some(&spec.name)).await?;
                }
                Err(error) => return Err(error),
            }
            tries += 1;
        }
    }

    /// Waits until a change set is made, or has failed.
    async fn await_change_set(&self, arn: &str) -> Result<DescribeChangeSetOutput, CloudError> {
        let preparation = &self.inner.preparation;
        let started = Instant::now();
        let (mut wait, mut at_once) = (preparation.expected(), true);
        while started.elapsed() < PATIENCE {
            tokio::time::sleep(wait).await;
            let change_set = self.change_set_page(arn, None).await?;
            if !matches!(
                change_set.status,
                Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress)
            ) {
                preparation.learn(started.elapsed(), at_once);
                return Ok(change_set);
            }
            at_once = false;
            wait = (started.elapsed() / 4).max(BETWEEN);
        }
        Err(CloudError::Unreachable {
            service: Service::CloudFormation,
            cause: "the change set is still being made".to_owned(),
        })
    }

    /// The changes on this page and on those after it.
    async fn changes(
        &self,
        arn: &str,
        first: DescribeChangeSetOutput,
    ) -> Result<Vec<ResourceChange>, CloudError> {
        let (mut page, mut changes, mut pages) = (first, Vec::new(), Pages::default());
        loop {
            changes.extend(page.changes.unwrap_or_default().into_iter().filter_map(resource_change));
            if !pages.turn(page.next_token)? {
                return Ok(changes);
            }
            page = self.change_set_page(arn, pages.token()).await?;
        }
    }

    async fn change_set_page(
        &self,
        arn: &str,
        page: Option<String>,
    ) -> Result<DescribeChangeSetOutput, CloudError> {
        self.call("DescribeChangeSet", Kind::Question, |clients| {
            let call = clients.cloudformation.describe_change_set().change_set_name(arn);
            call.include_property_values(true).set_next_token(page.clone()).send()
        })
        .await
    }

    /// One that is gone already is no error.
    async fn delete_change_set(&self, name: &str, stack: Option<&str>) -> Result<(), CloudError> {
        let answer = self.call("DeleteChangeSet", Kind::Change, |clients| {
            let call = clients.cloudformation.delete_change_set().change_set_name(name);
            call.set_stack_name(stack.map(str::to_owned)).send()
        });
        match answer.await {
            Ok(_) | Err(CloudError::Absent(_)) => Ok(()),
            Err(CloudError::PlanOutOfDate(reason)) if reason.contains("does not exist") => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What CloudFormation's early validation found is told apart.
    async fn why_failed(&self, arn: &str, reason: String) -> CloudError {
        if !reason.contains("AWS::EarlyValidation") {
            return CloudError::of_reason(&reason);
        }
        let findings = self.findings(arn, true).await;
        if findings.iter().any(|finding| finding.refuses) {
            CloudError::Invalid(findings)
        } else {
            CloudError::Rejected(reason)
        }
    }
}

/// Two texts, from CloudFormation's own answers; both are to be known.
fn is_empty_change_set(reason: &str) -> bool {
    reason.starts_with("The submitted information didn't contain changes.")
        || reason.starts_with("No updates are to be performed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts_of_an_empty_change_set_are_known() {
        for (reason, empty) in [
            (
                "The submitted information didn't contain changes. Submit different information to create a change set.",
                true,
            ),
            ("No updates are to be performed.", true),
            ("Transform AWS::Include failed", false),
            ("", false),
        ] {
            assert_eq!(is_empty_change_set(reason), empty, "{reason:?}");
        }
    }
}
