//! The ways from a profile of the manifest to credentials, against an STS that none of us wrote, and what is told where one
//! does not lead there. What is right is what boto3 makes of the same files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use skydeck_tests::home::ACCOUNT;
use skydeck_tests::server::Metadata;
use skydeck_tests::{Fault, Home, Moto, Proxy, Ran, Rule, When};

/// The account of the roles; the keys that assume them are of another.
const THEIRS: &str = "210987654321";

const ROLE: &str = "arn:aws:iam::210987654321:role/Deploy";

/// A deployment in the roles' account, with these files, whose AWS is at this URL. There are keys in the environment, too,
/// which a profile of the manifest comes before.
fn home(url: &str, config: &str, credentials: &str) -> Home {
    let home = Home::against(url).with("AWS_MAX_ATTEMPTS", "1");
    home.small_deployment();
    home.edit("deployment-manifest.yaml", ACCOUNT, THEIRS);
    home.edit("deployment-manifest.yaml", "target: aws\n", "target: aws\n    profile: 'none yet'\n");
    home.write_home(".aws/config", config);
    home.write_home(".aws/credentials", credentials);
    home
}

/// Runs a command with this profile in the manifest.
fn with_profile(home: &Home, profile: &str, words: &str) -> Ran {
    let manifest = home.read("deployment-manifest.yaml");
    let lines = manifest.lines().map(|line| match line.trim_start().starts_with("profile:") {
        true => format!("    profile: '{profile}'\n"),
        false => format!("{line}\n"),
    });
    home.write("deployment-manifest.yaml", &lines.collect::<String>());
    home.cloud(words)
}

const BASE: &str = "[base]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key = any\n";

#[test]
fn the_calls_of_an_operation_carry_the_credentials_of_the_role() {
    let moto = Moto::start();
    let proxy = Proxy::before(&moto.url);
    let config = format!(
        "[profile admin]\nrole_arn = {ROLE}\nsource_profile = base\nregion = eu-west-1\nexternal_id = ours\n\
         duration_seconds = 1800\nrole_session_name = ada\n"
    );
    let home = home(&proxy.url, &config, BASE);
    with_profile(&home, "admin", "deploy DX6604E --yes").exits(0);
    let calls = proxy.calls();
    let (assume, rest): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.action == "AssumeRole");
    let asked = &assume[0].form;
    assert_eq!(assume[0].key.as_deref(), Some("AKIABASE000000000000"));
    let expected =
        [("RoleArn", ROLE), ("ExternalId", "ours"), ("DurationSeconds", "1800"), ("RoleSessionName", "ada")];
    for (name, value) in expected {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{asked:?}");
    }
    assert!(rest.iter().any(|call| call.action == "CreateStack"));
    for call in rest {
        assert!(call.key.as_deref().is_some_and(|key| key.starts_with("ASIA")), "{call:?}");
    }
    // Asked once, and then kept until it ends.
    assert_eq!(assume.len(), 1);
    // The stack is where boto3 finds it with the same profile.
    let stacks = home.python(
        "import boto3, json\nsession = boto3.Session(profile_name='admin', region_name='us-east-1')\n\
         print(json.dumps([s['StackName'] for s in session.client('cloudformation').describe_stacks()['Stacks']]))",
    );
    assert_eq!(stacks.as_array().unwrap().len(), 2, "{stacks}");
}

