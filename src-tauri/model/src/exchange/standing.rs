//! What a deploy has to reckon with of the exports that there are, as CloudFormation tells of them: what it has to do first
//! beside what the files say, and which stacks certainly fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Exchange, Named};
use crate::finding::{Concern, Finding, Weight};
use crate::graph::{self, Edge, Needs};
use crate::ids::{EnvironmentName, StackKey, StackName};
use crate::manifest::Manifest;
use crate::plan::Statuses;
use crate::problem::Problem;
use crate::validate::Templates;

/// What CloudFormation tells of the exports of one account and region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Every export, with the name of the stack that makes it.
    pub exports: BTreeMap<String, String>,
    /// The names of the stacks that import an export, for those of which that was asked.
    pub importers: BTreeMap<String, BTreeSet<String>>,
}

/// A stack that has to wait for another, by what is deployed and not by the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The stack that has to wait.
    pub stack: StackName,
    /// The one that comes first.
    pub before: StackName,
    /// What makes it so.
    pub cause: Cause,
    /// The export that it is about.
    pub export: String,
}

/// Why a stack has to wait for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The other imports the export and does not any more when it is deployed. Until then CloudFormation neither removes
    /// nor changes it.
    StopsImporting,
    /// The other has the export and gives it up.
    GivesUp,
    /// Nobody has the export that the stack imports, and the other makes one whose name is not known before.
    MayExport,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, cause, export, .. } = self;
        match cause {
            Cause::StopsImporting => write!(f, "{before} stops importing {export} first"),
            Cause::GivesUp => write!(f, "{before} gives up the export {export} first"),
            Cause::MayExport => write!(f, "it imports {export}, which {before} may make first"),
        }
    }
}

/// What follows of that for a deploy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reckoning {
    /// What has to wait. What contradicts the files counts for nothing.
    pub waits: Vec<Wait>,
    /// Why stacks certainly fail.
    pub findings: Vec<Finding>,
}

/// The stacks that a deploy takes in one environment, with what they give and take.
pub struct Outlook<'a> {
    manifest: &'a Manifest,
    environment: &'a EnvironmentName,
    statuses: &'a Statuses,
    /// By the stack's name in CloudFormation, with the file of its template.
    planned: BTreeMap<String, (&'a StackName, String, Exchange)>,
    edges: Vec<Edge>,
}

impl<'a> Outlook<'a> {
    /// One of the stacks that are `planned`; `statuses` tells what else the deployment has made.
    pub fn new(
        manifest: &'a Manifest,
        templates: &Templates,
        statuses: &'a Statuses,
        environment: &'a EnvironmentName,
        planned: &BTreeSet<&StackName>,
    ) -> Self {
        let exchanges = super::exchanges(manifest, templates, environment).into_iter();
        let planned =
            exchanges.filter(|(stack, ..)| planned.contains(&stack.name)).map(|(stack, _, exchange)| {
                let name =
                    StackKey::new(&stack.name, environment).cloudformation_name(&manifest.deployment_id);
                (name, (&stack.name, stack.settings_in(environment).template, exchange))
            });
        Self {
            manifest,
            environment,
            statuses,
            planned: planned.collect(),
            edges: graph::edges_in(manifest, templates, environment),
        }
    }

