//! Why a stack failed, as Markdown to hand on: the cause, the events that led to it, the lines of the template, and the
//! commands to get on with.

use std::fmt::Write as _;

use chrono::SecondsFormat;
use serde::Serialize;
use specta::Type;

use crate::clean;
use crate::cloudformation::Blame;
use crate::command::Command;
use crate::console;
use crate::event::{Event, EventKind, OperationView, ResourceEvent, StackRun};
use crate::ids::StackKey;
use crate::manifest::{Environment, Target};
use crate::operation::StackOutcome;
use crate::recovery::{self, Step};

/// The lines of a CloudFormation template around one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Excerpt {
    /// The template, as the manifest names it.
    pub path: String,
    /// The number of the first line, from 1.
    pub first: u32,
    /// The lines.
    pub lines: Vec<String>,
}

/// The most lines of an excerpt.
const LINES: usize = 40;

/// The lines of a template, YAML or JSON over several lines, in which a resource stands; `None` where it is not found.
pub fn excerpt(path: &str, text: &str, logical_id: &str) -> Option<Excerpt> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let names = |line: &str, name: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix(['"', '\'']).unwrap_or(line);
        line.strip_prefix(name)
            .is_some_and(|rest| rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start().starts_with(':'))
    };
    let section = lines.iter().position(|line| names(line, "Resources"))?;
    let inside = &lines[section + 1..];
    let depth = indent(inside.iter().find(|line| !is_blank(line))?);
    let start = inside.iter().position(|line| indent(line) == depth && names(line, logical_id))?;
    let more = inside[start + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > depth);
    let mut found: Vec<String> =
        inside[start..].iter().take((more.count() + 1).min(LINES)).map(|line| (*line).to_owned()).collect();
    while found.last().is_some_and(|line| line.trim().is_empty()) {
        found.pop();
    }
    Some(Excerpt {
        path: path.to_owned(),
        first: u32::try_from(section + start + 2).unwrap_or(u32::MAX),
        lines: found,
    })
}

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// The operation.
    pub view: &'a OperationView,
    /// Its events.
    pub events: &'a [Event],
    /// The stack.
    pub key: &'a StackKey,
    /// The stack's environment, where the manifest has it.
    pub environment: Option<&'a Environment>,
    /// The stack's id in CloudFormation.
    pub stack_id: Option<&'a str>,
    /// The failed resource in the template.
    pub excerpt: Option<&'a Excerpt>,
    /// This program's version.
    pub version: &'a str,
}

/// The last events before the failure that a report tells.
const EVENTS: usize = 15;

