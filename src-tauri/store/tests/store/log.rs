//! The operations' logs.

use std::fs::{self, OpenOptions};
use std::io::Write;

use skydeck_model::{Event, EventKind, OperationId};
use skydeck_store::StoreError;

use crate::fixtures::{at, deployment, holder};

fn event(seq: u32, message: &str) -> Event {
    Event {
        operation: operation(),
        seq,
        at: at("2025-10-30T01:00:00.123456Z"),
        kind: EventKind::Warning { message: message.to_owned() },
    }
}

fn operation() -> OperationId {
    "20251030T004648Z-deploy-k3f9".parse().unwrap()
}

#[test]
fn events_are_read_back_in_order_and_from_any_place() {
    let (_root, folder) = deployment();
    let events = [event(0, "a\nb"), event(1, "c"), event(2, "\u{1F600}")];
    let locked = folder.lock(&holder()).unwrap();
    let mut writer = locked.log_writer(&operation()).unwrap();
    writer.append(&events[0]).unwrap();
    writer.append_all(&events[1..]).unwrap();
    assert_eq!(folder.log(&operation(), 0).unwrap(), events);
    assert_eq!(folder.log(&operation(), 2).unwrap(), events[2..]);
    assert_eq!(folder.log(&operation(), 9).unwrap(), []);
    assert_eq!(folder.log_ends(&operation()).unwrap(), [events[0].clone(), events[2].clone()]);
    assert_eq!(folder.operations().unwrap(), [operation()]);
}

#[test]
fn operations_of_one_second_stand_in_the_order_in_which_they_began() {
    let (_root, folder) = deployment();
    let locked = folder.lock(&holder()).unwrap();
    let begun = [
        ("20251030T004648Z-deploy-zzzz", "2025-10-30T00:46:48.100Z"),
        ("20251030T004648Z-refresh-aaaa", "2025-10-30T00:46:48.300Z"),
        ("20251030T004648Z-deploy-stack-mmmm", "2025-10-30T00:46:48.200Z"),
        ("20251030T004649Z-deploy-aaaa", "2025-10-30T00:46:49.000Z"),
    ];
    for (id, time) in begun {
        let operation: OperationId = id.parse().unwrap();
        let first = Event { operation: operation.clone(), at: at(time), ..event(0, "begun") };
        locked.log_writer(&operation).unwrap().append(&first).unwrap();
    }
    // One that does not tell comes after those that do.
    fs::write(folder.path().join("logs/20251030T004648Z-drift-torn.jsonl"), "{\"operation\":").unwrap();
    let found: Vec<String> = folder.operations().unwrap().into_iter().map(String::from).collect();
    let torn = "20251030T004648Z-drift-torn";
    assert_eq!(found, [begun[3].0, begun[1].0, begun[2].0, begun[0].0, torn]);
}

#[test]
fn a_log_with_gaps_is_read_from_any_number_too() {
    let (_root, folder) = deployment();
    let locked = folder.lock(&holder()).unwrap();
    let events = [0, 5, 6, 7].map(|seq| event(seq, "x"));
    locked.log_writer(&operation()).unwrap().append_all(&events).unwrap();
    for (from, left) in [(0, 0), (1, 1), (2, 1), (5, 1), (6, 2), (7, 3), (8, 4)] {
        assert_eq!(folder.log(&operation(), from).unwrap(), events[left..], "{from}");
    }
}

#[test]
fn the_ends_of_a_long_log_are_those_of_a_short_one() {
    let (_root, folder) = deployment();
    let locked = folder.lock(&holder()).unwrap();
    let mut writer = locked.log_writer(&operation()).unwrap();
    let long = "x".repeat(300 * 1024);
    let path = folder.path().join(format!("logs/{}.jsonl", operation()));
    let mut events: Vec<Event> = (0..8_000).map(|seq| event(seq, "some words to fill it")).collect();
    writer.append_all(&events).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 1024 * 1024);
    // The second is longer than what is looked at.
    for last in [event(8_000, "last"), event(8_001, &long), event(8_002, "last again")] {
        writer.append(&last).unwrap();
        events.push(last.clone());
        assert_eq!(folder.log_ends(&operation()).unwrap(), [events[0].clone(), last]);
    }
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"operation\":\"2025").unwrap();
    assert_eq!(folder.log_ends(&operation()).unwrap(), [events[0].clone(), events[8_002].clone()]);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{{}}\n{text}")).unwrap();
    let error = folder.log_ends(&operation()).unwrap_err().to_string();
    assert!(error.contains("line 1 is no event"), "{error}");
}

