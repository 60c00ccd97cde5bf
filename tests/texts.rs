//! Texts that others wrote: whatever a folder, a file or CloudFormation says, a terminal is told nothing that it would obey. It
//! is read byte by byte here, piped and as a terminal with colours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg(unix)]

use std::fs;

use serde_json::Value;
use skydeck_model::clean;
use skydeck_tests::home::program;
use skydeck_tests::{Home, Terminal};

/// Sets the clipboard and the title, clears the screen in two ways, colours, interrupts, overwrites its line, turns the
/// direction, hides.
const EVIL: &str = "EVIL\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}]2;t\u{1b}\\\u{1b}[2J\u{1b}[31m\u{9b}3J\u{9d}2;t\u{9c}\u{3}\u{8}\
                    \u{7f}\u{202e}gpj\u{2066}\u{200b}\u{200f}\u{61c}\u{2028}\u{e0041}\u{feff}";

/// The same without what the name of a folder cannot have.
fn evil_name() -> String {
    EVIL.replace(['\\', '/'], "")
}

/// A text in YAML.
fn yaml(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if clean::is_unseen(c) => format!("\\U{:08x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

fn quoted() -> String {
    yaml(EVIL)
}

/// The same as far as XML can carry it, in which CloudFormation answers.
fn evil_answer() -> String {
    yaml("EVIL\u{9b}2J\u{9d}52;c;YQ==\u{9c}\u{202e}gpj\u{200b}\u{2028}\u{e0041}")
}

/// A deployment in the sandbox in which every text that somebody can write is one of these.
fn evil_home() -> Home {
    let home = Home::new();
    home.init("--account-dev 123456");
    let (evil, answer) = (quoted(), evil_answer());
    let manifest = home.read("deployment-manifest.yaml");
    let head = manifest.split("stacks:\n").next().unwrap();
    home.write(
        "deployment-manifest.yaml",
        &format!(
            "{head}stacks:\n  good:\n    enabled: true\n    template: stacks/good.yaml\n    parameters: {{Plain: {evil}, \
             Lines: \"a\\nb\"}}\n  bad:\n    enabled: true\n    template: stacks/bad.yaml\n    tags: {{team: {evil}}}\n"
        ),
    );
    home.write(
        "stacks/good.yaml",
        &format!(
            "Description: {evil}\nParameters:\n  Plain: {{Type: String, Description: {evil}}}\n  Lines: {{Type: String}}\n\
             Resources:\n  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '${{Plain}}-x'}}}}\n\
             Outputs: {{O: {{Description: {evil}, Value: !Sub '${{Plain}} ${{Lines}}'}}}}\n"
        ),
    );
    home.write(
        "stacks/bad.yaml",
        &format!("Resources:\n  Q: {{Type: AWS::SQS::Queue, Metadata: {{Sandbox: {{Fail: {answer}}}}}}}\n"),
    );
    home
}

/// A folder of which nothing but its name and a state file is known, and one whose every file is wrong.
fn evil_folders(home: &Home) -> Vec<String> {
    let evil = quoted();
    let named = format!("D000001-{}-p", evil_name());
    let folder = home.root().join(&named);
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join(".deployment-state.yaml"),
        format!(
            "stacks:\n  a:\n    stack_name: {evil}\n    environment: {evil}\n    status: {evil}\n    reason: {evil}\n    \
             last_updated: {evil}\n    outputs: {{A: {evil}}}\n"
        ),
    )
    .unwrap();
    let folder = home.root().join("D000002-Org-p");
    fs::create_dir_all(folder.join("logs")).unwrap();
    for file in ["deployment-manifest.yaml", ".deployment-metadata.yaml", ".deployment-state.yaml"] {
        let text = format!(
            "version: {evil}\ndeployment_id: {evil}\nstatus: {evil}\n{evil}: {evil}\nstacks: {{{evil}: {evil}}}\n"
        );
        fs::write(folder.join(file), text).unwrap();
    }
    // Without a dash in it, a name is the id.
    let odd = home.root().join(evil_name());
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("deployment-manifest.yaml"), "version: 1\n").unwrap();
    vec!["D000001".to_owned(), "D000002".to_owned(), evil_name()]
}

/// Puts such a text into every field of the last log that takes any.
fn spoil_log(home: &Home) {
    let logs = home.deployment().join("logs");
    for entry in fs::read_dir(&logs).unwrap_or_else(|_| panic!("{}", home.cloud("deploy DX6604E").err)) {
        let path = entry.unwrap().path();
        let spoilt: Vec<String> = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| {
                let mut event: Value = serde_json::from_str(line).unwrap();
                spoil(&mut event);
                event.to_string()
            })
            .collect();
        fs::write(&path, spoilt.join("\n") + "\n").unwrap();
    }
}

