//! Values that stacks offer each other.

use super::{Context, page};
use crate::error::{Error, Result};
use crate::protocol::{Node, Params};
use crate::secrets::mask;

const PAGE: usize = 100;

pub(super) fn list(context: &Context<'_>, params: &Params) -> Result<Node> {
    let exports = context.exports()?.into_iter().collect();
    let (exports, next) = page(exports, |(name, _)| String::clone(name), params, PAGE)?;
    let members: Vec<Node> = exports
        .into_iter()
        .map(|(name, (value, stack))| {
            Node::member()
                .text("ExportingStackId", stack.arn())
                .text("Name", name)
                .text("Value", mask(&value))
        })
        .collect();
    Ok(Node::new("").list("Exports", members).maybe("NextToken", next))
}

pub(super) fn imports(context: &Context<'_>, params: &Params) -> Result<Node> {
    let export = params.required("ExportName")?;
    let users = context.importers(export, context.now())?;
    if users.is_empty() {
        return Err(Error::validation(format!("Export '{export}' is not imported by any stack.")));
    }
    let (users, next) = page(users, String::clone, params, PAGE)?;
    Ok(Node::new("").texts("Imports", users).maybe("NextToken", next))
}
