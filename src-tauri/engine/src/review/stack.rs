//! One stack of a review: what CloudFormation says would happen to it.

use std::collections::BTreeMap;

use skydeck_cloudformation::{ChangeSetKind, CloudError, Prepared, StackResource, StackSnapshot, StackSpec};
use skydeck_model::change::{ChangeAction, Danger, Replacement, ResourceChange};
use skydeck_model::cloudformation::{self, Standing};
use skydeck_model::exchange::Exchange;
use skydeck_model::exchange::missing::{self, MissingExport};
use skydeck_model::exchange::standing::{Cause, Wait};
use skydeck_model::graph::Why;
use skydeck_model::operation::Direction;
use skydeck_model::plan::Request;
use skydeck_model::recovery;
use skydeck_model::review::{Finding, Obstacle, ReviewAction, StackReview, danger_of};
use skydeck_model::template::{Ending, TemplateResource};
use skydeck_model::{Problem, StackKey, StackName};

use super::{Review, Reviewed, beside, new_id};
use crate::held::{self, Held};
use crate::operation::Place;
use crate::spec::{Outputs, Wish};

const BUCKET: &str = "AWS::S3::Bucket";

const KNOWN_LATER: &str = "what changes is known only when the stacks that it waits for are done";

/// What another stack of the operation has to do before CloudFormation can tell anything of a stack.
struct MadeFirst {
    by: StackName,
    said: String,
}

impl Review {
    pub(super) async fn stack(&self, key: &StackKey) -> Result<Reviewed, CloudError> {
        let Some(place) = self.places.get(&key.environment) else {
            return Ok(blocked(key, None, vec![format!("{} is not connected", key.environment)]));
        };
        let name = key.cloudformation_name(&self.manifest.deployment_id);
        let found = place.look_up(&name).await?;
        match self.request {
            Request::Destroy { .. } | Request::DestroyStack { .. } => self.down(place, key, found).await,
            _ => {
                let known: Vec<String> =
                    self.findings.foreseen_of(key).iter().map(Problem::to_string).collect();
                if !known.is_empty() {
                    return Ok(Reviewed { foreseen: true, ..blocked(key, found, known) });
                }
                match self.wish(key) {
                    Some(wish) => self.up(place, key, &wish, found).await,
                    None => Ok(blocked(key, found, vec!["it is not in the manifest".to_owned()])),
                }
            }
        }
    }

