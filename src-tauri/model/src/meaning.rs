//! What the deployment's status means beside its stacks' (`docs/reference/statuses.md`): the two levels differ often
//! and rightly, and a person who is surprised is told why, and what would bring them together.

use std::collections::BTreeMap;

use crate::cloudformation::{Outside, WayOut};
use crate::former::FormerStack;
use crate::ids::EnvironmentName;
use crate::look::DriftStatus;
use crate::plan::Request;
use crate::status::{DeploymentStatus, StackStatus, may_exist};

/// How the stacks of one environment stand, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The environment.
    pub environment: EnvironmentName,
    /// Stacks that are deployed.
    pub deployed: usize,
    /// Those of them that still stand as before their last update, which failed or was not begun.
    pub behind: usize,
    /// Stacks whose last operation failed.
    pub failed: usize,
    /// Enabled stacks that are not there.
    pub missing: usize,
    /// Stacks that are being worked on, or of which nothing is known.
    pub unsettled: usize,
}

/// What a status means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// In a sentence or some.
    pub text: String,
    /// Whether the stacks stand otherwise than the status would make one think.
    pub surprising: bool,
    /// What brings the two together, or is simply next; `None`: nothing has to be done.
    pub next: Option<Request>,
}

impl Tally {
    /// Counts stacks: whether each is enabled, its status (`None`: a word that this version does not know), and whether
    /// its last update failed.
    pub fn of(
        environment: EnvironmentName,
        stacks: impl Iterator<Item = (bool, Option<StackStatus>, bool)>,
    ) -> Self {
        let mut tally = Self { environment, deployed: 0, behind: 0, failed: 0, missing: 0, unsettled: 0 };
        for (enabled, status, is_behind) in stacks {
            match status {
                Some(StackStatus::Deployed) => {
                    tally.deployed += 1;
                    tally.behind += usize::from(is_behind);
                }
                Some(StackStatus::Failed) => tally.failed += 1,
                Some(status) if !may_exist(status) => tally.missing += usize::from(enabled),
                Some(_) | None => tally.unsettled += 1,
            }
        }
        tally
    }

    fn begun(&self) -> bool {
        self.deployed + self.failed > 0
    }

    /// Whether it is neither whole nor untouched.
    fn is_incomplete(&self) -> bool {
        self.failed > 0 || (self.deployed > 0 && self.missing > 0)
    }
}

/// What a deployment's status means, beside stacks that stand so; `tallies` are empty where the manifest does not tell.
/// `former`: what lives and is not in the manifest any more. `last`: the full deploy or destroy that it came of, where
/// that is known.
pub fn meaning(
    status: DeploymentStatus,
    tallies: &[Tally],
    former: &[FormerStack],
    last: Option<&Request>,
) -> Meaning {
    let meaning = of_the_manifest(status, tallies, former.is_empty(), last);
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stack in former {
        places.entry(&stack.environment).or_default().push(&stack.stack);
    }
    if places.is_empty() {
        return meaning;
    }
    let names: Vec<String> =
        places.into_iter().map(|(place, stacks)| format!("{} in {place}", stacks.join(", "))).collect();
    let left = format!(" Not in the manifest any more, and still there: {}.", names.join("; "));
    Meaning { text: meaning.text + &left, surprising: true, ..meaning }
}

