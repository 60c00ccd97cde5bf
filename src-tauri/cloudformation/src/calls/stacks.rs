//! The calls that change a stack. Each carries a token, so that a repeat after a lost answer is the same call.

use aws_sdk_cloudformation::types::DeletionMode;
use skydeck_model::plan::Deletion;

use crate::budget::Kind;
use crate::connection::Connection;
use crate::error::CloudError;
use crate::spec::StackSpec;

impl Connection {
    /// Starts to create a stack; gives its ARN.
    ///
    /// # Errors
    /// A template that is too large; where CloudFormation refuses or does not answer.
    pub async fn create(&self, spec: &StackSpec, token: &str) -> Result<String, CloudError> {
        let template = self.template_of(spec).await?;
        let answer = self
            .call("CreateStack", Kind::Change, |clients| {
                clients
                    .cloudformation
                    .create_stack()
                    .stack_name(&spec.name)
                    .set_template_body(template.body())
                    .set_template_url(template.url())
                    .set_parameters(Some(spec.sdk_parameters()))
                    .set_capabilities(Some(spec.sdk_capabilities()))
                    .set_tags(Some(spec.sdk_tags()))
                    .set_notification_arns(Some(spec.notification_arns.clone()))
                    .set_role_arn(self.role())
                    .enable_termination_protection(spec.termination_protection)
                    .set_stack_policy_body(spec.stack_policy.clone())
                    .set_rollback_configuration(spec.sdk_rollback())
                    .set_timeout_in_minutes(
                        spec.timeout_minutes.and_then(|minutes| i32::try_from(minutes).ok()),
                    )
                    .client_request_token(token)
                    .send()
            })
            .await?;
        Ok(answer.stack_id.unwrap_or_else(|| spec.name.clone()))
    }

    /// Starts to delete a stack.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn delete(&self, stack: &str, token: &str, deletion: &Deletion) -> Result<(), CloudError> {
        let retain = (!deletion.retain.is_empty()).then(|| deletion.retain.clone());
        self.call("DeleteStack", Kind::Change, |clients| {
            clients
                .cloudformation
                .delete_stack()
                .stack_name(stack)
                .set_role_arn(self.role())
                .set_retain_resources(retain.clone())
                .set_deletion_mode(deletion.force.then_some(DeletionMode::ForceDeleteStack))
                .client_request_token(token)
                .send()
        })
        .await?;
        Ok(())
    }

    /// Calls off an update that is under way; CloudFormation then rolls it back.
    ///
    /// # Errors
    /// Where nothing can be called off any more, or CloudFormation does not answer.
    pub async fn cancel_update(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        self.call("CancelUpdateStack", Kind::Change, |clients| {
            clients.cloudformation.cancel_update_stack().stack_name(stack).client_request_token(token).send()
        })
        .await?;
        Ok(())
    }

    /// Goes on with a rollback that failed (UPDATE_ROLLBACK_FAILED), without the resources of these logical ids.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn continue_rollback(
        &self,
        stack: &str,
        skip: &[String],
        token: &str,
    ) -> Result<(), CloudError> {
        let skip = (!skip.is_empty()).then(|| skip.to_vec());
        self.call("ContinueUpdateRollback", Kind::Change, |clients| {
            clients
                .cloudformation
                .continue_update_rollback()
                .stack_name(stack)
                .set_role_arn(self.role())
                .set_resources_to_skip(skip.clone())
                .client_request_token(token)
                .send()
        })
        .await?;
        Ok(())
    }

    /// Takes a stack that failed without a rollback (CREATE_FAILED, UPDATE_FAILED) back to where it last stood; one
    /// that never stood is deleted.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn rollback(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        self.call("RollbackStack", Kind::Change, |clients| {
            clients
                .cloudformation
                .rollback_stack()
                .stack_name(stack)
                .set_role_arn(self.role())
                .client_request_token(token)
                .send()
        })
        .await?;
        Ok(())
    }

    /// Switches termination protection on or off. Needs no token: it is the same however often it is done.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn protect(&self, stack: &str, protected: bool) -> Result<(), CloudError> {
        self.call("UpdateTerminationProtection", Kind::Change, |clients| {
            let call = clients.cloudformation.update_termination_protection().stack_name(stack);
            call.enable_termination_protection(protected).send()
        })
        .await?;
        Ok(())
    }

    /// Sets what an update may touch (a stack policy's JSON). Needs no token either.
    ///
    /// # Errors
    /// Where CloudFormation refuses or does not answer.
    pub async fn set_stack_policy(&self, stack: &str, body: &str) -> Result<(), CloudError> {
        self.call("SetStackPolicy", Kind::Change, |clients| {
            clients.cloudformation.set_stack_policy().stack_name(stack).stack_policy_body(body).send()
        })
        .await?;
        Ok(())
    }
}