    async fn up(
        &self,
        place: &Place,
        key: &StackKey,
        wish: &Wish<'_>,
        found: Option<StackSnapshot>,
    ) -> Result<Reviewed, CloudError> {
        found.iter().for_each(|snapshot| self.secrets.learn(snapshot));
        let mut outputs = Outputs::new();
        for stack in wish.upstream() {
            let name =
                StackKey::new(&stack, &key.environment).cloudformation_name(&self.manifest.deployment_id);
            let upstream = place.look_up(&name).await?.map(|it| it.outputs).unwrap_or_default();
            outputs.insert(stack, upstream);
        }
        let first = self.makes_first(place, key).await?;
        // CloudFormation can tell nothing of a template that takes what is not there yet.
        let spec = wish.spec(&outputs, &self.secrets).ok().filter(|_| first.is_empty());
        let standing = found.as_ref().map_or(Standing::Absent, |it| cloudformation::standing(&it.status));
        // What an earlier review has left there is nothing yet.
        let nothing_yet = found.as_ref().is_none_or(|it| it.status == "REVIEW_IN_PROGRESS");
        let (action, asked) = match standing {
            Standing::Busy => {
                return Ok(blocked(key, found, vec!["another operation is changing it now".to_owned()]));
            }
            Standing::Stuck => {
                let mut reviewed = blocked(key, found, Vec::new());
                if let Some(now) = &reviewed.snapshot {
                    let (id, protected) = (&self.manifest.deployment_id, now.termination_protection);
                    let first = recovery::first_step(id, key, &now.status, protected, Direction::Up);
                    reviewed.review.first.extend(first);
                }
                return Ok(reviewed);
            }
            Standing::Absent => (ReviewAction::Create, true),
            Standing::Leftover if nothing_yet => (ReviewAction::Create, true),
            Standing::Leftover => (ReviewAction::Recreate, false),
            Standing::Updatable => (ReviewAction::Update, true),
        };
        let mut reviewed = Reviewed {
            review: StackReview {
                key: key.clone(),
                action,
                changes: Vec::new(),
                danger: Danger::None,
                by_change_set: false,
                parameters: wish.parameters(&outputs, found.as_ref().filter(|_| !nothing_yet)),
                after: first.iter().map(|made| made.by.clone()).collect(),
                obstacles: Vec::new(),
                remarks: self.remarks_on_imports(place, wish, key, &first),
                cloudformation_status: found.as_ref().map(|it| it.status.clone()),
                first: Vec::new(),
                findings: Vec::new(),
            },
            change_set: None,
            spec,
            snapshot: found.filter(|_| !nothing_yet),
            foreseen: false,
            unasked: false,
        };
        let spec = reviewed.spec.clone().filter(|_| asked);
        // A change set takes no time limit, so that such a stack is created by a plain call.
        let limited = action == ReviewAction::Create && wish.settings.timeout_minutes.is_some();
        match (spec, action) {
            (Some(spec), ReviewAction::Update) => self.compare(place, wish, spec, &mut reviewed).await?,
            (Some(spec), _) if !limited => {
                self.prepare(place, wish, &spec, ChangeSetKind::Create, &mut reviewed).await?;
            }
            (_, ReviewAction::Update) => {
                reviewed.review.remarks.push(KNOWN_LATER.to_owned());
            }
            _ => {
                // What a stack of this operation may change is not certain, whatever it is now.
                let is_settled = |stack: &StackName| {
                    let upstream = StackKey::new(stack, &key.environment);
                    self.keys().all(|it| *it != upstream)
                };
                let certain = |name: &str| {
                    let value = wish.value(name, &outputs);
                    value.filter(|_| wish.upstream_of(name).iter().all(is_settled))
                };
                reviewed.review.changes = added(&wish.resources(&certain));
            }
        }
        if limited {
            let remark =
                "its resources are read from its template, since a change set takes no 'timeout_minutes'";
            reviewed.review.remarks.push(remark.to_owned());
        }
        reviewed.review.danger = danger_of(&reviewed.review.changes);
        if action == ReviewAction::Recreate {
            reviewed.review.remarks.push("what is left of its failed create is deleted first".to_owned());
            if reviewed.snapshot.as_ref().is_some_and(|it| it.termination_protection) {
                reviewed.review.obstacles.push(Obstacle::Protected);
            }
        }
        Ok(reviewed)
    }

    /// What a stack takes of others of this operation, and what these do not have.
    async fn makes_first(&self, place: &Place, key: &StackKey) -> Result<Vec<MadeFirst>, CloudError> {
        let mut first = Vec::new();
        for edge in self.edges_of(key) {
            let upstream = StackKey::new(&edge.needs, &key.environment);
            let (Why::Import(name) | Why::StackOutput(name)) = &edge.why else { continue };
            if self.keys().all(|it| *it != upstream) {
                continue;
            }
            let exports = self.exchanged.exports(&key.environment);
            if !edge.is_certain
                && matches!(edge.why, Why::Import(_))
                && exports.is_some_and(|it| it.contains_key(name))
            {
                continue;
            }
            let found = place.look_up(&upstream.cloudformation_name(&self.manifest.deployment_id)).await?;
            let is_there = found.is_some_and(|it| match edge.why {
                Why::Import(_) => it.exports.values().any(|export| export == name),
                _ => it.outputs.contains_key(name),
            });
            // Of a name that can be read in several ways it is told once.
            if !edge.is_certain && first.iter().any(|made: &MadeFirst| made.by == edge.needs) {
                continue;
            }
            let makes = if edge.is_certain { "makes" } else { "may make" };
            let said = format!("it {}, which {} {makes} first", edge.why, edge.needs);
            first.extend((!is_there).then(|| MadeFirst { by: edge.needs.clone(), said }));
        }
        let waits = self.exchanged.waits(key).filter(|wait| wait.cause == Cause::MayExport);
        first.extend(waits.map(|wait| MadeFirst { by: wait.before.clone(), said: wait.to_string() }));
        Ok(first)
    }