const FREE: [&str; 9] = [
    "user",
    "host",
    "front_end",
    "version",
    "reason",
    "physical_id",
    "logical_id",
    "message",
    "resource_type",
];

fn spoil(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value {
            Value::String(text) if FREE.contains(&name.as_str()) => text.push_str(EVIL),
            value => spoil(value),
        }),
        Value::Array(items) => items.iter_mut().for_each(spoil),
        _ => {}
    }
}

/// What `cloud` writes to a pipe: text in which nothing is obeyed.
#[track_caller]
fn is_harmless(home: &Home, words: &[&str]) -> String {
    let output = home.command(program("cloud")).args(words).output().unwrap();
    let all = String::from_utf8([output.stdout, output.stderr].concat()).expect("it writes UTF-8");
    let bad = all.char_indices().find(|(_, c)| clean::is_unseen(*c) && !matches!(c, '\n' | '\t'));
    if let Some((at, c)) = bad {
        let before: String = all[..at].chars().rev().take(60).collect::<String>().chars().rev().collect();
        panic!("{words:?} writes {c:?} after {before:?}");
    }
    all
}

/// What `cloud` writes to a terminal: nothing is obeyed but colours and what moves its own bars.
#[track_caller]
fn is_harmless_in_a_terminal(home: &Home, words: &[&str], answer: Option<&str>) -> String {
    let mut terminal = Terminal::cloud_with(home, words);
    if let Some(answer) = answer {
        terminal.types(answer);
    }
    let screen = terminal.ends();
    let own = |order: &str| {
        let (parameters, last) = order.split_at(order.len() - 1);
        let numbers = parameters.chars().all(|c| c.is_ascii_digit() || c == ';');
        // Colours; the cursor up, down, left, right and to the beginning; the rest of a line, or of the screen below it.
        numbers
            && (["m", "A", "B", "C", "D", "G"].contains(&last)
                || ["2K", "K", "0K", "J", "0J"].contains(&order))
            || ["?25l", "?25h"].contains(&order)
    };
    let mut rest = screen.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        assert!(!before.contains(|c| clean::is_unseen(c) && !"\n\r\t".contains(c)), "{words:?}: {before:?}");
        let after = after.strip_prefix('[').unwrap_or_else(|| panic!("{words:?}: ESC and {after:.20?}"));
        let end = after.find(|c: char| c.is_ascii_alphabetic()).unwrap() + 1;
        assert!(own(&after[..end]), "{words:?}: ESC [ {}", &after[..end]);
        rest = &after[end..];
    }
    assert!(!rest.contains(|c| clean::is_unseen(c) && !"\n\r\t".contains(c)), "{words:?}: {rest:?}");
    screen
}

#[test]
fn nothing_that_others_wrote_is_obeyed_by_a_pipe_or_a_terminal() {
    let home = evil_home();
    let mut shown = String::new();
    shown += &is_harmless(&home, &["plan", "DX6604E", "-v"]);
    shown += &is_harmless_in_a_terminal(&home, &["deploy", "DX6604E", "--review"], None);
    shown += &is_harmless(&home, &["deploy", "DX6604E", "-v"]);
    spoil_log(&home);
    let folders = evil_folders(&home);
    let verbs: &[&[&str]] = &[
        &["list"],
        &["status", "DX6604E"],
        &["status", "DX6604E", "--refresh"],
        &["drift", "DX6604E"],
        &["plan", "DX6604E", "-v"],
        &["log", "DX6604E"],
        &["log", "DX6604E", "last"],
        &["repair-stack", "DX6604E", "bad"],
        &["compare", "DX6604E", "dev", "dev"],
        &["deploy", "DX6604E", "-vv"],
        &["destroy", "DX6604E"],
        // What is only said back.
        &["status", EVIL],
        &["status", "DX6604E", "--environment", EVIL],
        &["deploy-stack", "DX6604E", EVIL],
        &["log", "DX6604E", EVIL],
        &["--root", EVIL, "list"],
        &["init", "--org", EVIL, "--project", EVIL, "--domain", EVIL],
        &[EVIL],
    ];
    for words in verbs {
        shown += &is_harmless(&home, words);
    }
    for words in &verbs[..8] {
        shown += &is_harmless_in_a_terminal(&home, words, None);
    }
    for folder in &folders {
        for verb in ["status", "plan", "deploy", "log", "cancel"] {
            shown += &is_harmless(&home, &[verb, folder]);
        }
        is_harmless_in_a_terminal(&home, &["status", folder], None);
    }
    is_harmless_in_a_terminal(&home, &["destroy", "DX6604E"], Some("no"));
    // It was all there to be shown.
    let count = shown.matches("EVIL").count();
    assert!(count > 60, "{count}");
}

