//! A failure to hand on: what the log and the template tell of it.

use skydeck_model::exchange::missing::{self, MissingExport};
use skydeck_model::failure::{self, Excerpt, Failure};
use skydeck_model::{OperationId, StackKey};
use skydeck_store::{Folder, LoadedManifest};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::operation::Secrets;
use crate::view::OperationLog;

impl Engine {
    /// Why a stack failed in an operation, as Markdown: the cause, the events, the template's lines as they stand now, and
    /// the commands to get on with.
    ///
    /// # Errors
    /// No such deployment or operation, or the stack did not fail in it.
    pub fn failure_report(
        &self,
        id: &str,
        operation: &OperationId,
        key: &StackKey,
    ) -> Result<String, EngineError> {
        let folder = self.find(id)?;
        let OperationLog { operation: view, events } = self.operation_log(id, operation)?;
        let mut loaded = folder.manifest_as_it_is().ok();
        let failed =
            view.stacks.iter().find(|run| run.key == *key).and_then(|run| run.first_failure.as_ref());
        let excerpt = failed.zip(loaded.as_ref()).and_then(|(failed, loaded)| {
            excerpt(&folder, loaded, key, &failed.logical_id, failed.reason.as_deref())
        });
        let state = folder.state().ok();
        if let Some((loaded, state)) = loaded.as_mut().zip(state.as_ref()) {
            self.inner.recall(&mut loaded.manifest, state);
        }
        let report = Failure {
            view: &view,
            events: &events,
            key,
            environment: loaded.as_ref().and_then(|loaded| loaded.manifest.reachable(&key.environment)),
            stack_id: state.as_ref().and_then(|state| state.stack(key)?.stack_id.as_deref()),
            excerpt: excerpt.as_ref(),
            version: &self.inner.actor.version,
        };
        report.markdown().ok_or_else(|| EngineError::DidNotFail { key: key.clone() })
    }

    /// The lines of a stack's template in which a resource stands that failed, or the import for which the whole stack failed
    /// as `reason` says; `None` where nothing of that is found there.
    ///
    /// # Errors
    /// No such deployment, or a manifest that is wrong.
    pub fn template_lines(
        &self,
        id: &str,
        key: &StackKey,
        logical_id: &str,
        reason: Option<&str>,
    ) -> Result<Option<Excerpt>, EngineError> {
        let folder = self.find(id)?;
        Ok(excerpt(&folder, &folder.manifest_as_it_is()?, key, logical_id, reason))
    }
}

/// Values of `NoEcho` parameters are masked: without files that say which they are, there is no excerpt.
fn excerpt(
    folder: &Folder,
    LoadedManifest { manifest, templates, .. }: &LoadedManifest,
    key: &StackKey,
    logical_id: &str,
    reason: Option<&str>,
) -> Option<Excerpt> {
    let path = manifest.stack(&key.stack)?.settings_in(&key.environment).template;
    templates.get(&path)?;
    let missing = reason
        .and_then(missing::name_in)
        .and_then(|export| MissingExport::of(manifest, templates, key, export));
    let resource = missing.as_ref().and_then(MissingExport::resource).unwrap_or(logical_id);
    let mut found = failure::excerpt(&path, &folder.template_body(&path).ok()?, resource)?;
    let secrets = Secrets::of(manifest, templates, &folder.state().ok()?);
    found.lines.iter_mut().for_each(|line| secrets.mask(line));
    Some(found)
}