    /// What is to be known of what a template takes of other stacks.
    fn remarks_on_imports(
        &self,
        place: &Place,
        wish: &Wish<'_>,
        key: &StackKey,
        first: &[MadeFirst],
    ) -> Vec<String> {
        let made = first.iter().map(|made| made.said.clone());
        let template = &wish.body.interface;
        let exchange = Exchange::of(&self.manifest, &place.environment, &key.stack, &wish.settings, template);
        let unknown = exchange.unknown.into_iter().map(|at| {
            format!(
                "the name at {at} is known only to CloudFormation; \
                 if stacks of this deployment exchange it, 'depends_on' gives them an order"
            )
        });
        let freed = self.exchanged.waits(key).filter(|wait| wait.cause != Cause::MayExport);
        made.chain(freed.map(Wait::to_string)).chain(unknown).collect()
    }

    /// An existing stack: template, parameters and tags first, then CloudFormation's own comparison.
    async fn compare(
        &self,
        place: &Place,
        wish: &Wish<'_>,
        spec: StackSpec,
        reviewed: &mut Reviewed,
    ) -> Result<(), CloudError> {
        if let Some(now) = &reviewed.snapshot
            && wish.may_be(&spec, now)
            && place
                .connection
                .template(&now.id)
                .await
                .is_ok_and(|it| it.trim_end() == spec.template.trim_end())
        {
            reviewed.review.action = ReviewAction::Unchanged;
            reviewed.review.by_change_set = true;
            return Ok(());
        }
        self.prepare(place, wish, &spec, ChangeSetKind::Update, reviewed).await?;
        let names_none = reviewed.change_set.as_ref().is_some_and(|it| it.changes.is_empty());
        if let Some(now) = reviewed.snapshot.as_ref().filter(|_| names_none) {
            // Without it there is less to tell.
            let deployed = place.connection.template(&now.id).await.ok();
            reviewed.review.remarks.push(beside::remark(now, &spec, deployed.as_deref()));
        }
        Ok(())
    }