#[test]
fn every_way_to_a_role_leads_to_the_account_that_boto3_finds() {
    let moto = Moto::start();
    let metadata = Metadata::start();
    let role = |name: &str, more: &str| format!("[profile {name}]\nrole_arn = {ROLE}\n{more}\n");
    let portal = "sso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n";
    let account = format!("sso_account_id = {ACCOUNT}\nsso_role_name = Deploy\n");
    let process = r#"echo '{"Version": 1, "AccessKeyId": "AKIABASE000000000000", "SecretAccessKey": "any"}'"#;
    let first = format!("arn:aws:iam::{ACCOUNT}:role/First");
    let config = [
        role("keys", "source_profile = base"),
        role("itself", "source_profile = itself\naws_access_key_id = AKIAITSELF0000000000\naws_secret_access_key = any"),
        role("environment", "credential_source = Environment"),
        role("container", "credential_source = EcsContainer"),
        role("instance", "credential_source = Ec2InstanceMetadata"),
        format!("[profile process]\ncredential_process = {process}\n"),
        role("by-process", "source_profile = process"),
        format!("[profile first]\nrole_arn = {first}\nsource_profile = base\n"),
        role("second", "source_profile = first\nduration_seconds = 900"),
        format!("[profile portal]\nsso_session = acme\n{account}[sso-session acme]\n{portal}"),
        role("by-portal", "source_profile = portal"),
        format!(
            "[profile stranger]\nsso_session = acme\nsso_account_id = {ACCOUNT}\nsso_role_name = Stranger\n"
        ),
        role("by-stranger", "source_profile = stranger"),
        format!("[profile old-portal]\n{portal}{account}"),
        role("by-old-portal", "source_profile = old-portal"),
        format!("[profile 'my portal']\nsso_session = all of acme\n{account}[sso-session \"all of acme\"]\n{portal}"),
        role("\"by my portal\"", "source_profile = my portal"),
        role("\"with space\"", "source_profile = also spaced"),
        role("'büro & co.'", "source_profile = also spaced"),
    ]
    .concat();
    let spaced = BASE.replace("[base]", "[also spaced]");
    let home = home(&moto.url, &config, &format!("{BASE}{spaced}"))
        .with("AWS_ENDPOINT_URL_SSO", &metadata.url)
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", metadata.url))
        .with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url);
    let token = home.write_home("token", "a token");
    let web = role("web", &format!("web_identity_token_file = {}", token.display()));
    home.write_home(".aws/config", &format!("{config}{web}"));
    // The AWS command line calls the file of a login after its session, or else after its portal.
    let login = format!(
        r#"{{"startUrl": "https://acme.awsapps.com/start", "region": "us-east-1", "accessToken": "{}", "expiresAt": "2099-01-01T00:00:00Z"}}"#,
        Metadata::TOKEN
    );
    let hashes = home.python(
        "import hashlib, json\nnames = ['acme', 'all of acme', 'https://acme.awsapps.com/start']\n\
         print(json.dumps([hashlib.sha1(n.encode()).hexdigest() for n in names]))",
    );
    for sha1 in hashes.as_array().unwrap() {
        home.write_home(&format!(".aws/sso/cache/{}.json", sha1.as_str().unwrap()), &login);
    }
    let profiles = [
        "keys",
        "itself",
        "environment",
        "container",
        "instance",
        "by-process",
        "second",
        "by-portal",
        "by-old-portal",
        "by my portal",
        "with space",
        "büro & co.",
        "web",
    ];
    for profile in profiles {
        let found = home.python(&format!(
            "import boto3, json\nsession = boto3.Session(profile_name='{profile}', region_name='us-east-1')\n\
             print(json.dumps(session.client('sts').get_caller_identity()['Account']))"
        ));
        assert_eq!(found, THEIRS, "boto3: {profile}");
        let ran = with_profile(&home, profile, "plan DX6604E --quiet");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{profile}: {ran:?}");
    }
    let refused = with_profile(&home, "by-stranger", "plan DX6604E").exits(5);
    let told = "'by-stranger' gives no credentials: 'sso_session = acme' of profile 'stranger': ForbiddenException: No access\n";
    assert!(refused.err.ends_with(told), "{}", refused.err);
    // The guard sees the account that the way ends in, not the one that it begins in.
    let refused = with_profile(&home, "first", "plan DX6604E").exits(2);
    assert!(refused.err.contains(ACCOUNT) && refused.err.contains(THEIRS), "{}", refused.err);
    let manifest = home.read("deployment-manifest.yaml");
    home.write("deployment-manifest.yaml", &manifest.replace("    profile: 'first'\n", ""));
    // The same way by AWS_PROFILE.
    let home = home
        .with("AWS_ACCESS_KEY_ID", "")
        .with("AWS_SECRET_ACCESS_KEY", "")
        .with("AWS_PROFILE", "with space");
    home.cloud("plan DX6604E").exits(0);
}