#[test]
fn a_document_says_the_same_and_is_harmless() {
    let home = evil_home();
    home.cloud("deploy DX6604E");
    spoil_log(&home);
    evil_folders(&home);
    for verb in ["list", "status DX6604E", "log DX6604E", "log DX6604E last", "plan DX6604E"] {
        let words: Vec<&str> = verb.split(' ').chain(["--output", "json", "--quiet"]).collect();
        let text = is_harmless(&home, &words);
        let document: Value =
            serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{verb}: {error}: {text}"));
        if verb.ends_with("last") {
            let by = &document["operation"]["start"]["by"];
            assert_eq!(by["user"], format!("tester{EVIL}"), "{by}");
        }
    }
}

#[test]
fn a_profile_of_any_name_is_harmless() {
    let evil = EVIL.replace(['\u{7}', ']'], "");
    let home = Home::new();
    home.write_home(".aws/config", &format!("[profile {evil}]\nregion = us-east-1\nsso_session = {evil}\n"));
    home.init("--account-dev 123456789012 --target aws");
    let profile = yaml(&evil);
    home.edit(
        "deployment-manifest.yaml",
        "account: '123456789012'",
        &format!("account: '123456789012'\n    profile: {profile}"),
    );
    for words in [["plan", "DX6604E"], ["deploy", "DX6604E"], ["status", "DX6604E"]] {
        is_harmless(&home, &words);
        is_harmless_in_a_terminal(&home, &words, Some("n"));
    }
}

#[test]
fn a_secret_that_was_replaced_stays_hidden_where_a_plain_parameter_repeats_it() {
    let home = Home::new();
    home.init("--account-dev 123456");
    let manifest = home.read("deployment-manifest.yaml");
    let head = manifest.split("stacks:\n").next().unwrap();
    let files = |secret: &str, plain: &str| {
        home.write(
            "deployment-manifest.yaml",
            &format!(
                "{head}stacks:\n  a:\n    enabled: true\n    template: stacks/a.yaml\n    parameters: {{Secret: {secret}, \
                 Plain: {plain}}}\n"
            ),
        );
    };
    home.write(
        "stacks/a.yaml",
        "Parameters: {Secret: {Type: String, NoEcho: true}, Plain: {Type: String}}\n\
         Resources: {Q: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: k, Value: !Ref Plain}], QueueName: q, \
         DelaySeconds: !Ref Secret}}}\nOutputs: {O: {Value: !Sub 'url-${Plain}'}}\n",
    );
    let shows = |secret: &str, words: &str| {
        let ran = home.cloud(words);
        let all = format!("{}{}", ran.out, ran.err);
        assert!(!all.contains(secret), "{words}: {all}");
        for (path, content) in home.files() {
            let written = !path.ends_with("deployment-manifest.yaml");
            assert!(
                !written || !String::from_utf8_lossy(&content).contains(secret),
                "{words}: {}",
                path.display()
            );
        }
        all
    };
    let (looks, old) = (
        ["plan DX6604E -v", "status DX6604E --refresh", "drift DX6604E", "status DX6604E --output json"],
        "hunter22",
    );
    files(old, "postgres://u:hunter22@db");
    home.cloud("deploy DX6604E").exits(0);
    let state = home.read(".deployment-state.yaml");
    assert!(state.contains("Plain: 'postgres://u:****@db'"), "{state}");
    // The secret is another one; what repeats it stays, and goes.
    for (secret, plain) in [
        ("another1", "postgres://u:hunter22@db"),
        ("another2", "postgres://u:hunter22@db"),
        ("another3", "blue"),
    ] {
        files(secret, plain);
        for words in looks.into_iter().chain([
            "plan DX6604E -v --output json",
            "deploy DX6604E --review -v",
            "log DX6604E last",
        ]) {
            shows(old, words);
        }
        looks.into_iter().for_each(|words| drop(shows(old, words)));
    }
    // What holds no secret any more is shown again.
    assert!(shows(old, "plan DX6604E -v").contains("Plain = 'blue'"));
    let state = home.read(".deployment-state.yaml");
    assert!(!state.contains("Plain:"), "{state}");
}