    async fn prepare(
        &self,
        place: &Place,
        wish: &Wish<'_>,
        spec: &StackSpec,
        kind: ChangeSetKind,
        reviewed: &mut Reviewed,
    ) -> Result<(), CloudError> {
        let token = new_id().map(|id| id.to_string()).unwrap_or_default();
        match place.connection.prepare(spec, kind, &token).await {
            Ok(Prepared::Unchanged) => {
                reviewed.review.action = ReviewAction::Unchanged;
                reviewed.review.by_change_set = true;
            }
            Ok(Prepared::Ready(change_set)) => {
                reviewed.review.changes.clone_from(&change_set.changes);
                reviewed.review.by_change_set = true;
                let findings = place.connection.findings(&change_set.arn, false).await;
                reviewed.review.findings = wish.with_lines(findings);
                if let Some(now) = reviewed.snapshot.as_ref().filter(|_| kind == ChangeSetKind::Update) {
                    let held = held::held(place, wish, now, spec, &change_set.changes).await?;
                    let held = held.into_iter().filter(|held| !self.is_freed(&reviewed.review.key, held));
                    for held in held {
                        if held.is_certain {
                            reviewed.review.action = ReviewAction::Blocked;
                        }
                        reviewed.review.remarks.push(held.to_string());
                    }
                }
                reviewed.change_set = Some(change_set);
            }
            Err(CloudError::Invalid(findings)) => {
                reviewed.review.action = ReviewAction::Blocked;
                reviewed.review.findings = wish.with_lines(findings);
            }
            Err(error @ CloudError::Credentials(_)) => return Err(error),
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                reviewed.review.action = ReviewAction::Blocked;
                let reason = error.to_string();
                match self.missing_import(&reviewed.review.key, &reason) {
                    Some(finding) => reviewed.review.findings.push(finding),
                    None => reviewed.review.remarks.push(reason),
                }
                reviewed.unasked = error.is_no_answer();
            }
        }
        Ok(())
    }

    /// An import of what nobody exports, with its place and what may be meant.
    fn missing_import(&self, key: &StackKey, reason: &str) -> Option<Finding> {
        let export = missing::name_in(reason)?;
        let missing = MissingExport::of(&self.manifest, &self.templates, key, export)?;
        let hint = missing.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        Some(Finding {
            refuses: true,
            name: None,
            path: Some(format!("/{}", missing.path.replace('.', "/"))),
            reason: format!("{}{hint}", reason.trim_end_matches('.')),
            line: missing.at.map(|at| (missing.template.clone(), at.line)),
        })
    }

    /// Whether those that import an export stop that before the stack's turn comes.
    fn is_freed(&self, key: &StackKey, Held { export, by, .. }: &Held) -> bool {
        by.iter().all(|importer| {
            self.exchanged.waits(key).any(|wait| {
                wait.export == *export
                    && wait.cause == Cause::StopsImporting
                    && StackKey::new(&wait.before, &key.environment)
                        .cloudformation_name(&self.manifest.deployment_id)
                        == *importer
            })
        })
    }

    async fn down(
        &self,
        place: &Place,
        key: &StackKey,
        found: Option<StackSnapshot>,
    ) -> Result<Reviewed, CloudError> {
        let standing = found.as_ref().map_or(Standing::Absent, |it| cloudformation::standing(&it.status));
        let Some(now) = found.clone().filter(|_| standing != Standing::Absent) else {
            let mut reviewed = blocked(key, None, Vec::new());
            reviewed.review.action = ReviewAction::Unchanged;
            return Ok(reviewed);
        };
        if standing == Standing::Busy {
            return Ok(blocked(key, found, vec!["another operation is changing it now".to_owned()]));
        }
        let endings = self.endings(place, &now).await?;
        let mut remarks = Vec::new();
        let resources = told(place.connection.resources(&now.id).await, "what is in it", &mut remarks)?;
        let mut obstacles = Vec::new();
        if now.termination_protection {
            obstacles.push(Obstacle::Protected);
        }
        for export in now.exports.values() {
            let importers = match self.importers(place, export).await {
                Ok(importers) => importers,
                Err(error @ CloudError::Credentials(_)) => return Err(error),
                // What one may not know, or what an endpoint does not tell of one export, it does not tell of the others.
                Err(error) => {
                    remarks.push(format!("who imports its exports cannot be told: {error}"));
                    break;
                }
            };
            let by: Vec<String> = importers.into_iter().filter(|stack| !self.is_ours(stack)).collect();
            if !by.is_empty() {
                obstacles.push(Obstacle::Imported { export: export.clone(), by });
            }
        }
        let mut changes = Vec::new();
        let is_there = |it: &StackResource| !matches!(&*it.status, "DELETE_COMPLETE" | "DELETE_SKIPPED");
        for resource in resources.into_iter().filter(is_there) {
            let ending = endings.get(&resource.logical_id).copied().unwrap_or_default();
            let ending = if self.is_left(&resource.logical_id) { Ending::Retained } else { ending };
            let goes = ending != Ending::Retained;
            if let Some(bucket) =
                resource.physical_id.clone().filter(|_| resource.resource_type == BUCKET && goes)
                && place.connection.holds_objects(&bucket).await == Some(true)
            {
                obstacles.push(Obstacle::NotEmpty { logical_id: resource.logical_id.clone(), bucket });
            }
            let change = ResourceChange {
                action: ChangeAction::Remove,
                logical_id: resource.logical_id,
                physical_id: resource.physical_id,
                resource_type: resource.resource_type,
                replacement: Replacement::No,
                kept: ending != Ending::Deleted,
                snapshot: ending == Ending::Snapshot,
                danger: Danger::None,
                properties: Vec::new(),
            };
            changes.push(change.judged());
        }
        let mut reviewed = blocked(key, found, remarks);
        reviewed.review = StackReview {
            action: ReviewAction::Delete,
            danger: danger_of(&changes),
            changes,
            obstacles,
            ..reviewed.review
        };
        Ok(reviewed)
    }

    /// Whether the request says that a resource is to be left behind.
    fn is_left(&self, logical_id: &str) -> bool {
        match &self.request {
            Request::DestroyStack { deletion, .. } => deletion.retain.iter().any(|left| left == logical_id),
            _ => false,
        }
    }

    /// What its template's policies make of its resources. A template that cannot be had keeps none: rather one
    /// warning too many.
    async fn endings(
        &self,
        place: &Place,
        stack: &StackSnapshot,
    ) -> Result<BTreeMap<String, Ending>, CloudError> {
        let template = match place.connection.template(&stack.id).await {
            Ok(template) => template,
            Err(error) if error.is_passing() => return Err(error),
            Err(_) => return Ok(BTreeMap::new()),
        };
        let interface = skydeck_store::read_interface(&stack.name, &template).unwrap_or_default();
        let endings = interface.resource_list.into_iter();
        Ok(endings.map(|resource| (resource.logical_id, resource.ending)).collect())
    }

    /// Who imports an export, as the order of the stacks was made from it, or asked now.
    async fn importers(&self, place: &Place, export: &str) -> Result<Vec<String>, CloudError> {
        let environment = &place.environment.name;
        match (self.exchanged.importers(environment, export), self.exchanged.unanswered.get(environment)) {
            (Some(known), _) => Ok(known),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => place.connection.importers(export).await,
        }
    }

    /// Whether a stack of this name is destroyed, too.
    fn is_ours(&self, name: &str) -> bool {
        self.keys().any(|key| key.cloudformation_name(&self.manifest.deployment_id) == name)
    }
}

