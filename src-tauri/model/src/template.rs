//! What Skydeck must know of a CloudFormation template to check and wire it: its parameters, its outputs, and which
//! resources it makes.

use std::collections::BTreeMap;

use crate::condition::{self, Conditions};
use crate::exchange::{Imported, TemplateExport, TemplateImport};
use crate::expression::Mappings;
use crate::parameter::Limits;
use crate::problem::{Position, Problem};

/// A CloudFormation template's interface.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateInterface {
    /// `Description`; empty where there is none.
    pub description: String,
    /// `Parameters`, by logical name.
    pub parameters: BTreeMap<String, TemplateParameter>,
    /// `Conditions`, which decide what is there.
    pub conditions: Conditions,
    /// Its `Resources`, also those that a condition leaves out.
    pub resource_list: Vec<TemplateResource>,
    /// The names under `Outputs`, with those that `Fn::ForEach` certainly makes.
    pub outputs: Vec<String>,
    /// What makes further names when the template is deployed, which only CloudFormation knows.
    pub makers: Makers,
    /// For what CloudFormation certainly refuses it.
    pub faults: Vec<Problem>,
    /// What it takes, but perhaps not as it is meant.
    pub warnings: Vec<Problem>,
    /// `Mappings`, in which names can be looked up.
    pub mappings: Mappings,
    /// The outputs that it offers to other stacks.
    pub exports: Vec<TemplateExport>,
    /// What it takes of other stacks by itself.
    pub imports: Vec<TemplateImport>,
    /// Whether a macro that is not AWS's own may make another template of it.
    pub has_macro: bool,
    /// Whether the template means the same whenever it is deployed. One with a transform, an include or a value that
    /// CloudFormation looks up (`{{resolve:…}}`, a parameter of an SSM type) may come out otherwise each time.
    pub steady: bool,
    /// How many bytes its text has.
    pub bytes: usize,
}

/// What makes names in a section of a template, as it is written there: `Fn::ForEach::Topics`, `AWS::Include`, a macro.
/// `None`: all names are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Makers {
    /// In `Parameters`.
    pub parameters: Option<String>,
    /// In `Outputs`.
    pub outputs: Option<String>,
    /// Anywhere else.
    pub others: Option<String>,
}

/// One entry of a template's `Resources`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Like `AWS::EC2::VPC`.
    pub resource_type: String,
    /// What becomes of it when its stack is deleted.
    pub ending: Ending,
    /// The condition under which it is there; `None`: it always is, or its condition is no name.
    pub condition: Option<String>,
    /// Where it stands.
    pub at: Option<Position>,
    /// Whether it has a name of its own, not one that CloudFormation draws, where that takes another capability.
    pub is_named: bool,
}

/// Types that take a capability, with the property by which one gets a name of its own (AWS CloudFormation User Guide,
/// 'Acknowledging IAM resources in CloudFormation templates').
pub const IAM_TYPES: [(&str, Option<&str>); 8] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];

impl TemplateResource {
    /// The capability that CloudFormation wants acknowledged for it.
    pub fn capability(&self) -> Option<&'static str> {
        let takes_one = IAM_TYPES.iter().any(|(known, _)| *known == self.resource_type);
        takes_one.then_some(if self.is_named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" })
    }
}

/// What becomes of a resource when its stack gives it up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// It is deleted.
    #[default]
    Deleted,
    /// It is deleted, and a snapshot of it stays.
    Snapshot,
    /// It stays, and no stack has it any more.
    Retained,
}

impl Ending {
    /// What a DeletionPolicy says, and where there is none, the resource's type. `in_cluster`: a database that has a
    /// `DBClusterIdentifier`. A policy that is no text is taken for none that keeps anything: rather one warning too
    /// many. Source: 'DeletionPolicy attribute' in the CloudFormation template reference.
    pub fn of(policy: Option<&str>, resource_type: &str, in_cluster: bool) -> Self {
        match (policy, resource_type) {
            (Some("Retain" | "RetainExceptOnCreate"), _) => Self::Retained,
            (Some("Snapshot"), _) | (None, "AWS::RDS::DBCluster") => Self::Snapshot,
            (None, "AWS::RDS::DBInstance") if !in_cluster => Self::Snapshot,
            _ => Self::Deleted,
        }
    }
}

/// The largest CloudFormation template that fits into a call, in bytes (CloudFormation quotas).
pub const LARGEST_IN_A_CALL: usize = 51_200;

/// The largest CloudFormation template that S3 may hold for it, in bytes (CloudFormation quotas: 1 MB).
pub const LARGEST: usize = 1_000_000;

/// What stands in place of a value that must not be shown: CloudFormation's own mark.
pub const MASK: &str = "****";

/// One entry of a template's `Parameters`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateParameter {
    /// Its `Default`, as text.
    pub default: Option<String>,
    /// Whether CloudFormation reads the default as this text for certain: YAML's versions differ on `yes` or `1.10`.
    pub is_certain: bool,
    /// Whether its value must never be shown (`NoEcho`).
    pub no_echo: bool,
    /// Whether its value is a list (`CommaDelimitedList`, `List<…>`).
    pub is_list: bool,
    /// Which values it takes.
    pub limits: Limits,
    /// Where its default stands.
    pub default_at: Option<Position>,
    /// Whether CloudFormation looks its value up under the name that it is given (`AWS::SSM::Parameter::…`).
    pub is_looked_up: bool,
}

impl TemplateInterface {
    /// Whether the parameter's value must never be written, logged or shown.
    pub fn is_no_echo(&self, parameter: &str) -> bool {
        self.parameters.get(parameter).is_some_and(|p| p.no_echo)
    }

    /// The resources that a stack of this template has: all but those whose condition certainly does not hold. `value` gives
    /// what a parameter or pseudo parameter stands for, where that is certain.
    pub fn resources(&self, value: &dyn Fn(&str) -> Option<String>) -> Vec<&TemplateResource> {
        let truths = if self.steady { self.truths(value) } else { BTreeMap::new() };
        let is_there = |resource: &&TemplateResource| {
            let condition = resource.condition.as_deref();
            condition.and_then(|name| truths.get(name)) != Some(&false)
        };
        self.resource_list.iter().filter(is_there).collect()
    }

    /// Which of its conditions hold; those of which that is not certain are absent. `value` as for [`Self::resources`].
    pub fn truths(&self, value: &dyn Fn(&str) -> Option<String>) -> BTreeMap<&str, bool> {
        if self.has_macro {
            return BTreeMap::new();
        }
        condition::truths(&self.conditions, &|name| match self.parameters.get(name) {
            // `Fn::Equals` compares texts.
            Some(parameter) if parameter.is_list => None,
            _ => value(name),
        })
    }

    /// Whether it reads an output of another stack anew whenever it is deployed (`Fn::GetStackOutput`).
    pub fn reads_outputs(&self) -> bool {
        self.imports.iter().any(|import| matches!(import.what, Imported::Output { .. }))
    }
}
