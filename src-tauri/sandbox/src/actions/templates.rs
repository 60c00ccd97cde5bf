//! The actions about templates themselves.

use std::collections::BTreeSet;

use super::{Context, change_sets, request};
use crate::error::{Error, Result};
use crate::protocol::{Node, Params};
use crate::template::Template;

pub(super) fn get(context: &Context<'_>, params: &Params) -> Result<Node> {
    params.choice("TemplateStage", &["Original", "Processed"])?;
    let text = if params.text("ChangeSetName").is_some() {
        let (stack, index) = change_sets::find(context, params)?;
        stack.change_sets[index].wanted.template.clone()
    } else {
        let record = context.stack(params)?;
        let definition = record.definition(context.now());
        definition.map(|definition| definition.wanted.template.clone()).ok_or_else(|| {
            Error::validation(format!("Stack with id {} has no template yet", record.id.name))
        })?
    };
    Ok(Node::new("").text("TemplateBody", text).texts("StagesAvailable", ["Original", "Processed"]))
}

pub(super) fn summary(context: &Context<'_>, params: &Params) -> Result<Node> {
    let template = match (request::template_text(context, params)?, params.text("StackName")) {
        (Some(text), None) => Template::read(&text)?,
        (None, Some(_)) => {
            let record = context.stack(params)?;
            let definition = record.definition(context.now());
            Template::read(definition.map_or("", |definition| &definition.wanted.template))?
        }
        _ => {
            return Err(Error::validation(
                "Exactly one of TemplateBody, TemplateURL and StackName must be specified",
            ));
        }
    };
    let types: BTreeSet<&str> =
        template.resources.iter().map(|resource| resource.resource_type.as_str()).collect();
    let parameters = template.parameters.iter().map(|parameter| {
        let node = Node::member()
            .text("ParameterKey", &parameter.key)
            .maybe("DefaultValue", parameter.default.as_deref())
            .text("ParameterType", &parameter.parameter_type)
            .text("NoEcho", parameter.no_echo)
            .maybe("Description", parameter.description.as_deref());
        if parameter.allowed_values.is_empty() {
            return node;
        }
        let constraints = Node::new("ParameterConstraints");
        node.child(constraints.texts("AllowedValues", &parameter.allowed_values))
    });
    let node = Node::new("")
        .list("Parameters", parameters)
        .maybe("Version", template.version.as_deref())
        .maybe("Metadata", template.metadata.as_ref())
        .texts("ResourceTypes", types);
    Ok(describe(node, &template))
}

pub(super) fn validate(context: &Context<'_>, params: &Params) -> Result<Node> {
    let text = request::template_text(context, params)?
        .ok_or_else(|| Error::validation("Either Template URL or Template Body must be specified."))?;
    let template = Template::read(&text)?;
    let parameters = template.parameters.iter().map(|parameter| {
        Node::member()
            .text("ParameterKey", &parameter.key)
            .maybe("DefaultValue", parameter.default.as_deref())
            .text("NoEcho", parameter.no_echo)
            .maybe("Description", parameter.description.as_deref())
    });
    Ok(describe(Node::new("").list("Parameters", parameters), &template))
}

/// The description, and what the caller must allow.
fn describe(node: Node, template: &Template) -> Node {
    let node = node.maybe("Description", template.description.as_deref());
    match request::needed_capability(template) {
        None => node,
        Some((capability, types)) => node.texts("Capabilities", [capability]).text(
            "CapabilitiesReason",
            format!("The following resource(s) require capabilities: [{}]", types.join(", ")),
        ),
    }
}
