//! `cloud init`

use std::process::ExitCode;

use skydeck_engine::view::{NewDeployment, NewEnvironment};
use skydeck_model::Target;

use crate::args::{Common, InitArgs, TargetArg};
use crate::exit::Failure;
use crate::say::say;
use crate::show;

/// The account of a sandbox environment for which none was given.
const SANDBOX_ACCOUNT: &str = "000000000000";

pub async fn run(common: &Common, args: &InitArgs) -> Result<ExitCode, Failure> {
    let engine = common.engine()?;
    if args.new_root {
        engine.begin_anew();
    }
    let new = new_deployment(args);
    for remark in engine.preview(&new).remarks {
        say(&format!("note: {remark}"));
    }
    let row = engine.init(&new)?;
    engine.vouch(&row.deployment_id, None).await;
    show::created(common, &row)?;
    Ok(ExitCode::SUCCESS)
}

/// The environments are those with an account; dev alone where there is none.
fn new_deployment(args: &InitArgs) -> NewDeployment {
    let accounts = [("dev", &args.account_dev), ("stage", &args.account_stage), ("prod", &args.account_prod)];
    let mut environments: Vec<NewEnvironment> = accounts
        .into_iter()
        .filter_map(|(name, account)| Some(environment(args, name, account.as_deref()?)))
        .collect();
    if environments.is_empty() {
        environments.push(environment(
            args,
            "dev",
            if args.target == TargetArg::Aws { "" } else { SANDBOX_ACCOUNT },
        ));
    }
    NewDeployment {
        organization: args.organization.clone(),
        project: args.project.clone(),
        domain: args.domain.clone(),
        template: args.template.clone(),
        environments,
        id: args.id.clone(),
    }
}

/// What is not a real account can only be in the sandbox, whatever the target of the others.
fn environment(args: &InitArgs, name: &str, account: &str) -> NewEnvironment {
    let short = !account.is_empty() && account.len() < 12;
    NewEnvironment {
        name: name.to_owned(),
        target: if short { Target::Sandbox } else { args.target.into() },
        region: args.region.clone(),
        account: account.to_owned(),
        profile: args.profile.clone(),
    }
}
