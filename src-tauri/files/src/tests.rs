use std::fs;
use std::io::Write;

use super::*;

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_name_is_one_step_down() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("in")).unwrap();
    fs::write(root.path().join("out"), "out").unwrap();
    let folder = Folder::open(&root.path().join("in")).unwrap();
    for name in ["../out", "..", ".", "", "a/b", "/etc/hostname", "a/"] {
        assert_eq!(folder.file(name, How::Write).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name}");
        assert!(folder.make_folder(name).is_err() && folder.remove(name).is_err(), "{name}");
        assert!(folder.replace(name, b"x").is_err(), "{name}");
    }
    assert_eq!(text(&root.path().join("out")), "out");
    assert!(folder.names().unwrap().is_empty());
}

#[test]
fn what_is_larger_than_may_be_is_not_read() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("file");
    fs::write(&path, "12345").unwrap();
    let read = |most| read_all(&open(&path, How::Read).unwrap(), most);
    assert_eq!(read(5).unwrap(), b"12345");
    assert_eq!(read(4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("file");
    replace(&path, b"one").unwrap();
    let mut given_up = Unfinished::new(Folder::open(root.path()).unwrap()).unwrap();
    given_up.file.write_all(b"half").unwrap();
    assert_eq!((text(&path).as_str(), fs::read_dir(root.path()).unwrap().count()), ("one", 2));
    drop(given_up);
    replace(&path, b"two").unwrap();
    assert_eq!((text(&path).as_str(), fs::read_dir(root.path()).unwrap().count()), ("two", 1));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// Every way to open a file in a folder, and to replace it.
    fn all_refused(folder: &Folder, name: &str) -> bool {
        [How::Read, How::Write, How::Append, How::New].into_iter().all(|how| folder.file(name, how).is_err())
            && folder.replace(name, b"x").is_err()
    }

    #[test]
    fn links_are_followed_nowhere() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        fs::write(&victim, "untouched").unwrap();
        let folder = Folder::open(root.path()).unwrap();
        symlink(&victim, root.path().join("link")).unwrap();
        symlink(outside.path().join("none"), root.path().join("dangling")).unwrap();
        symlink(outside.path(), root.path().join("folder")).unwrap();
        fs::write(root.path().join("own"), "").unwrap();
        symlink("own", root.path().join("inside")).unwrap();
        for name in ["link", "dangling", "folder", "inside"] {
            assert!(all_refused(&folder, name), "{name}");
        }
        assert!(folder.folder("folder").is_err() && folder.make_folder("folder").is_err());
        assert!(Folder::open(&root.path().join("folder")).is_err());
        assert!(open(&root.path().join("folder/victim"), How::Read).is_err());
        assert!(Folder::make(&root.path().join("folder")).is_err());
        // A second name is read, and not written to.
        fs::hard_link(&victim, root.path().join("hard")).unwrap();
        assert!(folder.file("hard", How::Read).is_ok());
        assert!(folder.file("hard", How::Write).is_err() && folder.file("hard", How::Append).is_err());
        assert_eq!(text(&victim), "untouched");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_plain_file_is_not_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.path().join("pipe"),
            rustix::fs::FileType::Fifo,
            mode,
            rustix::fs::makedev(0, 0),
        )
        .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
        fs::create_dir(root.path().join("folder")).unwrap();
        for name in ["pipe", "socket", "folder"] {
            assert!(all_refused(&folder, name), "{name}");
        }
    }

    #[test]
    fn what_is_put_in_a_folders_place_is_not_reached() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let path = root.path().join("folder");
        let folder = Folder::make(&path).unwrap();
        fs::rename(&path, root.path().join("away")).unwrap();
        symlink(outside.path(), &path).unwrap();
        folder.file("new", How::Write).unwrap();
        folder.replace("whole", b"x").unwrap();
        folder.make_folder("inner").unwrap().replace("file", b"x").unwrap();
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        assert_eq!(fs::read_dir(root.path().join("away")).unwrap().count(), 3);
    }

    #[test]
    fn what_is_made_is_for_its_owner_and_what_is_there_keeps_its_mode() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::make(&root.path().join("a/b")).unwrap();
        for (name, how) in [("write", How::Write), ("append", How::Append), ("new", How::New)] {
            folder.file(name, how).unwrap();
        }
        folder.replace("whole", b"x").unwrap();
        folder.make_folder("inner").unwrap();
        for name in ["a", "a/b", "a/b/inner"] {
            assert_eq!(mode(&root.path().join(name)), 0o700, "{name}");
        }
        for name in ["write", "append", "new", "whole"] {
            assert_eq!(mode(&root.path().join("a/b").join(name)), 0o600, "{name}");
        }
        let shared = root.path().join("a/b/whole");
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o664)).unwrap();
        folder.replace("whole", b"y").unwrap();
        assert_eq!((mode(&shared), text(&shared).as_str()), (0o664, "y"));
    }
}
