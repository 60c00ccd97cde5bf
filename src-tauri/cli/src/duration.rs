//! How long something is expected to take, in words.

/// So many seconds are a few.
pub const A_FEW: f64 = 10.0;

/// No finer than it can be known, as the app has it: `about 40 s`, `about 3 min`, `about 1 h 20 min`.
pub fn roughly(seconds: f64) -> String {
    if seconds < A_FEW {
        return "a few seconds".to_owned();
    }
    if seconds < 90.0 {
        return format!("about {:.0} s", (seconds / 10.0).round() * 10.0);
    }
    let minutes = (seconds / 60.0).round();
    let (hours, rest) = ((minutes / 60.0).floor(), minutes % 60.0);
    match (hours > 0.0, rest > 0.0) {
        (false, _) => format!("about {minutes:.0} min"),
        (true, false) => format!("about {hours:.0} h"),
        (true, true) => format!("about {hours:.0} h {rest:.0} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_no_finer_than_it_can_be_known() {
        for (seconds, words) in [
            (-3.0, "a few seconds"),
            (9.9, "a few seconds"),
            (44.0, "about 40 s"),
            (89.0, "about 90 s"),
            (90.0, "about 2 min"),
            (3599.0, "about 1 h"),
            (4800.0, "about 1 h 20 min"),
        ] {
            assert_eq!(roughly(seconds), words, "{seconds}");
        }
    }
}