impl Failure<'_> {
    /// The report; `None` where the stack has not failed.
    pub fn markdown(&self) -> Option<String> {
        let run = self.view.stacks.iter().find(|run| run.key == *self.key)?;
        let ended = run.end.as_ref().filter(|end| end.outcome == StackOutcome::Failed);
        if ended.is_none() && run.first_failure.is_none() {
            return None;
        }
        let start = &self.view.start;
        let mut text = format!(
            "## {} failed in {} ({})\n\n{}\n\n",
            code(self.key.stack.as_str()),
            code(self.key.environment.as_str()),
            code(start.deployment_id.as_str()),
            self.cause(run)
        );
        for (name, value) in self.facts(run) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "- {name}: {value}");
        }
        let events = self.events_before(run);
        if !events.is_empty() {
            let _ = write!(text, "\n### Events\n\n{}", fenced("text", &events.join("\n")));
        }
        if let Some(excerpt) = self.excerpt {
            let json = excerpt.path.ends_with(".json");
            let _ = write!(
                text,
                "\n### {}, line {}\n\n{}",
                code(&excerpt.path),
                excerpt.first,
                fenced(if json { "json" } else { "yaml" }, &excerpt.lines.join("\n"))
            );
        }
        let _ = write!(text, "\n### To get on\n\n{}", fenced("sh", &self.commands().join("\n")));
        Some(text)
    }

    fn cause(&self, run: &StackRun) -> String {
        let reason = run.end.as_ref().and_then(|end| end.reason.as_deref());
        match &run.first_failure {
            Some(ResourceEvent { logical_id, resource_type, status, reason: why, .. }) => {
                let why = why.as_deref().or(reason).unwrap_or("no reason was given");
                let [why, logical_id, resource_type, status] =
                    [why, logical_id, resource_type, status].map(code);
                format!("**{why}** — {logical_id} ({resource_type}) {status}")
            }
            None => format!("**{}**", code(reason.unwrap_or("no reason was given"))),
        }
    }

    fn facts(&self, run: &StackRun) -> Vec<(&'static str, String)> {
        let OperationView { id, start, started_at, stacks, .. } = self.view;
        let name = self.key.cloudformation_name(&start.deployment_id);
        let status = run.cloudformation_status.as_deref().map(|status| format!(", now {}", code(status)));
        let mut facts = vec![("Stack", format!("{}{}", code(&name), status.unwrap_or_default()))];
        if let Some(Environment { target, region, account, .. }) = self.environment {
            facts.push((
                "Where",
                match target {
                    Target::Aws => format!("account {}, {}", code(account.as_str()), code(region.as_str())),
                    Target::Sandbox => format!("the sandbox, as {}", code(region.as_str())),
                },
            ));
        }
        if let Some(url) = console::arn(&name, self.environment, self.stack_id).and_then(console::stack) {
            facts.push(("Console", format!("<{url}>")));
        }
        let at = started_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        facts.push(("Operation", format!("{} ({}, started {at})", code(id.as_str()), start.kind)));
        let by = &start.by;
        let by = format!("{}@{}, {} {}", by.user, by.host, by.front_end, by.version);
        facts.push(("Run by", code(&by)));
        facts.push(("Reported by", format!("Skydeck {}", self.version)));
        let skipped = stacks
            .iter()
            .filter(|run| run.end.as_ref().is_some_and(|end| end.outcome == StackOutcome::Skipped));
        let skipped: Vec<String> = skipped.map(|run| code(run.key.stack.as_str())).collect();
        if !skipped.is_empty() {
            facts.push(("Skipped", skipped.join(", ")));
        }
        facts
    }

    /// The stack's events up to its first failure, and what failed after that.
    fn events_before(&self, run: &StackRun) -> Vec<String> {
        let of_stack: Vec<&ResourceEvent> = self
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::Resource(event) if event.key == *self.key => Some(event),
                _ => None,
            })
            .collect();
        let is_first = |event: &&ResourceEvent| run.first_failure.as_ref() == Some(*event);
        let failed = of_stack.iter().position(is_first).map_or(of_stack.len(), |place| place + 1);
        let before = of_stack[failed.saturating_sub(EVENTS)..failed].iter();
        let after = of_stack[failed..].iter().filter(|event| self.is_cause(event)).take(EVENTS);
        before.chain(after).map(|event| line(event)).collect()
    }

    fn is_cause(&self, event: &ResourceEvent) -> bool {
        let start = &self.view.start;
        let name = event.key.cloudformation_name(&start.deployment_id);
        event.blame(&name, start.kind.direction()) == Blame::Cause
    }

    fn commands(&self) -> Vec<String> {
        let OperationView { id, start, .. } = self.view;
        let deployment = start.deployment_id.as_str();
        let log = Command::Log { operation: id.clone() }.line(deployment);
        let StackKey { stack, environment } = self.key.clone();
        let help = Command::WaysOut { stack, environment }.line(deployment);
        let is_about_it = |step: &Step| step.key.as_ref().is_none_or(|key| key == self.key);
        let steps = recovery::steps(self.view).into_iter().filter(is_about_it).map(|step| step.command);
        log.into_iter().chain(help).chain(steps).collect()
    }
}

fn line(event: &ResourceEvent) -> String {
    let ResourceEvent { logical_id, resource_type, physical_id, status, reason, happened_at, .. } = event;
    let mut line = format!("{} {status} {logical_id} {resource_type}", happened_at.format("%H:%M:%S"));
    for (before, value, after) in [(" [", physical_id, "]"), (": ", reason, "")] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            line.push_str(before);
            line.push_str(&one_line(value));
            line.push_str(after);
        }
    }
    line
}

