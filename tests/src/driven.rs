//! The driven app.