#[test]
fn what_keeps_a_profile_from_credentials_is_what_is_told_and_nothing_else() {
    let moto = Moto::start();
    let proxy = Proxy::before(&moto.url);
    let config = format!(
        "[not a section that the SDK knows]\nx = y\n\
         [profile silent]\ncredential_process = /bin/false\n\
         [profile vault]\ncredential_process = printf 'the vault\\n\\033[31mis locked AKIAABCDEFGHIJKLMNOP' >&2; exit 3\n\
         [profile odd]\ncredential_process = echo hunter2\n\
         [profile mfa]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/ada\n\
         [profile 'behind mfa']\nrole_arn = {ROLE}2\nsource_profile = mfa\n\
         [profile denied]\nrole_arn = {ROLE}\nsource_profile = base\n\
         [profile lost]\nrole_arn = {ROLE}\nsource_profile = nobody\n\
         [profile round]\nrole_arn = {ROLE}\nsource_profile = about\n\
         [profile about]\nrole_arn = {ROLE}\nsource_profile = round\n\
         [profile both]\nrole_arn = {ROLE}\nsource_profile = base\ncredential_source = Environment\n\
         [profile neither]\nrole_arn = {ROLE}\n\
         [profile long]\nrole_arn = {ROLE}\nsource_profile = base\nduration_seconds = 1h\n\
         [profile session]\nsso_session = nowhere\nsso_account_id = {ACCOUNT}\nsso_role_name = Deploy\n\
         [profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = /nowhere\n\
         [profile by-vault]\nrole_arn = {ROLE}\nsource_profile = vault\n\
         [profile empty]\nregion = us-east-1\n"
    );
    let home = home(&proxy.url, &config, BASE);
    let denied = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    );
    proxy.set([Rule::on("AssumeRole", When::Always, Fault::Error(403, "AccessDenied", denied.clone()))]);
    let table: [(&str, &[&str]); 15] = [
        (
            "silent",
            &[
                "profile 'silent' gives no credentials: the program of 'credential_process' ended with exit status 1",
            ],
        ),
        ("vault", &["ended with exit status 3: the vault is locked …"]),
        ("odd", &["'credential_process' gave no credentials"]),
        (
            "mfa",
            &[
                ROLE,
                "arn:aws:iam::1:mfa/ada",
                "aws configure export-credentials --profile mfa",
                "get-session-token",
            ],
        ),
        ("behind mfa", &["profile 'behind mfa'", "of profile 'mfa'", "'mfa_serial'"]),
        (
            "denied",
            &["profile 'denied' gives no credentials: STS does not let it assume the role", ROLE, &denied],
        ),
        ("lost", &["holds nothing of 'nobody', the source_profile of 'lost'"]),
        ("round", &["'round' → 'about' → 'round'"]),
        ("both", &["both 'source_profile' and 'credential_source'"]),
        ("neither", &["neither 'source_profile' nor 'credential_source'"]),
        ("long", &["'duration_seconds' of profile 'long' is no number"]),
        ("session", &["profile 'session' gives no credentials: 'sso_session = nowhere': sso-session named"]),
        ("web", &["'web_identity_token_file = /nowhere': No such file"]),
        ("by-vault", &["'credential_process' of profile 'vault' ended with exit status 3"]),
        ("empty", &["profile 'empty' does not say where they come from"]),
    ];
    for (profile, expected) in table {
        let ran = with_profile(&home, profile, "plan DX6604E --quiet").exits(5);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        for text in expected {
            assert!(ran.err.contains(text), "{profile}, {text}: {}", ran.err);
        }
        assert!(!ran.err.contains("hunter2") && !ran.err.contains("AKIA"), "{}", ran.err);
    }
    let nobody = with_profile(&home, "no body", "plan DX6604E").exits(5);
    assert!(
        nobody.err.contains("the AWS configuration holds nothing of profile 'no body'"),
        "{}",
        nobody.err
    );

    // A file that cannot be read is named with the line.
    let file = home.write_home(".aws/config", &format!("{config}no setting\n"));
    let broken = with_profile(&home, "denied", "plan DX6604E").exits(5);
    let line = format!("{} on line {}", file.display(), config.lines().count() + 1);
    assert!(broken.err.contains(&line), "{}", broken.err);
    home.write_home(".aws/config", &config);

    // A server that is not there is named for what it is.
    proxy.set([Rule::on("AssumeRole", When::Always, Fault::DropCall)]);
    let away = with_profile(&home, "denied", "plan DX6604E").exits(5);
    assert!(away.err.contains("STS cannot be reached"), "{}", away.err);

    // What the last of the variables says holds.
    let url = moto.url.clone();
    let home = home.with("AWS_ENDPOINT_URL", "localhost:4566");
    let ran = with_profile(&home, "denied", "plan DX6604E").exits(5);
    let told = "AWS_ENDPOINT_URL is 'localhost:4566', a URL without a scheme; put 'https://' or 'http://' in front of it";
    assert!(ran.err.contains(told), "{}", ran.err);
    let home = home.with("AWS_ENDPOINT_URL", &url).with("AWS_ENDPOINT_URL_STS", "127.0.0.1:9");
    let ran = with_profile(&home, "denied", "plan DX6604E").exits(5);
    assert!(ran.err.contains("AWS_ENDPOINT_URL_STS is '127.0.0.1:9', a URL without a scheme"), "{}", ran.err);
    let home = home.with("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    let ran = with_profile(&home, "denied", "plan DX6604E").exits(5);
    assert!(ran.err.contains("STS cannot be reached") && !ran.err.contains("CloudFormation"), "{}", ran.err);
}

