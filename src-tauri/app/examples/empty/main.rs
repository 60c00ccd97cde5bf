//! A Tauri window with a page that has nothing but a colour: what `./dev bench app` compares Skydeck with.

#[allow(clippy::disallowed_macros, reason = "what Tauri makes of its configuration has one")]
fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("src-tauri/app/examples/empty/tauri.conf.json"))
}