fn one_line(text: &str) -> String {
    clean::line(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text that others wrote, in a line: as code, where no image, link or mention comes alive (CommonMark 0.31, 6.1 'Code
/// spans').
fn code(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_ticks(&text) + 1);
    // What begins or ends with a tick is held apart from the fence; the blanks are not shown.
    let apart = if text.is_empty() || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{apart}{text}{apart}{fence}")
}

/// A block of code; whatever stands in the text does not end it.
fn fenced(language: &str, text: &str) -> String {
    let text = clean::lines(text);
    let fence = "`".repeat(longest_ticks(&text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

/// The length of the longest row of backticks.
fn longest_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;
    use crate::event::{Actor, OperationStart, StackAction, StackEnd, StackTurn};
    use crate::fixtures::{self, key, manifest};
    use crate::operation::{OperationKind, OperationOutcome};
    use crate::plan::Request;
    use crate::status::{DeploymentStatus, StackStatus};

    const YAML: &str = "\
Parameters:
  Vpc: { Type: String }
Resources:
  # The first.
  Other:
    Type: AWS::SNS::Topic
    Vpc: no
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: 10.0.0.0/16

      Tags: []

  Next: { Type: AWS::SNS::Topic }
Outputs:
  Vpc: { Value: !Ref Vpc }
";

    #[test]
    fn a_resource_is_found_in_its_template() {
        let found = excerpt("stacks/network.yaml", YAML, "Vpc").unwrap();
        assert_eq!((found.first, found.lines.len()), (8, 6), "{found:?}");
        assert_eq!(found.lines[0], "  Vpc:");
        assert_eq!(found.lines[5], "      Tags: []");
        assert_eq!(excerpt("t", YAML, "Next").unwrap().lines, ["  Next: { Type: AWS::SNS::Topic }"]);
        assert_eq!(excerpt("t", YAML, "Missing"), None);
        let json = "{\n  \"Resources\": {\n    \"Vpc\": {\n      \"Type\": \"AWS::EC2::VPC\"\n    },\n    \"B\": {}\n  }\n}";
        let found = excerpt("t.json", json, "Vpc").unwrap();
        assert_eq!((found.first, found.lines.len()), (3, 2), "{found:?}");
        for odd in ["", "Resources:", "Resources:\n", "{\"Resources\":{\"Vpc\":{}}}"] {
            assert_eq!(excerpt("t", odd, "Vpc"), None, "{odd:?}");
        }
    }

    #[test]
    fn a_long_resource_is_cut() {
        let many: String = (0..200).map(|n| format!("      K{n}: v\n")).collect();
        let text = format!("Resources:\n  Vpc:\n{many}");
        assert_eq!(excerpt("t", &text, "Vpc").unwrap().lines.len(), LINES);
    }

    fn failed(reason: &str) -> (OperationView, Vec<Event>) {
        let resource = |id: &str, status: &str, reason: Option<&str>| {
            EventKind::Resource(ResourceEvent {
                key: key("network", "dev"),
                logical_id: id.to_owned(),
                resource_type: "AWS::EC2::VPC".to_owned(),
                physical_id: None,
                status: status.to_owned(),
                reason: reason.map(str::to_owned),
                happened_at: DateTime::UNIX_EPOCH,
            })
        };
        let end = |stack: &str, outcome, reason: &str| {
            EventKind::StackEnded(StackEnd {
                key: key(stack, "dev"),
                outcome,
                status: Some(StackStatus::Failed),
                reason: Some(reason.to_owned()),
                cloudformation_status: Some("ROLLBACK_COMPLETE".to_owned()),
                protected: false,
                outputs: BTreeMap::new(),
                seconds: 3.0,
            })
        };
        let turn = |stack: &str| StackTurn { key: key(stack, "dev"), waits_for: Vec::new() };
        let kinds = [
            EventKind::OperationStarted(OperationStart {
                by: Actor {
                    user: "ana".to_owned(),
                    host: "workstation".to_owned(),
                    pid: 1,
                    front_end: "app".to_owned(),
                    version: "0.1.0".to_owned(),
                },
                request: Some(Request::Deploy { environment: "dev".parse().unwrap() }),
                ..fixtures::start(OperationKind::Deploy, vec![turn("network"), turn("security")])
            }),
            EventKind::StackStarted {
                key: key("network", "dev"),
                action: StackAction::Create,
                resources: None,
            },
            resource("Igw", "CREATE_COMPLETE", None),
            resource("Vpc", "CREATE_FAILED", Some(reason)),
            resource("Igw", "DELETE_COMPLETE", None),
            resource("Late", "DELETE_FAILED", Some("also\nthis")),
            end("network", StackOutcome::Failed, "the create was rolled back"),
            end("security", StackOutcome::Skipped, "network failed"),
            EventKind::OperationEnded {
                outcome: OperationOutcome::Failed,
                deployment_status: DeploymentStatus::Failed,
                api: None,
                waited: 0.0,
            },
        ];
        let events = fixtures::log(kinds);
        (OperationView::replay(&events).unwrap(), events)
    }

    #[test]
    fn a_failure_is_told_whole() {
        let (view, events) = failed("Too many VPCs.");
        let mut environment = manifest(Vec::new()).environments.remove(0);
        environment.target = Target::Aws;
        let excerpt = excerpt("stacks/network.yaml", YAML, "Vpc").unwrap();
        let failure = Failure {
            view: &view,
            events: &events,
            key: &key("network", "dev"),
            environment: Some(&environment),
            stack_id: Some("arn:aws:cloudformation:us-east-1:123456789012:stack/DX6604E-network-dev/1a"),
            excerpt: Some(&excerpt),
            version: "0.1.0",
        };
        let expected = "\
## `network` failed in `dev` (`DX6604E`)

**`Too many VPCs.`** — `Vpc` (`AWS::EC2::VPC`) `CREATE_FAILED`

- Stack: `DX6604E-network-dev`, now `ROLLBACK_COMPLETE`
- Where: account `123456789012`, `us-east-1`
- Console: <https://console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/stackinfo?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A123456789012%3Astack%2FDX6604E-network-dev%2F1a>
- Operation: `20251030T004648Z-deploy-k3f9` (deploy, started 1970-01-01T00:00:00Z)
- Run by: `ana@workstation, app 0.1.0`
- Reported by: Skydeck 0.1.0
- Skipped: `security`

### Events

```text
00:00:00 CREATE_COMPLETE Igw AWS::EC2::VPC
00:00:00 CREATE_FAILED Vpc AWS::EC2::VPC: Too many VPCs.
00:00:00 DELETE_FAILED Late AWS::EC2::VPC: also this
```

### `stacks/network.yaml`, line 8

```yaml
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: 10.0.0.0/16

      Tags: []
```

### To get on

```sh
cloud log DX6604E 20251030T004648Z-deploy-k3f9
cloud repair-stack DX6604E network --environment dev
cloud deploy DX6604E --environment dev
```
";
        assert_eq!(failure.markdown().as_deref(), Some(expected));
        // The sandbox has no console.
        let sandbox = manifest(Vec::new()).environments.remove(0);
        let text = Failure { environment: Some(&sandbox), ..failure }.markdown().unwrap();
        assert!(!text.contains("https://") && text.contains("the sandbox, as `us-east-1`"), "{text}");
        // What did not fail has no report.
        assert_eq!(Failure { key: &key("security", "dev"), ..failure }.markdown(), None);
    }

    #[test]
    fn what_a_reason_says_does_not_break_the_report() {
        let (view, events) = failed("a\n```\n# b");
        let failure = Failure {
            view: &view,
            events: &events,
            key: &key("network", "dev"),
            environment: None,
            stack_id: None,
            excerpt: None,
            version: "0.1.0",
        };
        let text = failure.markdown().unwrap();
        assert!(text.contains("**````a ``` # b````**") && text.contains("````text\n"), "{text}");
    }

    /// What CommonMark leaves of a text without its spans and blocks of code.
    fn outside_of_code(text: &str) -> String {
        let mut outside = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('`') {
            outside.push_str(&rest[..at]);
            let fence: String = rest[at..].chars().take_while(|c| *c == '`').collect();
            let inside = &rest[at + fence.len()..];
            let ends = |at: &usize| {
                let after = inside[at + fence.len()..].starts_with('`');
                !after && !inside[..*at].ends_with('`')
            };
            let end = inside.match_indices(fence.as_str()).map(|(at, _)| at).find(ends).unwrap();
            rest = &inside[end + fence.len()..];
        }
        outside + rest
    }

    #[test]
    fn nothing_that_others_wrote_comes_alive() {
        let reason = "![x](https://evil.example/a) @team <img src=x> [y](z) **b** #1 \u{1b}]52;c;a\u{7}\u{202e}\n# h `";
        let (mut view, events) = failed(reason);
        view.start.by.user = "@admin".to_owned();
        view.start.by.host = "`https://evil.example`".to_owned();
        let excerpt = Excerpt {
            path: "stacks/@me ![x](https://evil.example/b).yaml".to_owned(),
            first: 1,
            lines: vec!["```".to_owned(), "@team\u{1b}[2J ![x](https://evil.example/c)".to_owned()],
        };
        let failure = Failure {
            view: &view,
            events: &events,
            key: &key("network", "dev"),
            environment: None,
            stack_id: None,
            excerpt: Some(&excerpt),
            version: "0.1.0",
        };
        let text = failure.markdown().unwrap();
        assert!(!text.chars().any(|c| clean::is_unseen(c) && c != '\n'), "{text:?}");
        for host in ["a", "b", "c"] {
            assert!(text.contains(&format!("https://evil.example/{host}")), "{text}");
        }
        let outside = outside_of_code(&text);
        assert!(!outside.contains(['@', '<', '!', '[']) && !outside.contains("evil"), "{outside}");
    }
}
