//! What a user did, as a `cloud` command: the inverse of the command line's parser, so that whatever was clicked can be
//! put into a script.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::event::OperationStart;
use crate::ids::{EnvironmentName, OperationId, StackName};
use crate::operation::OperationKind;
use crate::plan::{PARALLEL, Pace, Repair, Request};

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

    /// The command line on a deployment, for a POSIX shell; `None` where no command says exactly that.
    pub fn line(&self, id: &str) -> Option<String> {
        let mut words = Words::new("cloud");
        match self {
            Self::Run { request, pace } => words.run(id, request, pace)?,
            Self::Plan { environment } => {
                words.verb("plan", id);
                words.environment(Some(environment));
            }
            Self::Status => words.verb("status", id),
            Self::WaysOut { stack, environment } => words.stack("repair-stack", id, stack, environment),
            Self::Refresh { environment } => {
                words.verb("status", id);
                words.environment(environment.as_ref());
                words.flag("--refresh", true);
            }
            Self::Drift { environment, stack } => {
                words.verb("drift", id);
                stack.iter().for_each(|stack| words.word(stack.as_str()));
                words.environment(Some(environment));
            }
            Self::Cancel => words.verb("cancel", id),
            Self::Log { operation } => {
                words.verb("log", id);
                words.word(operation.as_str());
            }
        }
        Some(words.0)
    }
}

/// A command line as it grows.
struct Words(String);

impl Words {
    fn new(program: &str) -> Self {
        Self(program.to_owned())
    }

    fn word(&mut self, word: &str) {
        self.0.push(' ');
        self.0.push_str(&quoted(word));
    }

    fn flag(&mut self, name: &str, on: bool) {
        if on {
            self.word(name);
        }
    }

    fn option(&mut self, name: &str, value: &str) {
        // A value that looks like a flag would be taken for one.
        if value.starts_with('-') || value.is_empty() {
            self.word(&format!("{name}={value}"));
        } else {
            self.word(name);
            self.word(value);
        }
    }

    fn verb(&mut self, verb: &str, id: &str) {
        self.word(verb);
        self.word(id);
    }

    fn environment(&mut self, environment: Option<&EnvironmentName>) {
        environment.iter().for_each(|name| self.option("--environment", name.as_str()));
    }

    fn stack(&mut self, verb: &str, id: &str, stack: &StackName, environment: &EnvironmentName) {
        self.verb(verb, id);
        self.word(stack.as_str());
        self.environment(Some(environment));
    }

    fn run_options(&mut self, pace: &Pace) {
        if pace.parallel() != PARALLEL {
            self.option("--parallel", &pace.parallel().to_string());
        }
        self.flag("--stop-on-failure", pace.stop_on_failure);
    }

    /// `None`: the verb has no word for it.
    fn run(&mut self, id: &str, request: &Request, pace: &Pace) -> Option<()> {
        match request {
            Request::Deploy { environment } => {
                self.verb("deploy", id);
                self.environment(Some(environment));
                self.run_options(pace);
            }
            // One stack alone has neither a number at once nor one after it.
            Request::DeployStack { stack, environment, skip_dependencies } => {
                self.stack("deploy-stack", id, stack, environment);
                self.flag("--skip-dependencies", *skip_dependencies);
            }
            Request::Destroy { environment } => {
                self.verb("destroy", id);
                self.environment(environment.as_ref());
                self.run_options(pace);
            }
            Request::DestroyStack { deletion, .. } if deletion.force && !deletion.retain.is_empty() => {
                return None;
            }
            Request::DestroyStack { stack, environment, force, deletion } => {
                self.stack("destroy-stack", id, stack, environment);
                self.flag("--force", *force);
                self.flag("--force-delete", deletion.force);
                deletion.retain.iter().for_each(|resource| self.option("--retain", resource));
            }
            Request::RepairStack { stack, environment, repair } => {
                self.stack("repair-stack", id, stack, environment);
                self.word(match repair {
                    Repair::ContinueRollback { .. } => "--continue-rollback",
                    Repair::RollBack => "--roll-back",
                    Repair::DiscardReview => "--discard-review",
                    Repair::Unprotect => "--unprotect",
                });
                if let Repair::ContinueRollback { skip } = repair {
                    skip.iter().for_each(|resource| self.option("--skip", resource));
                }
            }
        }
        Some(())
    }
}

/// A word for a POSIX shell: quoted where it needs to be.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
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
        ] {
            assert_eq!(line.as_deref(), expected);
        }
    }
}
