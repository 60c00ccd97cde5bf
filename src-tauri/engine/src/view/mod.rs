//! What front ends show: plain values, made fresh from the files on every question. A file for each screen.

mod deployment;
mod look;
mod new_deployment;
mod operation;
mod recovery;
mod review;
mod settings;
mod stack;
mod table;

pub use deployment::{
    Availability, Cell, CellDrift, Dependent, DeploymentDetail, EnvironmentPair, EnvironmentView,
    Explanation, FormerView, NextStep, OperationSummary, StackView,
};
pub use look::{DriftView, Refreshed};
pub use new_deployment::{
    FieldProblem, NewDeployment, NewDeploymentPreview, NewEnvironment, PreviewFile, PreviewStack,
};
pub use operation::{ApiBudget, Cancelling, OperationLog, OperationProgress};
pub use recovery::{RecoveryCard, ResourceChoice, WayOutView};
pub use review::{PlanView, PlannedEnvironment, PlannedStack, ReviewView, SessionView};
pub use settings::{EnvironmentSettings, SettingsView};
pub use stack::{
    ParameterStanding, ParameterView, RealResource, ResourceView, StackEventView, StackEvents, StackLog,
    StackParameters, StackResources, StackRunView, StackTemplate,
};
pub use table::{CommandLines, DeploymentRow, DeploymentRows, InterruptedRow, RowEnvironment, Running};