#[test]
fn an_unfinished_last_line_is_passed_by_and_cut_off_by_the_next_writer() {
    let (_root, folder) = deployment();
    let locked = folder.lock(&holder()).unwrap();
    locked.log_writer(&operation()).unwrap().append(&event(0, "a")).unwrap();
    let path = folder.path().join(format!("logs/{}.jsonl", operation()));
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"operation\":\"2025").unwrap();
    assert_eq!(folder.log(&operation(), 0).unwrap(), [event(0, "a")]);
    assert_eq!(folder.log_ends(&operation()).unwrap(), [event(0, "a")]);
    locked.log_writer(&operation()).unwrap().append(&event(1, "b")).unwrap();
    assert_eq!(folder.log(&operation(), 0).unwrap(), [event(0, "a"), event(1, "b")]);
    fs::write(&path, "{}\n").unwrap();
    let error = folder.log(&operation(), 0).unwrap_err();
    assert!(error.to_string().contains("line 1 is no event"), "{error}");
}

#[test]
fn a_folder_that_comes_into_the_place_of_a_log_between_two_looks_is_moved_away() {
    let (_root, folder) = deployment();
    let locked = folder.lock(&holder()).unwrap();
    let mut log = locked.log_writer(&operation()).unwrap();
    let logs = folder.path().join("logs");
    let path = logs.join(format!("{}.jsonl", operation()));
    for round in 0..300 {
        log.append(&event(round, "a")).unwrap();
        fs::remove_file(&path).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..2).for_each(|_| drop(fs::create_dir(&path))));
            log.keep_place().unwrap();
        });
        log.keep_place().unwrap();
        assert_eq!(folder.log(&operation(), 0).unwrap().len() as u32, round + 1);
        let kept = fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().path());
        kept.filter(|kept| kept.is_dir()).for_each(|kept| fs::remove_dir(kept).unwrap());
    }
}

#[test]
fn operations_are_listed_newest_first_and_strangers_passed_by() {
    let (_root, folder) = deployment();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    for name in [
        "20251030T000000Z-deploy-a.jsonl",
        "20251101T000000Z-destroy-b.jsonl",
        "notes.txt",
        "a_b.jsonl",
        ".x",
    ] {
        fs::write(logs.join(name), "").unwrap();
    }
    let found: Vec<String> = folder.operations().unwrap().into_iter().map(String::from).collect();
    assert_eq!(found, ["20251101T000000Z-destroy-b", "20251030T000000Z-deploy-a"]);
    let missing = folder.log(&operation(), 0).unwrap_err();
    assert!(missing.is_missing() && matches!(missing, StoreError::Io { .. }));
}

#[test]
fn a_file_that_is_no_log_is_refused_and_not_cut() {
    let other =
        serde_json::to_string(&Event { operation: "another".parse().unwrap(), ..event(0, "a") }).unwrap();
    let ours = serde_json::to_string(&event(0, "a")).unwrap();
    for (content, refused) in [
        (b"notes of mine".to_vec(), true),
        (b"notes\nof mine".to_vec(), true),
        (b"\xff\xfe\n".to_vec(), true),
        (other.clone().into_bytes(), true),
        (format!("{other}\n").into_bytes(), true),
        (format!("{ours}\n{{\"a\": 1}}").into_bytes(), true),
        // What a power cut leaves.
        (format!("{ours}\n\0\0\0\0").into_bytes(), false),
        (format!("{ours}\n{}", &ours[..20]).into_bytes(), false),
        (format!("{ours}\n{ours}").into_bytes(), false),
        (Vec::new(), false),
    ] {
        let (_root, folder) = deployment();
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        let path = folder.path().join(format!("logs/{}.jsonl", operation()));
        std::fs::write(&path, &content).unwrap();
        let locked = folder.lock(&holder()).unwrap();
        let opened = locked.log_writer(&operation());
        let shown = String::from_utf8_lossy(&content).into_owned();
        if refused {
            assert!(matches!(opened, Err(StoreError::Unreadable { .. })), "{shown}: {opened:?}");
            assert_eq!(std::fs::read(&path).unwrap(), content);
        } else {
            opened.unwrap().append(&event(7, "next")).unwrap();
            assert_eq!(folder.log(&operation(), 7).unwrap(), [event(7, "next")], "{shown}");
        }
    }
}

#[test]
fn a_log_is_read_up_to_256_mib() {
    let (_root, folder) = deployment();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    let path = folder.path().join(format!("logs/{}.jsonl", operation()));
    std::fs::File::create(path).unwrap().set_len(257 << 20).unwrap();
    for error in [
        folder.log(&operation(), 0).unwrap_err(),
        folder.log_ends(&operation()).unwrap_err(),
        folder.lock(&holder()).unwrap().log_writer(&operation()).unwrap_err(),
    ] {
        assert!(error.to_string().contains("larger than 256 MiB"), "{error}");
    }
}
