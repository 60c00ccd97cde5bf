//! Questions: asked only on a terminal (contract, section 5).

use std::io::{IsTerminal, Write, stderr, stdin};

use crate::exit::Failure;

/// Asks for a yes.
pub fn yes(question: &str, yes: bool) -> Result<(), Failure> {
    answer(&format!("{question} [y/N] "), yes, |answer| matches!(answer, "y" | "Y" | "yes"))
}

/// Asks to type a text, for what cannot be undone.
pub fn type_it(question: &str, text: &str, yes: bool) -> Result<(), Failure> {
    answer(&format!("{question} Type {text} to go on: "), yes, |answer| answer == text)
}

fn answer(question: &str, already: bool, accepts: impl Fn(&str) -> bool) -> Result<(), Failure> {
    if already {
        return Ok(());
    }
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(Failure::Refused(
            "this asks for a confirmation, and there is no terminal to ask on; add --yes".to_owned(),
        ));
    }
    write!(stderr(), "{question}")?;
    stderr().flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    if accepts(line.trim()) {
        Ok(())
    } else {
        Err(Failure::Refused("not confirmed: nothing was started".to_owned()))
    }
}
