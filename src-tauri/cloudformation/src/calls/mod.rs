//! The calls that Skydeck makes, each in our words and with one kind of error.

mod buckets;
pub(crate) mod change_sets;
mod changes;
mod drift;
pub(crate) mod events;
pub(crate) mod findings;
mod look;
mod pages;
pub(crate) mod stacks;
mod templates;
