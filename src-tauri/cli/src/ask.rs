//! Questions: asked only on a terminal (`docs/reference/command.md`).

use std::io::{IsTerminal, stdin};

use tokio::sync::oneshot;

use crate::exit::Failure;
use crate::say;

/// Whether there is somebody to ask.
pub fn somebody() -> bool {
    stdin().is_terminal() && say::is_read()
}

/// Asks for a yes.
pub async fn yes(question: &str, already: bool) -> Result<(), Failure> {
    answer(&format!("{question} [y/N] "), already, is_yes).await
}

/// Asks to type an id, for what cannot be undone; capital and small letters are the same.
pub async fn type_it(question: &str, id: &str, already: bool) -> Result<(), Failure> {
    answer(&format!("{question} Type {id} to go on: "), already, |answer| answer.eq_ignore_ascii_case(id))
        .await
}

/// Asks for a yes while something runs; a no where nobody can be asked.
pub async fn is_it_all_right(question: &str) -> bool {
    somebody() && line(&format!("{question} [y/N] ")).await.is_ok_and(|answer| is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer, "y" | "Y" | "yes")
}

async fn answer(question: &str, already: bool, accepts: impl Fn(&str) -> bool) -> Result<(), Failure> {
    if already {
        return Ok(());
    }
    if !somebody() {
        return Err(Failure::Refused(
            "this asks for a confirmation, and there is no terminal to ask on; add --yes".to_owned(),
        ));
    }
    if accepts(&line(question).await?) {
        Ok(())
    } else {
        Err(Failure::Refused("not confirmed: nothing was started".to_owned()))
    }
}

/// One line of the terminal. It is read by a thread of its own, so that Ctrl-C is still heard, and the program can end
/// while nobody answers.
async fn line(question: &str) -> Result<String, Failure> {
    say::question(question)?;
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = stdin().read_line(&mut line).map(|_| line.trim().to_owned());
        let _ = tell.send(read);
    });
    tokio::select! {
        line = told => Ok(line.unwrap_or_else(|_| Ok(String::new()))?),
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}
