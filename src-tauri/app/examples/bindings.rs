//! Writes the TypeScript bindings of the app's commands and events to the file named by the argument.

use specta_typescript::Typescript;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to write, like ui/src/bindings.ts")?;
    skydeck_app::ipc().export(Typescript::default(), path)?;
    Ok(())
}
