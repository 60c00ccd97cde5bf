//! The questions: how stacks stand, what they are made of, who uses them.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Export, StackStatus, TemplateStage};

use super::pages::Pages;
use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::CloudError;
use crate::snapshot::{StackResource, StackSnapshot};

/// A region with more pages of stacks than this is not read as a whole.
const MOST_PAGES: usize = 10;

impl Connection {
    /// A stack by name or ARN; `None` where there is none. Only an ARN finds a deleted stack.
    ///
    /// # Errors
    /// Where CloudFormation does not answer; a denied call is never taken for an absent stack.
    pub async fn describe(&self, stack: &str) -> Result<Option<StackSnapshot>, CloudError> {
        let answer = self.call("DescribeStacks", Kind::Question, |clients| {
            clients.cloudformation.describe_stacks().stack_name(stack).send()
        });
        match answer.await {
            Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next().map(StackSnapshot::from)),
            Err(CloudError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every stack of the region by name, in as few calls as possible; `None` where that is not allowed, or where
    /// there are too many.
    ///
    /// # Errors
    /// Where CloudFormation does not answer.
    pub async fn glance(&self) -> Result<Option<BTreeMap<String, StackSnapshot>>, CloudError> {
        let (mut found, mut page) = (BTreeMap::new(), None);
        for _ in 0..MOST_PAGES {
            match self.stacks_page(page).await {
                Ok((stacks, next)) => {
                    found.extend(stacks.into_iter().map(|stack| (stack.name.clone(), stack)));
                    page = next;
                }
                Err(CloudError::Denied { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
            if page.is_none() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// One page of the region's stacks, and where the next one begins.
    pub(crate) async fn stacks_page(
        &self,
        page: Option<String>,
    ) -> Result<(Vec<StackSnapshot>, Option<String>), CloudError> {
        let answer = self
            .call("DescribeStacks", Kind::Question, |clients| {
                clients.cloudformation.describe_stacks().set_next_token(page.clone()).send()
            })
            .await?;
        let stacks = answer.stacks.unwrap_or_default().into_iter().map(StackSnapshot::from).collect();
        Ok((stacks, answer.next_token))
    }

    /// The ARNs of all stacks on which something runs.
    pub(crate) async fn in_progress(&self) -> Result<std::collections::HashSet<String>, CloudError> {
        let filter: Vec<StackStatus> =
            skydeck_model::cloudformation::in_progress().map(StackStatus::from).collect();
        let (mut found, mut pages) = (std::collections::HashSet::new(), Pages::default());
        loop {
            let answer = self
                .call("ListStacks", Kind::Question, |clients| {
                    clients
                        .cloudformation
                        .list_stacks()
                        .set_stack_status_filter(Some(filter.clone()))
                        .set_next_token(pages.token())
                        .send()
                })
                .await?;
            found.extend(
                answer.stack_summaries.unwrap_or_default().into_iter().filter_map(|stack| stack.stack_id),
            );
            if !pages.turn(answer.next_token)? {
                return Ok(found);
            }
        }
    }

    /// The CloudFormation template that a stack was last given, as it was given.
    ///
    /// # Errors
    /// Where there is no such stack, or CloudFormation does not answer.
    pub async fn template(&self, stack: &str) -> Result<String, CloudError> {
        let answer = self
            .call("GetTemplate", Kind::Question, |clients| {
                let call = clients.cloudformation.get_template().stack_name(stack);
                call.template_stage(TemplateStage::Original).send()
            })
            .await?;
        Ok(answer.template_body.unwrap_or_default())
    }

    /// A stack's resources, as they are now.
    ///
    /// # Errors
    /// Where there is no such stack, or CloudFormation does not answer.
    pub async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let answer = self
                .call("ListStackResources", Kind::Question, |clients| {
                    let call = clients.cloudformation.list_stack_resources().stack_name(stack);
                    call.set_next_token(pages.token()).send()
                })
                .await?;
            found.extend(
                answer.stack_resource_summaries.unwrap_or_default().into_iter().map(StackResource::from),
            );
            if !pages.turn(answer.next_token)? {
                return Ok(found);
            }
        }
    }

    /// Everything that is exported, each name with that of the stack that exports it.
    ///
    /// # Errors
    /// Where CloudFormation does not answer.
    pub async fn exports(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let (mut found, mut pages) = (BTreeMap::new(), Pages::default());
        loop {
            let answer = self
                .call("ListExports", Kind::Question, |clients| {
                    clients.cloudformation.list_exports().set_next_token(pages.token()).send()
                })
                .await?;
            let named = |export: Export| {
                let id = export.exporting_stack_id.unwrap_or_default();
                // arn:aws:cloudformation:us-east-1:123456789012:stack/network/…
                let stack = id.split('/').nth(1).unwrap_or(&id).to_owned();
                Some((export.name?, stack))
            };
            found.extend(answer.exports.unwrap_or_default().into_iter().filter_map(named));
            if !pages.turn(answer.next_token)? {
                return Ok(found);
            }
        }
    }

    /// The names of the stacks that import an export; none where nobody does.
    ///
    /// # Errors
    /// Where CloudFormation does not answer.
    pub async fn importers(&self, export: &str) -> Result<Vec<String>, CloudError> {
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let answer = self
                .call("ListImports", Kind::Question, |clients| {
                    let call = clients.cloudformation.list_imports().export_name(export);
                    call.set_next_token(pages.token()).send()
                })
                .await;
            let next = match answer {
                Ok(answer) => {
                    found.extend(answer.imports.unwrap_or_default());
                    answer.next_token
                }
                // "Export 'X' is not imported by any stack."
                Err(CloudError::Rejected(reason)) if reason.contains("is not imported by any stack") => {
                    return Ok(found);
                }
                Err(error) => return Err(error),
            };
            if !pages.turn(next)? {
                return Ok(found);
            }
        }
    }
}
