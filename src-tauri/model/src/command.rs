//! What a user did, as a `cloud` command: the inverse of the command line's parser, so that whatever was clicked can be
//! put into a script.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::event::OperationStart;
use crate::ids::{EnvironmentName, OperationId, StackName};
use crate::operation::OperationKind;
use crate::plan::{PARALLEL, Pace, Repair, Request};
use crate::shell::Line;

/// Something that can be done in a terminal too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Run an operation.
    Run {
        /// Which.
        request: Request,
        /// How.
        pace: Pace,
    },
    /// Show what an operation would change.
    Plan {
        /// Where.
        environment: EnvironmentName,
    },
    /// Show how every stack stands.
    Status,
    /// Show what helps a stack that is held fast.
    WaysOut {
        /// Which.
        stack: StackName,
        /// Where.
        environment: EnvironmentName,
    },
    /// Ask CloudFormation how every stack stands.
    Refresh {
        /// Where; `None`: in every environment.
        environment: Option<EnvironmentName>,
    },
    /// Compare stacks with their templates.
    Drift {
        /// Where.
        environment: EnvironmentName,
        /// One stack; `None`: all.
        stack: Option<StackName>,
    },
    /// Call off what runs.
    Cancel,
    /// Bring an operation that was interrupted to its end.
    Resume,
    /// Show everything that happened in an operation.
    Log {
        /// Which.
        operation: OperationId,
    },
}

impl Command {
    /// The command that does again what an operation did; `None` where its log does not tell.
    pub fn of(start: &OperationStart) -> Option<Self> {
        match (&start.request, start.kind, start.environments.as_slice()) {
            (Some(request), ..) => Some(Self::Run { request: request.clone(), pace: start.pace.clone() }),
            (None, OperationKind::Refresh, [one]) => Some(Self::Refresh { environment: Some(one.clone()) }),
            (None, OperationKind::Refresh, _) => Some(Self::Refresh { environment: None }),
            (None, OperationKind::Drift, [one]) => {
                Some(Self::Drift { environment: one.clone(), stack: start.only_stack().cloned() })
            }
            _ => None,
        }
    }

    /// The command line on a deployment, for a POSIX shell; `None` where no command says exactly that, or no shell can carry
    /// it, as the name of a folder with a break of line in it.
    pub fn line(&self, id: &str) -> Option<String> {
        let mut line = Line::new("cloud");
        match self {
            Self::Run { request, pace } => run(&mut line, id, request, pace)?,
            Self::Plan { environment } => {
                verb(&mut line, "plan", id);
                line.option("--environment", environment.as_str());
            }
            Self::Status => verb(&mut line, "status", id),
            Self::WaysOut { stack, environment } => {
                of_stack(&mut line, "repair-stack", id, stack, environment)
            }
            Self::Refresh { environment } => {
                verb(&mut line, "status", id);
                environment.iter().for_each(|name| line.option("--environment", name.as_str()));
                line.word("--refresh");
            }
            Self::Drift { environment, stack } => {
                verb(&mut line, "drift", id);
                stack.iter().for_each(|stack| line.value(stack.as_str()));
                line.option("--environment", environment.as_str());
            }
            Self::Cancel => verb(&mut line, "cancel", id),
            Self::Resume => verb(&mut line, "resume", id),
            Self::Log { operation } => {
                verb(&mut line, "log", id);
                line.value(operation.as_str());
            }
        }
        line.finish()
    }
}

fn verb(line: &mut Line, verb: &'static str, id: &str) {
    line.word(verb);
    line.value(id);
}

fn of_stack(line: &mut Line, word: &'static str, id: &str, stack: &StackName, environment: &EnvironmentName) {
    verb(line, word, id);
    line.value(stack.as_str());
    line.option("--environment", environment.as_str());
}

fn flag(line: &mut Line, name: &'static str, on: bool) {
    if on {
        line.word(name);
    }
}

fn run_options(line: &mut Line, pace: &Pace) {
    if pace.parallel() != PARALLEL {
        line.option("--parallel", &pace.parallel().to_string());
    }
    flag(line, "--stop-on-failure", pace.stop_on_failure);
}

