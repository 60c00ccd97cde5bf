//! The actions of the API: one table, one function each.

mod change_sets;
mod describe;
mod drift;
mod exports;
mod operations;
mod request;
mod stacks;
mod templates;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::protocol::{Node, Params};
use crate::record::{Place, StackName, StackRecord};
use crate::store::{Lock, Stacks, Store};

/// What an action works with.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a Store,
    pub(crate) place: Place,
    pub(crate) speed: f64,
    pub(crate) clock: &'a (dyn Fn() -> DateTime<Utc> + Send + Sync),
    /// The moment of which the whole answer tells: when it was first asked for, which a change does behind the lock.
    pub(crate) moment: OnceCell<DateTime<Utc>>,
    seen: RefCell<Option<Stacks>>,
}

type Run = fn(&Context<'_>, &Params) -> Result<Node>;

struct Action {
    name: &'static str,
    run: Run,
    /// The request's parameters that are understood, separated by spaces; any other is refused.
    parameters: &'static str,
}

const fn action(name: &'static str, run: Run, parameters: &'static str) -> Action {
    Action { name, run, parameters }
}

#[rustfmt::skip]
const ACTIONS: &[Action] = &[
    action("CreateStack", stacks::create, "StackName TemplateBody TemplateURL Parameters Capabilities Tags RoleARN NotificationARNs DisableRollback OnFailure TimeoutInMinutes EnableTerminationProtection RollbackConfiguration StackPolicyBody ClientRequestToken RetainExceptOnCreate"),
    action("UpdateStack", stacks::update, "StackName TemplateBody TemplateURL UsePreviousTemplate Parameters Capabilities Tags RoleARN NotificationARNs DisableRollback RollbackConfiguration StackPolicyBody ClientRequestToken RetainExceptOnCreate"),
    action("DeleteStack", stacks::delete, "StackName RetainResources RoleARN ClientRequestToken DeletionMode"),
    action("CancelUpdateStack", stacks::cancel_update, "StackName ClientRequestToken"),
    action("ContinueUpdateRollback", stacks::continue_update_rollback, "StackName RoleARN ResourcesToSkip ClientRequestToken"),
    action("RollbackStack", stacks::roll_back, "StackName RoleARN ClientRequestToken RetainExceptOnCreate"),
    action("SetStackPolicy", stacks::set_policy, "StackName StackPolicyBody"),
    action("GetStackPolicy", stacks::get_policy, "StackName"),
    action("UpdateTerminationProtection", stacks::update_termination_protection, "StackName EnableTerminationProtection"),
    action("DescribeStacks", describe::stacks, "StackName NextToken"),
    action("ListStacks", describe::list, "StackStatusFilter NextToken"),
    action("DescribeStackEvents", describe::events, "StackName NextToken"),
    action("DescribeStackResource", describe::resource, "StackName LogicalResourceId"),
    action("DescribeStackResources", describe::resources, "StackName LogicalResourceId PhysicalResourceId"),
    action("ListStackResources", describe::list_resources, "StackName NextToken"),
    action("GetTemplate", templates::get, "StackName ChangeSetName TemplateStage"),
    action("GetTemplateSummary", templates::summary, "TemplateBody TemplateURL StackName"),
    action("ValidateTemplate", templates::validate, "TemplateBody TemplateURL"),
    action("CreateChangeSet", change_sets::create, "StackName ChangeSetName ChangeSetType TemplateBody TemplateURL UsePreviousTemplate Parameters Capabilities Tags RoleARN NotificationARNs RollbackConfiguration Description ClientToken OnStackFailure"),
    action("DescribeChangeSet", change_sets::describe, "StackName ChangeSetName NextToken IncludePropertyValues"),
    action("ExecuteChangeSet", change_sets::execute, "StackName ChangeSetName ClientRequestToken DisableRollback RetainExceptOnCreate"),
    action("DeleteChangeSet", change_sets::delete, "StackName ChangeSetName"),
    action("DescribeEvents", change_sets::events, "StackName ChangeSetName Filters.FailedEvents"),
    action("ListChangeSets", change_sets::list, "StackName NextToken"),
    action("DetectStackDrift", drift::detect, "StackName"),
    action("DescribeStackDriftDetectionStatus", drift::detection, "StackDriftDetectionId"),
    action("DescribeStackResourceDrifts", drift::resources, "StackName StackResourceDriftStatusFilters NextToken MaxResults"),
    action("ListExports", exports::list, "NextToken"),
    action("ListImports", exports::imports, "ExportName NextToken"),
];

/// Parameters that say the same as leaving them out; some clients send them always.
const HARMLESS: &[(&str, &str)] = &[("IncludeNestedStacks", "false"), ("ImportExistingResources", "false")];

/// Runs the action that the request names.
pub(crate) fn run(context: &Context<'_>, name: &str, params: &Params) -> Result<Node> {
    let action = ACTIONS.iter().find(|action| action.name == name);
    let action = action.ok_or_else(|| Error::InvalidAction(name.to_owned()))?;
    let mut known: Vec<&str> = vec!["Action", "Version"];
    known.extend(action.parameters.split(' '));
    known.extend(HARMLESS.iter().filter(|(key, value)| params.text(key) == Some(value)).map(|(key, _)| *key));
    match params.unknown(&known) {
        Some(unknown) => Err(Error::unsupported(format!("The parameter {unknown}"), name)),
        None => (action.run)(context, params),
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        store: &'a Store,
        place: Place,
        speed: f64,
        clock: &'a (dyn Fn() -> DateTime<Utc> + Send + Sync),
    ) -> Self {
        Self { store, place, speed, clock, moment: OnceCell::new(), seen: RefCell::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.moment.get_or_init(self.clock)
    }

    /// Waits until nobody else writes. Nobody has written since to what is read after this.
    fn lock(&self) -> Result<Lock> {
        let lock = self.store.lock()?;
        self.seen.take();
        Ok(lock)
    }

    /// All stacks here, deleted ones too, as they were when the request first asked.
    fn all(&self) -> Result<Stacks> {
        if let Some(seen) = &*self.seen.borrow() {
            return Ok(Arc::clone(seen));
        }
        let all = self.store.all(&self.place)?;
        self.seen.replace(Some(Arc::clone(&all)));
        Ok(all)
    }

    /// The stack that a request names: by ARN any, by name the one that is not deleted.
    fn find(&self, wanted: &str) -> Result<Option<Arc<StackRecord>>> {
        if wanted.starts_with("arn:") {
            return match parse_arn(wanted, "stack") {
                Some(id) if id.place == self.place => self.store.exact(&id),
                _ => Ok(None),
            };
        }
        if !is_name(wanted) {
            return Ok(None);
        }
        let now = self.now();
        let all = self.all()?;
        for record in all.iter().filter(|record| record.id.name == wanted) {
            if let Some(record) = self.store.exact(&record.id)?.filter(|record| !record.is_deleted(now)) {
                return Ok(Some(record));
            }
        }
        all.check(wanted)?;
        Ok(None)
    }

    /// The stack that the request's `StackName` names; the error is the one of the describe actions.
    fn stack(&self, params: &Params) -> Result<Arc<StackRecord>> {
        let wanted = params.required("StackName")?;
        self.find(wanted)?.ok_or_else(|| Error::validation(format!("Stack with id {wanted} does not exist")))
    }

    /// Name to value and exporting stack of all exports here.
    fn exports(&self) -> Result<BTreeMap<String, (String, StackName)>> {
        let now = self.now();
        let mut exports = BTreeMap::new();
        for record in self.all()?.iter() {
            if record.is_deleted(now) {
                continue;
            }
            for output in record.outputs(now) {
                if let Some(name) = &output.export {
                    exports.insert(name.clone(), (output.value.clone(), record.id.clone()));
                }
            }
        }
        Ok(exports)
    }
}

/// `[a-zA-Z][-a-zA-Z0-9]*`, at most 128 long: stack names, change set names.
fn is_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn check_name(field: &str, name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::validation(format!(
        "1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

/// `arn:aws:cloudformation:region:account:<kind>/name/uuid`.
pub(crate) fn parse_arn(arn: &str, kind: &str) -> Option<StackName> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(_), Some("cloudformation")) = (parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    let place = Place { region: parts.next()?.to_owned(), account: parts.next()?.to_owned() };
    let mut path = parts.next()?.split('/');
    let (found, name, uuid) = (path.next()?, path.next()?, path.next()?);
    let uuid_like = uuid.len() == 36 && uuid.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    (found == kind && is_name(name) && uuid_like && path.next().is_none()).then(|| StackName {
        place,
        name: name.to_owned(),
        uuid: uuid.to_owned(),
    })
}

/// One page of `items`. The token is the key of the last item of the page before, so it holds when
/// new items appear in front.
fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    params: &Params,
    size: usize,
) -> Result<(Vec<T>, Option<String>)> {
    let start = match params.text("NextToken") {
        None => 0,
        Some(token) => match items.iter().position(|item| key(item) == token) {
            Some(place) => place + 1,
            None => return Err(Error::validation("NextToken is invalid")),
        },
    };
    let rest = items.len().saturating_sub(start);
    let page: Vec<T> = items.into_iter().skip(start).take(size).collect();
    let next = page.last().filter(|_| rest > size).map(key);
    Ok((page, next))
}
