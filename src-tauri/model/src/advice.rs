//! What a person can do about a refusal or an error, where the terminal and the app have different ways to the same end. An
//! error carries its advice as data; this table has the words of both.

/// Who shows an error to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontEnd {
    /// The app's window.
    App,
    /// The `cloud` command.
    Terminal,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// A stack has to be enabled.
    EnableStack,
    /// What a stack needs has to be enabled.
    EnableNeeded,
    /// What a stack needs has to be deployed, unless it is to be deployed all the same.
    DeployNeeded,
    /// What needs a stack has to be destroyed, unless it is to be destroyed all the same.
    DestroyDependents,
    /// What imports from a stack has to be destroyed.
    DestroyImporters,
    /// A log has to be saved in another way.
    ExportAgain,
    /// A stack has to be compared with its template.
    DetectDrift,
    /// What is known to fail has to be corrected, or the other stacks deployed all the same.
    KeepGoing,
    /// An operation whose program died has to be taken up.
    TakeUp,
    /// An operation that was interrupted elsewhere has to be taken over.
    TakeOver,
    /// A folder has to be trusted with the accounts that it names.
    Trust,
    /// The root folder has to be brought back.
    FindRoot,
}

impl Advice {
    /// It in the words of a front end: a part of a sentence, without a full stop.
    pub fn words(self, front_end: FrontEnd) -> &'static str {
        let [terminal, app] = match self {
            Self::EnableStack => ["set 'enabled: true' on one in the manifest"; 2],
            Self::EnableNeeded => ["enable that in the manifest, or deploy it by itself first"; 2],
            Self::DeployNeeded => [
                "deploy that first, or go on anyway with --skip-dependencies",
                "deploy that first, or choose 'Deploy without dependencies'",
            ],
            Self::DestroyDependents => [
                "destroy that first, or go on anyway with --force",
                "destroy that first, or choose 'Destroy although needed'",
            ],
            Self::DestroyImporters => {
                ["destroy that first: CloudFormation does not delete a stack while its exports are imported";
                    2]
            }
            Self::ExportAgain => {
                ["mend that, or use 'cloud log … --output json'", "mend that, then export the log again"]
            }
            Self::DetectDrift => ["ask for it with 'cloud drift'", "choose 'Detect drift'"],
            Self::KeepGoing => [
                "correct that, or go on with the other stacks by --keep-going",
                "correct that, or choose 'Deploy the other stacks all the same' in the review",
            ],
            Self::TakeUp => {
                ["'cloud status' brings it to its end", "open the deployment: that brings it to its end"]
            }
            Self::TakeOver => [
                "if nothing runs there any more, 'cloud resume' takes it over",
                "if nothing runs there any more, choose 'Take over…'",
            ],
            Self::Trust => [
                "a command that asks AWS by name, such as 'cloud plan', trusts it",
                "if you know who wrote it, choose 'Trust…' on the page of the deployment",
            ],
            Self::FindRoot => [
                "if it is on a disk that is not mounted, mount it and try again, or name another folder with --root, \
                 SKYDECK_ROOT or the settings ('cloud init --new-root' begins anew there)",
                "if it is on a disk that is not mounted, mount it and look again, or choose another folder",
            ],
        };
        match front_end {
            FrontEnd::Terminal => terminal,
            FrontEnd::App => app,
        }
    }

    /// What happened, with the advice after it.
    pub fn after(self, what: &str, front_end: FrontEnd) -> String {
        format!("{what}; {}", self.words(front_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_never_speaks_of_a_terminal() {
        for advice in [
            Advice::EnableStack,
            Advice::EnableNeeded,
            Advice::DeployNeeded,
            Advice::DestroyDependents,
            Advice::DestroyImporters,
            Advice::ExportAgain,
            Advice::DetectDrift,
            Advice::KeepGoing,
            Advice::TakeUp,
            Advice::TakeOver,
            Advice::Trust,
            Advice::FindRoot,
        ] {
            let words = advice.words(FrontEnd::App);
            assert!(!words.contains("--") && !words.contains("cloud "), "{words}");
        }
    }
}
