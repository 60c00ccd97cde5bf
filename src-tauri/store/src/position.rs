//! Where something stands in a file, as the model tells it.

use skydeck_model::problem::Position;
use skydeck_yaml::Mark;

/// A place of the parser's as one of the model's, which knows no YAML.
pub(crate) fn position(Mark { line, column }: Mark) -> Position {
    Position { line, column }
}
