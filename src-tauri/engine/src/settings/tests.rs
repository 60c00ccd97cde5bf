#![allow(clippy::unwrap_used)]

use std::fs;

use tempfile::TempDir;

use super::*;

fn file(text: Option<&str>) -> (TempDir, SettingsFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config/settings.json");
    if let Some(text) = text {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let file = SettingsFile::new(path, folder.path().join("data"));
    (folder, file)
}

#[test]
fn without_a_file_all_have_their_defaults_and_the_first_write_makes_it() {
    let (folder, file) = file(None);
    let ReadSettings { settings, problems } = file.read();
    assert_eq!((settings.clone(), problems), (AppSettings::default(), Vec::new()));
    assert!(settings.notifications);
    assert_eq!(settings.parallel, None);
    assert_eq!(file.root(&settings), (folder.path().join("data/deployments"), RootSource::Default));
    file.update(&SettingsPatch::Appearance(Appearance::Dark)).unwrap();
    assert_eq!(fs::read_to_string(file.path()).unwrap(), "{\n  \"appearance\": \"dark\"\n}\n");
}

#[test]
fn a_write_changes_one_setting_and_keeps_what_it_does_not_know() {
    let (_folder, file) = file(Some(
        r#"{"root": "/deployments", "parallel": 4, "zoom": {"of": [1, 2]}, "notifications": true}"#,
    ));
    for patch in [
        SettingsPatch::Notifications(false),
        SettingsPatch::Parallel(None),
        SettingsPatch::Appearance(Appearance::Light),
    ] {
        file.update(&patch).unwrap();
    }
    let written: Value = serde_json::from_str(&fs::read_to_string(file.path()).unwrap()).unwrap();
    let expected = json!({"root": "/deployments", "zoom": {"of": [1, 2]}, "notifications": false, "appearance": "light"});
    assert_eq!(written, expected);
    let settings = file.read().settings;
    assert_eq!(file.root(&settings), ("/deployments".into(), RootSource::Settings));
}

#[test]
fn a_value_that_makes_no_sense_is_told_and_does_not_count() {
    for (text, told) in [
        (r#"{"appearance": "purple", "notifications": false}"#, "'appearance' in "),
        (r#"{"parallel": 0, "notifications": false}"#, "it may be a number from 1 on"),
        (r#"{"root": 7, "notifications": false}"#, "is 7, which does not count"),
        (r#"{"root": "deployments", "notifications": false}"#, "it may be the whole path of a folder"),
    ] {
        let (_folder, file) = file(Some(text));
        let ReadSettings { settings, problems } = file.read();
        assert_eq!(settings, AppSettings { notifications: false, ..AppSettings::default() }, "{text}");
        assert_eq!(problems.len(), 1, "{text}");
        assert!(problems[0].contains(told), "{problems:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_and_never_overwritten() {
    for text in ["{", "[]", ""] {
        let (_folder, file) = file(Some(text));
        let ReadSettings { settings, problems } = file.read();
        assert_eq!(settings, AppSettings::default());
        assert!(problems[0].contains("cannot be read"), "{problems:?}");
        let error = file.update(&SettingsPatch::Notifications(false)).unwrap_err();
        assert!(matches!(error, SettingsError::Unreadable { .. }));
        assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
    }
}

#[test]
fn a_root_is_a_whole_path_that_can_be() {
    let long_name = format!("/deployments/{}", "x".repeat(256));
    let long = "/deployments".repeat(300);
    for (root, told) in [
        ("deployments", "it depends on where the program is started"),
        ("", "it depends on where the program is started"),
        ("/deploy\0ments", "it has a control character in it"),
        ("/deploy\u{1b}]52;c;eA==\u{7}ments", "it has a control character in it"),
        (&long_name, "that long"),
        (&long, "that long"),
        (&format!("/{}", "x".repeat(1 << 21)), "that long"),
    ] {
        let (_folder, unset) = file(None);
        let error = unset.update(&SettingsPatch::Root(Some(root.to_owned()))).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, SettingsError::NoRoot { .. }) && text.contains(told), "{text}");
        assert!(text.len() < 300 && !text.contains(char::is_control), "{text:?}");
        assert!(!unset.path().exists());
        // Nor where somebody wrote it by hand.
        let (_folder, set) = file(Some(&json!({ "root": root }).to_string()));
        let ReadSettings { settings, problems } = set.read();
        if root.len() < 1 << 20 {
            assert_eq!(settings.root, None);
        }
        assert!(problems.len() == 1 && problems[0].len() < 400, "{problems:?}");
        assert!(set.meant_root().is_err());
    }
    let (_folder, file) = file(None);
    for root in ["/deployments", "/srv/Ümlaut und Blank/x", &format!("/{}", "x".repeat(255))] {
        file.update(&SettingsPatch::Root(Some(root.to_owned()))).unwrap();
        assert_eq!(file.read().settings.root.as_deref(), Some(root));
    }
}

#[cfg(unix)]
#[test]
fn settings_may_be_kept_elsewhere_and_a_pipe_is_not_waited_for() {
    let (folder, file) = file(Some("{}"));
    let elsewhere = folder.path().join("dotfiles.json");
    fs::write(&elsewhere, r#"{"parallel": 4}"#).unwrap();
    fs::remove_file(file.path()).unwrap();
    std::os::unix::fs::symlink(&elsewhere, file.path()).unwrap();
    assert_eq!(file.parallel(), Some(4));
    fs::remove_file(file.path()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(file.path()).status().unwrap().success());
    assert!(file.read().problems[0].contains("cannot be read"));
}

#[test]
fn where_the_file_does_not_tell_the_root_no_other_is_taken_for_it() {
    for text in ["{\"root\": \"/deployments\",}", r#"{"root": 7}"#, r#"{"root": "deployments"}"#] {
        let (_folder, file) = file(Some(text));
        let error = file.meant_root().unwrap_err();
        assert!(matches!(error, SettingsError::Unreadable { .. }), "{text}: {error}");
    }
    // What is wrong elsewhere says nothing of the root.
    let (_folder, file) = file(Some(r#"{"root": "/deployments", "parallel": 0}"#));
    assert_eq!(file.meant_root().unwrap(), PathBuf::from("/deployments"));
}

#[test]
fn changes_at_the_same_moment_are_all_kept() {
    let (_folder, file) = file(None);
    for _ in 0..20 {
        std::thread::scope(|scope| {
            scope.spawn(|| file.update(&SettingsPatch::Notifications(false)).unwrap());
            scope.spawn(|| file.update(&SettingsPatch::Parallel(NonZeroU32::new(3))).unwrap());
        });
        let settings = file.read().settings;
        assert_eq!((settings.notifications, settings.parallel), (false, NonZeroU32::new(3)));
        fs::remove_file(file.path()).unwrap();
    }
}