#[test]
fn an_endpoint_of_the_profile_holds_for_the_role_too_and_is_named_where_it_is_none() {
    let moto = Moto::start();
    let role = format!("role_arn = {ROLE}\nsource_profile = base\n");
    let url = &moto.url;
    let config = format!(
        "[profile direct]\n{role}endpoint_url = {url}\n\
         [profile 'by services']\n{role}services = my services\n\
         [services 'my services']\nsts =\n  endpoint_url = {url}\ncloudformation =\n  endpoint_url = {url}\n\
         [profile bare]\n{role}endpoint_url = localhost:4566\n\
         [profile bare-service]\n{role}services = bare ones\nendpoint_url = {url}\n\
         [services 'bare ones']\nsts =\n  endpoint_url = localhost:4566\n"
    );
    let home = Home::new().with("AWS_EC2_METADATA_DISABLED", "true");
    home.small_deployment();
    home.edit("deployment-manifest.yaml", ACCOUNT, THEIRS);
    home.edit("deployment-manifest.yaml", "target: aws\n", "target: aws\n    profile: 'none yet'\n");
    home.write_home(".aws/config", &config);
    home.write_home(".aws/credentials", BASE);
    for profile in ["direct", "by services"] {
        with_profile(&home, profile, "plan DX6604E").exits(0);
    }
    let ran = with_profile(&home, "bare", "plan DX6604E").exits(5);
    assert!(ran.err.contains("'endpoint_url' of profile 'bare' is 'localhost:4566'"), "{}", ran.err);
    let ran = with_profile(&home, "bare-service", "plan DX6604E").exits(5);
    assert!(
        ran.err.contains("'endpoint_url' of sts in [services bare ones] is 'localhost:4566'"),
        "{}",
        ran.err
    );
}