/// `None`: the verb has no word for it.
fn run(line: &mut Line, id: &str, request: &Request, pace: &Pace) -> Option<()> {
    match request {
        Request::Deploy { environment } => {
            verb(line, "deploy", id);
            line.option("--environment", environment.as_str());
            run_options(line, pace);
        }
        // One stack alone has neither a number at once nor one after it.
        Request::DeployStack { stack, environment, skip_dependencies } => {
            of_stack(line, "deploy-stack", id, stack, environment);
            flag(line, "--skip-dependencies", *skip_dependencies);
        }
        Request::Destroy { environment } => {
            verb(line, "destroy", id);
            environment.iter().for_each(|name| line.option("--environment", name.as_str()));
            run_options(line, pace);
        }
        Request::DestroyStack { deletion, .. } if deletion.force && !deletion.retain.is_empty() => {
            return None;
        }
        Request::DestroyStack { stack, environment, force, deletion } => {
            of_stack(line, "destroy-stack", id, stack, environment);
            flag(line, "--force", *force);
            flag(line, "--force-delete", deletion.force);
            deletion.retain.iter().for_each(|resource| line.option("--retain", resource));
        }
        Request::RepairStack { stack, environment, repair } => {
            of_stack(line, "repair-stack", id, stack, environment);
            line.word(match repair {
                Repair::ContinueRollback { .. } => "--continue-rollback",
                Repair::RollBack => "--roll-back",
                Repair::DiscardReview => "--discard-review",
                Repair::Unprotect => "--unprotect",
            });
            if let Repair::ContinueRollback { skip } = repair {
                skip.iter().for_each(|resource| line.option("--skip", resource));
            }
        }
    }
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plan::Deletion;

    fn run(request: Request, pace: Pace) -> Option<String> {
        Command::Run { request, pace }.line("DX6604E")
    }

    fn pace(parallel: Option<u32>, stop_on_failure: bool) -> Pace {
        Pace { parallel, stop_on_failure }
    }

    #[test]
    fn what_was_done_is_told_as_a_command() {
        let dev = || "dev".parse::<EnvironmentName>().unwrap();
        let stack = || "network".parse::<StackName>().unwrap();
        let destroy_stack = |retain: &[&str], force| Request::DestroyStack {
            stack: stack(),
            environment: dev(),
            force: true,
            deletion: Deletion { retain: retain.iter().map(|it| (*it).to_owned()).collect(), force },
        };
        let none = Pace::default;
        for (line, expected) in [
            (
                run(Request::Deploy { environment: dev() }, pace(Some(3), true)),
                Some("cloud deploy DX6604E --environment dev --parallel 3 --stop-on-failure"),
            ),
            // The number that holds anyway is not told.
            (
                run(Request::Destroy { environment: None }, pace(Some(PARALLEL), false)),
                Some("cloud destroy DX6604E"),
            ),
            (
                run(Request::Destroy { environment: None }, pace(None, true)),
                Some("cloud destroy DX6604E --stop-on-failure"),
            ),
            (
                run(destroy_stack(&["It's"], false), none()),
                Some("cloud destroy-stack DX6604E network --environment dev --force --retain 'It'\\''s'"),
            ),
            (run(destroy_stack(&["Vpc"], true), none()), None),
            (
                run(
                    Request::RepairStack {
                        stack: stack(),
                        environment: dev(),
                        repair: Repair::ContinueRollback { skip: vec!["-x".to_owned()] },
                    },
                    none(),
                ),
                Some("cloud repair-stack DX6604E network --environment dev --continue-rollback --skip=-x"),
            ),
            (Command::Refresh { environment: None }.line("DX6604E"), Some("cloud status DX6604E --refresh")),
            (
                Command::Drift { environment: dev(), stack: Some(stack()) }.line("DX6604E"),
                Some("cloud drift DX6604E network --environment dev"),
            ),
            (Command::Cancel.line("odd folder"), Some("cloud cancel 'odd folder'")),
            // No shell carries these as what they are.
            (Command::Cancel.line("-x"), None),
            (Command::Cancel.line("a\u{3}rm -rf ~\n"), None),
        ] {
            assert_eq!(line.as_deref(), expected);
        }
    }
}
