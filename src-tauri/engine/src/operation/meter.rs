//! What an operation or a review asks of AWS. The budget is one for each account and region, for everything in this process; what it
//! had counted before is left out.

use skydeck_cloudformation::Connection;
use skydeck_model::Environment;
use skydeck_model::event::ApiCalls;

use crate::detail::count;
use crate::view::ApiBudget;

/// The meter of one of them.
pub(crate) struct Meter(Vec<Metered>);

struct Metered {
    environment: Environment,
    connection: Connection,
    before: ApiCalls,
}

impl Meter {
    /// Counts from now on.
    pub(crate) fn start(places: impl IntoIterator<Item = (Environment, Connection)>) -> Self {
        let metered = places.into_iter().map(|(environment, connection)| Metered {
            before: so_far(&connection),
            environment,
            connection,
        });
        Self(metered.collect())
    }

    /// How each environment stands, by name. Two of the same account and region show the same.
    pub(crate) fn budgets(&self) -> Vec<ApiBudget> {
        let mut budgets: Vec<ApiBudget> = self
            .0
            .iter()
            .map(|metered| {
                let usage = metered.connection.usage();
                let ApiCalls { calls, throttled } = metered.since();
                ApiBudget {
                    environment: metered.environment.name.clone(),
                    calls,
                    throttled,
                    per_second: usage.per_second,
                    allowed_per_second: usage.allowed_per_second,
                }
            })
            .collect();
        budgets.sort_by(|a, b| a.environment.cmp(&b.environment));
        budgets
    }

    /// All in all, each account and region once.
    pub(crate) fn total(&self) -> ApiCalls {
        let mut total = ApiCalls::default();
        for (place, metered) in self.0.iter().enumerate() {
            let is_same = |other: &Metered| other.connection.shares_budget(&metered.connection);
            if !self.0[..place].iter().any(is_same) {
                let ApiCalls { calls, throttled } = metered.since();
                total = ApiCalls { calls: total.calls + calls, throttled: total.throttled + throttled };
            }
        }
        total
    }
}

impl Metered {
    fn since(&self) -> ApiCalls {
        let now = so_far(&self.connection);
        ApiCalls {
            calls: now.calls.saturating_sub(self.before.calls),
            throttled: now.throttled.saturating_sub(self.before.throttled),
        }
    }
}

fn so_far(connection: &Connection) -> ApiCalls {
    let usage = connection.usage();
    let whole = |many: u64| count(usize::try_from(many).unwrap_or(usize::MAX));
    ApiCalls { calls: whole(usage.calls.values().sum()), throttled: whole(usage.throttled) }
}
