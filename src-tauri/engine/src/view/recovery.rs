//! One stack that does not stand as wanted, and what helps.

use serde::Serialize;
use skydeck_model::StackKey;
use skydeck_model::cloudformation::WayOut;
use skydeck_model::plan::Request;
use specta::Type;

/// One stack that does not stand as wanted: its state, its cause, and the ways out.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct RecoveryCard {
    /// The stack.
    pub key: StackKey,
    /// The stack's name in CloudFormation.
    pub cloudformation_name: String,
    /// CloudFormation's status; `None`: there is no such stack.
    pub cloudformation_status: Option<String>,
    /// What that status means.
    pub meaning: String,
    /// Why it came to this: the first failure that CloudFormation tells of.
    pub cause: Option<String>,
    /// Whether termination protection is on.
    pub protected: bool,
    /// Stacks of the deployment that need this one and may exist.
    pub dependents: Vec<String>,
    /// What helps, the best first.
    pub ways: Vec<WayOutView>,
}

/// One way out.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct WayOutView {
    /// Which.
    pub way: WayOut,
    /// Its name on a button.
    pub title: String,
    /// What it does, in a sentence or two.
    pub effect: String,
    /// The exact call to CloudFormation; `None`: none is made.
    pub call: Option<String>,
    /// What it skips or leaves behind.
    pub skips: Option<String>,
    /// What it does to the stacks that need this one.
    pub dependents: Option<String>,
    /// Resources that can be skipped or left behind; which of them is the user's choice.
    pub choices: Vec<ResourceChoice>,
    /// The operation to start; `None`: there is nothing to start. What is chosen goes into its `skip` or `retain`.
    pub request: Option<Request>,
    /// The same on the command line, with all choices made.
    pub command: Option<String>,
    /// Whether something is lost.
    pub destructive: bool,
    /// Why it cannot be done now.
    pub refused: Option<String>,
}

/// A resource that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ResourceChoice {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// The real resource.
    pub physical_id: Option<String>,
    /// Its status.
    pub status: String,
    /// Why it is in the way.
    pub reason: Option<String>,
    /// Whether it is in the way, so that it is chosen from the start.
    pub chosen: bool,
}