/// What one may not know is said, and is no reason to refuse the rest.
fn told<T: Default>(
    answer: Result<T, CloudError>,
    what: &str,
    remarks: &mut Vec<String>,
) -> Result<T, CloudError> {
    match answer {
        Err(error @ CloudError::Denied { .. }) => {
            remarks.push(format!("{what} cannot be told: {error}"));
            Ok(T::default())
        }
        answer => answer,
    }
}

/// A stack to which nothing can be done, and why.
fn blocked(key: &StackKey, found: Option<StackSnapshot>, mut remarks: Vec<String>) -> Reviewed {
    let status = found.as_ref().map(|it| it.status.clone());
    remarks.extend(status.as_deref().and_then(cloudformation::remark).map(str::to_owned));
    Reviewed {
        review: StackReview {
            key: key.clone(),
            action: ReviewAction::Blocked,
            changes: Vec::new(),
            danger: Danger::None,
            by_change_set: true,
            parameters: Vec::new(),
            after: Vec::new(),
            obstacles: Vec::new(),
            remarks,
            cloudformation_status: status,
            first: Vec::new(),
            findings: Vec::new(),
        },
        change_set: None,
        spec: None,
        snapshot: found,
        foreseen: false,
        unasked: false,
    }
}

/// The creation of these resources, as far as their template tells by itself.
fn added(resources: &[&TemplateResource]) -> Vec<ResourceChange> {
    resources
        .iter()
        .map(|resource| ResourceChange {
            action: ChangeAction::Add,
            logical_id: resource.logical_id.clone(),
            physical_id: None,
            resource_type: resource.resource_type.clone(),
            replacement: Replacement::No,
            kept: false,
            snapshot: false,
            danger: Danger::None,
            properties: Vec::new(),
        })
        .collect()
}