/// The same of the stacks that the manifest has. `alone`: whether there are no others.
fn of_the_manifest(
    status: DeploymentStatus,
    tallies: &[Tally],
    alone: bool,
    last: Option<&Request>,
) -> Meaning {
    use DeploymentStatus as D;
    let sum = |what: fn(&Tally) -> usize| tallies.iter().map(what).sum::<usize>();
    let (deployed, failed, behind) = (sum(|it| it.deployed), sum(|it| it.failed), sum(|it| it.behind));
    let missing: usize = tallies.iter().filter(|it| it.begun()).map(|it| it.missing).sum();
    // Whatever all stacks are said to be, they are known to be that.
    let known = !tallies.is_empty() && sum(|it| it.unsettled) == 0;
    // Of several environments, which one it was.
    let whole = match last {
        Some(Request::Deploy { environment }) if tallies.len() > 1 => {
            format!("full deploy, of {environment},")
        }
        _ => "full deploy".to_owned(),
    };
    let own = match status {
        D::Initialized if deployed + failed > 0 => "Created, but no full deploy has run.".to_owned(),
        D::Initialized => {
            "Created; no full deploy has run yet: deploy an environment to run the first.".to_owned()
        }
        D::Deploying => "A full deploy is under way.".to_owned(),
        D::Deployed => format!("The last {whole} completed successfully."),
        D::Partial => format!("In the last {whole} some stacks succeeded and some did not."),
        D::Destroying => "A full destroy is under way.".to_owned(),
        D::Destroyed if alone => "Everything was destroyed by a full destroy.".to_owned(),
        D::Destroyed => "A full destroy has completed.".to_owned(),
        D::Failed => match last {
            Some(Request::Destroy { .. }) => {
                "The last full destroy failed: something of the deployment is left.".to_owned()
            }
            Some(_) => format!("The last {whole} failed."),
            None => "The last full deploy or destroy failed.".to_owned(),
        },
        D::Unknown => {
            "The status cannot be determined; the next full deploy or destroy sets it anew.".to_owned()
        }
    };
    // What was done to single stacks since, which the deployment's own status does not follow.
    let since = match status {
        D::Deploying | D::Destroying | D::Unknown => None,
        D::Initialized | D::Destroyed => match (deployed, failed) {
            (0, 0) => None,
            (0, failed) => Some(format!("{} failed when deployed one by one.", stacks(failed))),
            (deployed, 0) => Some(format!("{} deployed one by one.", were(deployed))),
            (deployed, failed) => {
                Some(format!("{} deployed one by one, and {} failed.", were(deployed), stacks(failed)))
            }
        },
        D::Deployed => match (deployed, failed, missing) {
            (0, 0, _) if known && alone => {
                Some("Since then every stack was destroyed one by one.".to_owned())
            }
            (0, 0, _) if known => {
                Some("Since then every stack of the manifest was destroyed one by one.".to_owned())
            }
            (0, 0, _) | (_, 0, 0) => None,
            (_, 0, missing) => Some(format!(
                "Since then {} destroyed, deleted or newly enabled, and {} there.",
                were(missing),
                if missing == 1 { "is not" } else { "are not" }
            )),
            (_, failed, _) => Some(format!("Since then {} failed, or came to harm outside.", stacks(failed))),
        },
        D::Partial | D::Failed if known && deployed > 0 && failed + missing + behind == 0 => {
            Some("Since then every enabled stack was brought to 'deployed' one by one.".to_owned())
        }
        D::Partial | D::Failed => None,
    };
    let running = matches!(status, D::Deploying | D::Destroying);
    let untouched = status == D::Initialized || status == D::Unknown;
    let settled = matches!(status, D::Deployed | D::Destroyed) && since.is_none();
    if let (D::Failed, Some(Request::Destroy { .. }), true) = (status, last, deployed + failed > 0 || !alone)
    {
        return Meaning { text: own, surprising: false, next: last.cloned() };
    }
    let again = match (status, last) {
        (D::Partial | D::Failed, Some(Request::Deploy { environment })) => {
            tallies.iter().map(|it| &it.environment).find(|name| *name == environment)
        }
        _ => None,
    };
    let next = again.or_else(|| wanting(tallies, untouched)).filter(|_| !running && !settled);
    let why = match (&since, &next) {
        (None, _) if behind > 0 && status == D::Partial => format!(
            " {} still {} as before the last update.",
            stacks(behind),
            if behind == 1 { "stands" } else { "stand" }
        ),
        (None, _) => String::new(),
        (Some(since), None) => format!(" {since} Single stacks do not change the deployment's own status."),
        (Some(since), Some(next)) if status == D::Deployed => {
            format!(
                " {since} Single stacks do not change the deployment's own status: deploy {next} to mend that."
            )
        }
        (Some(since), Some(next)) => format!(
            " {since} Single stacks do not change the deployment's own status: deploy the whole of {next} to reach \
             'deployed'."
        ),
    };
    Meaning {
        text: format!("{own}{why}"),
        surprising: since.is_some(),
        next: next.map(|environment| Request::Deploy { environment: environment.clone() }),
    }
}