    /// The exports of which it has to be known who imports them: those that their stack does not certainly make any more,
    /// and those of a stack that another needed when it was last deployed (`recorded`) and does not need any more, since
    /// their values may change.
    pub fn in_question<'e>(&self, exports: &'e BTreeMap<String, String>, recorded: &Needs) -> Vec<&'e str> {
        let is_left = |stack: &StackName| {
            let needed = recorded.iter().filter(|(_, needs)| needs.contains(stack)).map(|(by, _)| by);
            let mut planned = needed.filter(|by| self.planned.values().any(|(name, ..)| name == by));
            planned.any(|by| !self.edges.iter().any(|edge| edge.stack == *by && edge.needs == *stack))
        };
        let is_in_question = |(export, owner): &(&String, &String)| {
            self.planned.get(*owner).is_some_and(|(stack, _, exchange)| {
                find(&exchange.exports, export).is_none_or(|named| !named.is_certain) || is_left(stack)
            })
        };
        exports.iter().filter(is_in_question).map(|(export, _)| export.as_str()).collect()
    }

    /// What follows of what CloudFormation tells.
    pub fn reckon(&self, standing: &Standing) -> Reckoning {
        let mut reckoning = Reckoning::default();
        for (export, importers) in &standing.importers {
            self.given_up(export, standing.exports.get(export), importers, &mut reckoning);
        }
        for (name, (stack, template, exchange)) in &self.planned {
            for export in &exchange.exports {
                let owner = standing.exports.get(&export.name).filter(|owner| *owner != name);
                let Some(owner) = owner else { continue };
                match self.planned.get(owner) {
                    Some((before, _, theirs))
                        if find(&theirs.exports, &export.name).is_none_or(|it| !it.is_certain) =>
                    {
                        reckoning.waits.push(wait(stack, before, Cause::GivesUp, &export.name));
                    }
                    // The files say that both make it, which is told of them.
                    Some(_) => {}
                    None if export.is_certain => {
                        reckoning.findings.push(self.taken(stack, template, export, owner));
                    }
                    None => {}
                }
            }
            let is_made = |import: &&Named| {
                standing.exports.contains_key(&import.name)
                    || self.planned.values().any(|(_, _, it)| find(&it.exports, &import.name).is_some())
            };
            for import in exchange.imports.iter().filter(|import| !is_made(import)) {
                let makers = self.planned.values().filter(|(maker, _, it)| maker != stack && it.exports_more);
                reckoning
                    .waits
                    .extend(makers.map(|(maker, ..)| wait(stack, maker, Cause::MayExport, &import.name)));
            }
        }
        reckoning
    }

    /// An export that its stack may give up or change, with those that import it.
    fn given_up(
        &self,
        export: &str,
        owner: Option<&String>,
        importers: &BTreeSet<String>,
        reckoning: &mut Reckoning,
    ) {
        let Some((stack, template, exchange)) = owner.and_then(|owner| self.planned.get(owner)) else {
            return;
        };
        let is_gone = find(&exchange.exports, export).is_none() && !exchange.exports_more;
        for importer in importers {
            let planned = self.planned.get(importer).filter(|(name, ..)| name != stack);
            let stays = match planned {
                Some((name, _, theirs)) if find(&theirs.imports, export).is_none_or(|it| !it.is_certain) => {
                    reckoning.waits.push(wait(stack, name, Cause::StopsImporting, export));
                    self.certainly_needs(name, stack).then(|| {
                        format!(
                            "keep it until {name} is deployed without that import, and remove it with the next deploy"
                        )
                    })
                }
                _ => Some(format!("keep it until {importer} no longer imports it")),
            };
            if let Some(hint) = stays.filter(|_| is_gone) {
                let message = format!(
                    "in {} the export {export}, which it no longer makes, is imported by {importer}",
                    self.environment
                );
                reckoning.findings.push(self.finding(stack, template, None, message, hint));
            }
        }
    }

    /// An export whose name another stack has, which this deploy does not change.
    fn taken(&self, stack: &StackName, template: &str, export: &Named, owner: &str) -> Finding {
        let Self { manifest, environment, statuses, .. } = self;
        let former = statuses.keys().find(|key| {
            key.environment == **environment
                && manifest.stack(&key.stack).is_none()
                && key.cloudformation_name(&manifest.deployment_id) == owner
        });
        let name = &export.name;
        let (whose, hint) = match former {
            Some(StackKey { stack: former, .. }) => (
                format!("{former}, which is deployed and not in the manifest any more"),
                format!(
                    "a stack cannot be renamed: if {stack} was {former}, call it {former} again; or destroy {former} \
                     first, and before it what imports from it"
                ),
            ),
            None => (
                owner.to_owned(),
                "a name can be exported once in an account and region: give each export one of its own, such as \
                 !Sub '${AWS::StackName}-Vpc'"
                    .to_owned(),
            ),
        };
        let message = format!("in {environment} the export {name} is already made by {whose}");
        self.finding(stack, template, Some(export), message, hint)
    }

    fn finding(
        &self,
        stack: &StackName,
        template: &str,
        export: Option<&Named>,
        message: String,
        hint: String,
    ) -> Finding {
        Finding {
            problem: Problem {
                file: template.to_owned(),
                at: export.and_then(|export| export.at),
                key: "Outputs".to_owned(),
                message,
                hint,
            },
            weight: Weight::Fails,
            concerns: Concern::Stacks([StackKey::new(stack, self.environment)].into()),
        }
    }

    /// Whether a stack needs another for certain, directly or through others.
    fn certainly_needs(&self, stack: &StackName, other: &StackName) -> bool {
        let certain: Vec<Edge> = self.edges.iter().filter(|edge| edge.is_certain).cloned().collect();
        let mut needs = graph::needs(self.manifest, &certain);
        !graph::add_unless_circular(&mut needs, other, stack)
    }
}

fn wait(stack: &StackName, before: &StackName, cause: Cause, export: &str) -> Wait {
    Wait { stack: stack.clone(), before: before.clone(), cause, export: export.to_owned() }
}

fn find<'n>(named: &'n [Named], name: &str) -> Option<&'n Named> {
    named.iter().find(|named| named.name == name)
}
