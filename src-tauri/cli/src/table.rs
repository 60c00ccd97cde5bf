//! Tables in their frame (`docs/reference/command.md`). What stands in a cell is cleaned before it gets its colour.

use std::fmt;

use comfy_table::{Color, ContentLineStyle, LineStyle, TableStyle};
use skydeck_model::clean;

use crate::args::Common;

/// The frame of the tables.
const FRAME: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('+', '-', '-', '+'))
    .header_lines(ContentLineStyle::new('|', '|', '|'))
    .header_separator(LineStyle::new('|', '-', '+', '|'))
    .content_lines(ContentLineStyle::new('|', '|', '|'))
    .bottom_border(LineStyle::new('+', '-', '-', '+'));

pub struct Table(comfy_table::Table);

impl Table {
    pub fn new(headings: &[&'static str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(FRAME);
        table.set_header(headings);
        Self(table)
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.0.add_row(cells.into_iter().map(|cell| cell.0));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One cell: a line of clean text.
pub struct Cell(comfy_table::Cell);

impl Cell {
    pub fn new(text: impl ToString) -> Self {
        Self(comfy_table::Cell::new(clean::line(&text.to_string())))
    }

    /// A status, in its colour where colours are wanted.
    pub fn status(common: &Common, status: &str) -> Self {
        let cell = Self::new(status);
        if !common.colours() {
            return cell;
        }
        Self(match status {
            "deployed" => cell.0.fg(Color::Green),
            "failed" => cell.0.fg(Color::Red),
            "partial" => cell.0.fg(Color::Yellow),
            "deploying" | "destroying" => cell.0.fg(Color::Blue),
            "initialized" => cell.0,
            _ => cell.0.fg(Color::DarkGrey),
        })
    }
}