/// The environment that a full deploy would help first. `untouched`: also one in which nothing has begun.
fn wanting(tallies: &[Tally], untouched: bool) -> Option<&EnvironmentName> {
    let find = |is_it: fn(&&Tally) -> bool| tallies.iter().find(is_it);
    let first = find(|it| it.is_incomplete()).or_else(|| find(|it| it.begun()));
    // Where every stack was destroyed one by one, deploying is one way of two; a fresh deployment has but one.
    first.or_else(|| tallies.first().filter(|_| untouched)).map(|it| &it.environment)
}

fn stacks(count: usize) -> String {
    format!("{count} stack{}", if count == 1 { "" } else { "s" })
}

fn were(count: usize) -> String {
    format!("{} {}", stacks(count), if count == 1 { "was" } else { "were" })
}

/// What comes of what others did to a stack.
pub fn after_outside(outside: Outside) -> &'static str {
    match outside {
        Outside::Changed | Outside::Recreated => "The next deploy brings it back to what the files say.",
        Outside::Deleted => "The next deploy creates it again, where it is enabled.",
        Outside::Underway => "It cannot be deployed before they are done; then refresh it.",
    }
}

/// Whether a stack that is deployed still stands as before its last update, which failed or was not begun: then something
/// is told of it, and nobody else was at it. That CloudFormation cleans up after an update is no fault.
pub fn is_behind(
    status: StackStatus,
    reason: Option<&str>,
    cloudformation_status: Option<&str>,
    outside: Option<Outside>,
) -> bool {
    let cleans_up = cloudformation_status == Some("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    status == StackStatus::Deployed && reason.is_some() && outside.is_none() && !cleans_up
}

/// Whether a person should look at a stack: it failed, is held fast, differs from its template, or others were at it.
pub fn needs_attention(
    status: StackStatus,
    ways: &[WayOut],
    drift: Option<DriftStatus>,
    outside: Option<Outside>,
) -> bool {
    status == StackStatus::Failed
        || ways.iter().any(|way| *way != WayOut::Wait)
        || drift == Some(DriftStatus::Drifted)
        || outside.is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use DeploymentStatus as D;

    fn tally(environment: &str, [deployed, failed, missing]: [usize; 3]) -> Tally {
        Tally {
            environment: environment.parse().unwrap(),
            deployed,
            behind: 0,
            failed,
            missing,
            unsettled: 0,
        }
    }

    /// Every status against every way in which the stacks of one environment can stand: deployed, failed, missing.
    #[test]
    fn every_combination_says_what_it_is_and_what_to_do() {
        const NOTHING: [usize; 3] = [0, 0, 6];
        const WHOLE: [usize; 3] = [6, 0, 0];
        const SOME: [usize; 3] = [2, 0, 4];
        const MIXED: [usize; 3] = [4, 1, 1];
        const BAD: [usize; 3] = [0, 1, 5];
        #[rustfmt::skip]
        let table = [
            // status        stacks    surprising  next is a deploy   a part of what is said
            (D::Initialized, NOTHING, false, true,  "no full deploy has run yet"),
            (D::Initialized, SOME,    true,  true,  "2 stacks were deployed one by one"),
            (D::Initialized, WHOLE,   true,  true,  "6 stacks were deployed one by one"),
            (D::Initialized, MIXED,   true,  true,  "4 stacks were deployed one by one, and 1 stack failed"),
            (D::Initialized, BAD,     true,  true,  "1 stack failed when deployed one by one"),
            (D::Deploying,   NOTHING, false, false, "under way"),
            (D::Deploying,   SOME,    false, false, "under way"),
            (D::Deploying,   WHOLE,   false, false, "under way"),
            (D::Deploying,   MIXED,   false, false, "under way"),
            (D::Deploying,   BAD,     false, false, "under way"),
            (D::Deployed,    NOTHING, true,  false, "every stack was destroyed one by one"),
            (D::Deployed,    SOME,    true,  true,  "4 stacks were destroyed, deleted or newly enabled, and are not there"),
            (D::Deployed,    WHOLE,   false, false, "completed successfully."),
            (D::Deployed,    MIXED,   true,  true,  "Since then 1 stack failed"),
            (D::Deployed,    BAD,     true,  true,  "Since then 1 stack failed"),
            (D::Partial,     NOTHING, false, false, "some did not."),
            (D::Partial,     SOME,    false, true,  "some did not."),
            (D::Partial,     WHOLE,   true,  true,  "every enabled stack was brought to 'deployed' one by one"),
            (D::Partial,     MIXED,   false, true,  "some did not."),
            (D::Partial,     BAD,     false, true,  "some did not."),
            (D::Destroying,  NOTHING, false, false, "under way"),
            (D::Destroying,  SOME,    false, false, "under way"),
            (D::Destroying,  WHOLE,   false, false, "under way"),
            (D::Destroying,  MIXED,   false, false, "under way"),
            (D::Destroying,  BAD,     false, false, "under way"),
            (D::Destroyed,   NOTHING, false, false, "Everything was destroyed"),
            (D::Destroyed,   SOME,    true,  true,  "2 stacks were deployed one by one"),
            (D::Destroyed,   WHOLE,   true,  true,  "6 stacks were deployed one by one"),
            (D::Destroyed,   MIXED,   true,  true,  "and 1 stack failed"),
            (D::Destroyed,   BAD,     true,  true,  "1 stack failed"),
            (D::Failed,      NOTHING, false, false, "failed."),
            (D::Failed,      SOME,    false, true,  "failed."),
            (D::Failed,      WHOLE,   true,  true,  "brought to 'deployed' one by one"),
            (D::Failed,      MIXED,   false, true,  "failed."),
            (D::Failed,      BAD,     false, true,  "failed."),
            (D::Unknown,     NOTHING, false, true,  "sets it anew"),
            (D::Unknown,     SOME,    false, true,  "sets it anew"),
            (D::Unknown,     WHOLE,   false, true,  "sets it anew"),
            (D::Unknown,     MIXED,   false, true,  "sets it anew"),
            (D::Unknown,     BAD,     false, true,  "sets it anew"),
        ];
        assert_eq!(table.len(), D::ALL.len() * 5);
        for (status, stacks, surprising, deploys, part) in table {
            let found = meaning(status, &[tally("dev", stacks), tally("prod", NOTHING)], &[], None);
            let context = format!("{status} {stacks:?}: {found:?}");
            assert!(found.text.contains(part), "{context}");
            assert_eq!(found.surprising, surprising, "{context}");
            let deploy = Request::Deploy { environment: "dev".parse().unwrap() };
            assert_eq!(found.next, deploys.then_some(deploy), "{context}");
            // What surprises is explained.
            assert_eq!(found.text.contains("Single stacks do not change"), surprising, "{context}");
        }
    }

    /// What lives outside the manifest counts: nothing is said to be gone as a whole while it does.
    #[test]
    fn what_is_not_in_the_manifest_any_more_is_named_whatever_the_status_is() {
        let former = |stack: &str, environment: &str| FormerStack {
            stack: stack.to_owned(),
            environment: environment.to_owned(),
            status: crate::status::Recorded::Known(StackStatus::Deployed),
        };
        let left = [former("old-name", "dev"), former("s", "qa"), former("t", "qa")];
        for status in D::ALL {
            let found = meaning(*status, &[tally("dev", [0, 0, 6])], &left, None);
            let named = "Not in the manifest any more, and still there: old-name in dev; s, t in qa.";
            assert!(found.text.ends_with(named) && found.surprising, "{status}: {}", found.text);
            assert!(!found.text.contains("every stack was destroyed"), "{status}: {}", found.text);
            assert!(!found.text.contains("Everything was destroyed"), "{status}: {}", found.text);
        }
        let destroy = Request::Destroy { environment: None };
        let found = meaning(D::Failed, &[tally("dev", [0, 0, 6])], &left, Some(&destroy));
        assert_eq!(found.next, Some(destroy));
    }

    #[test]
    fn what_is_next_is_where_something_is_wanting() {
        for (tallies, environment) in [
            (vec![tally("dev", [6, 0, 0]), tally("prod", [2, 0, 4])], "prod"),
            (vec![tally("dev", [6, 0, 0]), tally("stage", [5, 1, 0]), tally("prod", [2, 0, 4])], "stage"),
            (vec![tally("dev", [0, 0, 6]), tally("prod", [6, 0, 0])], "prod"),
        ] {
            let next = meaning(D::Initialized, &tallies, &[], None).next;
            assert_eq!(next, Some(Request::Deploy { environment: environment.parse().unwrap() }));
        }
        // A second environment that nothing was ever deployed to is none of a deployed one's surprises.
        let second = meaning(D::Deployed, &[tally("dev", [6, 0, 0]), tally("prod", [0, 0, 6])], &[], None);
        assert_eq!((second.surprising, second.next), (false, None));
        assert_eq!(meaning(D::Initialized, &[], &[], None).next, None);
    }

    #[test]
    fn a_deploy_that_left_stacks_as_they_were_is_to_be_run_again_where_it_was() {
        let deploy = |environment: &str| Request::Deploy { environment: environment.parse().unwrap() };
        let mut dev = tally("dev", [3, 0, 0]);
        dev.behind = 1;
        let whole = tally("prod", [3, 0, 0]);
        let found = meaning(D::Partial, &[dev.clone(), whole.clone()], &[], Some(&deploy("dev")));
        let told = "In the last full deploy, of dev, some stacks succeeded and some did not. 1 stack still stands as before \
                    the last update.";
        assert_eq!((found.text.as_str(), found.next), (told, Some(deploy("dev"))));
        // What brought every stack up one by one has to be a deploy of the same environment, too.
        let found = meaning(D::Partial, &[tally("dev", [3, 0, 0]), whole], &[], Some(&deploy("prod")));
        assert!(found.text.contains("In the last full deploy, of prod,"), "{}", found.text);
        assert_eq!(found.next, Some(deploy("prod")));
    }

    #[test]
    fn a_destroy_that_failed_is_to_be_run_again_as_it_was() {
        let left = [tally("dev", [1, 1, 4])];
        let destroy = Request::Destroy { environment: None };
        let found = meaning(D::Failed, &left, &[], Some(&destroy));
        assert_eq!((found.next.as_ref(), found.surprising), (Some(&destroy), false));
        assert!(found.text.contains("The last full destroy failed"), "{}", found.text);
        let deploy = Request::Deploy { environment: "dev".parse().unwrap() };
        let found = meaning(D::Failed, &left, &[], Some(&deploy));
        assert_eq!(found.next.as_ref(), Some(&deploy));
        assert_eq!(found.text, "The last full deploy failed.");
    }

    #[test]
    fn nothing_is_said_of_all_stacks_where_not_all_are_known() {
        let busy = |stacks| [Tally { unsettled: 1, ..tally("dev", stacks) }];
        for (status, tallies) in [
            (D::Deployed, &[][..]),
            (D::Deployed, &busy([0, 0, 5])[..]),
            (D::Failed, &busy([5, 0, 0])[..]),
            (D::Partial, &busy([5, 0, 0])[..]),
        ] {
            let found = meaning(status, tallies, &[], None);
            assert!(!found.surprising && !found.text.contains("Since then"), "{status:?}: {}", found.text);
        }
    }

    #[test]
    fn stacks_are_counted_by_what_they_are() {
        use StackStatus as S;
        let stacks = [
            (true, Some(S::Deployed), true),
            (false, Some(S::Deployed), false),
            (true, Some(S::Failed), false),
            (true, Some(S::NotDeployed), false),
            (true, Some(S::Destroyed), false),
            (false, Some(S::NotDeployed), false),
            (true, Some(S::Deploying), false),
            (true, None, false),
        ];
        let expected = Tally { behind: 1, unsettled: 2, ..tally("dev", [2, 1, 2]) };
        assert_eq!(Tally::of("dev".parse().unwrap(), stacks.into_iter()), expected);
    }

    #[test]
    fn what_a_person_should_look_at_is_told_apart() {
        use StackStatus::{Deployed, Deploying, Failed};
        for (status, ways, drift, outside, wanted) in [
            (Deployed, &[][..], None, None, false),
            (Deployed, &[], Some(DriftStatus::InSync), None, false),
            (Deploying, &[WayOut::Wait], None, None, false),
            (Failed, &[], None, None, true),
            (Deployed, &[WayOut::DeployAgain], None, None, true),
            (Deployed, &[], Some(DriftStatus::Drifted), None, true),
            (Deployed, &[], None, Some(Outside::Changed), true),
        ] {
            assert_eq!(needs_attention(status, ways, drift, outside), wanted, "{status} {ways:?} {drift:?}");
        }
    }
}
