//! How long a login holds, against how long the operation usually takes.

use crate::operation::Place;
use crate::view::SessionView;
use chrono::{TimeDelta, Utc};

/// The logins of the places that an operation needs, where they end.
pub(crate) fn horizons<'a>(
    usually_seconds: Option<f64>,
    places: impl Iterator<Item = &'a Place>,
) -> Vec<SessionView> {
    let logins = places.filter_map(|place| {
        let identity = place.connection.identity();
        Some((place.environment.name.clone(), identity.arn, identity.expires_at?))
    });
    let mut sessions: Vec<SessionView> = logins
        .map(|(environment, arn, ends)| {
            let left = ends - Utc::now();
            SessionView { warning: warning(left, usually_seconds), environment, arn }
        })
        .collect();
    sessions.sort_by(|a, b| a.environment.cmp(&b.environment));
    sessions
}

fn warning(left: TimeDelta, usually_seconds: Option<f64>) -> Option<String> {
    const SHORT: TimeDelta = TimeDelta::minutes(15);
    let minutes = |seconds: f64| format!("{:.0} min", (seconds / 60.0).ceil());
    let ends = format!("the login ends in {}", minutes(left.as_seconds_f64().max(0.0)));
    match usually_seconds {
        Some(usual) if usual > left.as_seconds_f64() => {
            Some(format!("{ends}, and this usually takes {}: log in again first", minutes(usual)))
        }
        None if left < SHORT => Some(format!("{ends}, and how long this takes is not known yet")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_ends_before_the_operation_usually_does_is_told() {
        for (left, usual, told) in [
            (
                22,
                Some(35.0),
                Some("the login ends in 22 min, and this usually takes 35 min: log in again first"),
            ),
            (40, Some(35.0), None),
            (10, None, Some("the login ends in 10 min, and how long this takes is not known yet")),
            (20, None, None),
        ] {
            let found = warning(TimeDelta::minutes(left), usual.map(|minutes: f64| minutes * 60.0));
            assert_eq!(found.as_deref(), told, "{left} {usual:?}");
        }
    }
}
