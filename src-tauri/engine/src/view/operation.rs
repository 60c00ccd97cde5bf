//! One operation while it runs and after.

use serde::Serialize;
use skydeck_model::event::OperationView;
use skydeck_model::forecast::Forecast;
use skydeck_model::{EnvironmentName, Event, OperationId, OperationKind};
use specta::Type;

/// How an operation does.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct OperationProgress {
    /// When it will be over, and what decides that.
    pub forecast: Forecast,
    /// What it asks of AWS while it runs in this program, environment by environment.
    pub api: Vec<ApiBudget>,
}

/// What an operation asks of AWS in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ApiBudget {
    /// The environment.
    pub environment: EnvironmentName,
    /// Calls since its start, of everything in this program.
    pub calls: u32,
    /// How many of them were refused since they were too many.
    pub throttled: u32,
    /// Calls a second that are taken now, by everything in this program.
    pub per_second: f64,
    /// Calls a second that the account bears; `None`: it never complained.
    pub allowed_per_second: Option<f64>,
}

/// All that is known of an operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationLog {
    /// As it stands.
    pub operation: OperationView,
    /// Every event so far.
    pub events: Vec<Event>,
}

/// An operation that another process was asked to call off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cancelling {
    /// The operation.
    pub operation: OperationId,
    /// What it is.
    pub kind: OperationKind,
    /// Who runs it.
    pub by: String,
    /// Whether what runs is called off too, or only what has not started.
    pub running_too: bool,
}
