//! A review: CloudFormation is asked, stack by stack, what an operation would change, and nothing is changed. What was
//! approved is bound to the review's id: the operation that is started with it executes these very change sets, once.

mod beside;
mod stack;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::RngExt;
use skydeck_cloudformation::{ChangeSet, StackSnapshot, StackSpec};
use skydeck_model::change::Danger;
use skydeck_model::estimate::{Doing, Experience};
use skydeck_model::event::StackTurn;
use skydeck_model::finding::Findings;
use skydeck_model::graph::{self, Edge, Why};
use skydeck_model::plan::Request;
use skydeck_model::review::{ParameterState, ReviewAction, StackReview, is_grave};
use skydeck_model::uses::Use;
use skydeck_model::validate::Templates;
use skydeck_model::{EnvironmentName, Manifest, OperationKind, ReviewId, StackKey, StackName, forecast};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::detail::count;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::imports::Exchanged;
use crate::operation::{Meter, Place, Secrets};
use crate::plan::{Planned, plan_view};
use crate::session;
use crate::spec::{Bodies, Wish};
use crate::tag::Tag;
use crate::view::{PlanView, ReviewView};

/// How many stacks are asked about at once.
const AT_ONCE: usize = 8;

/// How long an approval holds: what it was about may have changed since.
const HOLDS: Duration = Duration::from_secs(60 * 60);

/// One stack as it was reviewed.
#[derive(Clone)]
pub(crate) struct Reviewed {
    pub(crate) review: StackReview,
    /// What can be executed as it was approved.
    pub(crate) change_set: Option<ChangeSet>,
    /// What the stack shall be, as far as it was known.
    pub(crate) spec: Option<StackSpec>,
    /// The stack as it was.
    pub(crate) snapshot: Option<StackSnapshot>,
    /// Whether it is known to fail, so that CloudFormation was not asked.
    pub(crate) foreseen: bool,
    /// Whether it is blocked since CloudFormation could not be asked.
    pub(crate) unasked: bool,
}

/// A review under way, or waiting for a yes.
pub(crate) struct Review {
    deployment: String,
    request: Request,
    /// How many stacks at once it takes where nothing else is chosen.
    usual_parallel: u32,
    /// How many stacks at once it is meant to take.
    parallel: AtomicU32,
    manifest: Manifest,
    templates: Templates,
    findings: Findings,
    bodies: Arc<Bodies>,
    places: HashMap<EnvironmentName, Place>,
    /// What CloudFormation says of exports and imports.
    exchanged: Exchanged,
    /// Who needs whom, in each environment.
    edges: HashMap<EnvironmentName, Vec<Edge>>,
    secrets: Secrets,
    plan: PlanView,
    /// The stacks in the plan's order.
    turns: Vec<StackTurn>,
    /// What earlier operations tell of how long they take.
    experience: Arc<Experience>,
    meter: Meter,
    made: Instant,
    given_up: CancellationToken,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    stacks: HashMap<StackKey, Reviewed>,
    done: bool,
    problem: Option<String>,
}

impl Progress {
    /// Whether every stack was looked at.
    fn is_whole(&self) -> bool {
        self.done && self.problem.is_none()
    }
}

impl Engine {
    /// Begins to ask what an operation would change; gives the review's id at once ([`Engine::review`]). Of the
    /// deployment's files nothing is changed. `parallel`: how many stacks at once the operation is meant to take.
    ///
    /// # Errors
    /// Whatever would refuse the operation itself.
    pub async fn start_review(
        &self,
        id: &str,
        request: &Request,
        parallel: u32,
    ) -> Result<ReviewId, EngineError> {
        let folder = self.find(id)?;
        self.refuse_busy(&folder)?;
        self.recover_in_a_moment(id).await?;
        let mut planned = self.inner.plan_in(&folder, request)?;
        let Planned { plan: order, loaded, .. } = &planned;
        let places = self.places(&folder, &loaded.manifest, &order.environments, order.stacks.len()).await?;
        let meter = Meter::start(places.values().map(Place::reached));
        let mut exchanged = Exchanged::ask(&planned, request, &places).await;
        exchanged.check(&planned, request)?;
        exchanged.reorder(&mut planned, request)?;
        let mut plan = plan_view(&planned);
        for environment in &mut plan.environments {
            let Some(place) = places.get(&environment.name) else { continue };
            let endpoints = skydeck_cloudformation::endpoints_of(&place.environment).await;
            environment.uses.extend(endpoints.into_iter().map(Use::endpoint));
        }
        let experience = self.experience(&folder, None);
        let Planned { plan: order, loaded, state, .. } = planned;
        let secrets = Secrets::of(&loaded.manifest, &loaded.templates, &state);
        let edges = edges_of(&loaded.manifest, &loaded.templates, &order.environments);
        let review = Arc::new(Review {
            deployment: loaded.manifest.deployment_id.to_string(),
            request: request.clone(),
            usual_parallel: parallel,
            parallel: parallel.into(),
            bodies: Arc::new(Bodies::of_plan(&folder, &loaded.manifest, &order)?),
            manifest: loaded.manifest,
            templates: loaded.templates,
            findings: loaded.findings,
            meter,
            places,
            exchanged,
            edges,
            secrets,
            plan,
            turns: order.stacks,
            experience,
            made: Instant::now(),
            given_up: CancellationToken::new(),
            progress: Mutex::default(),
        });
        let id = new_id()?;
        // A newer review of the same deployment takes the place of one that nobody answered.
        for old in self.inner.reviews_of(&review.deployment) {
            self.discard_review(&old).await?;
        }
        self.inner.reviews().insert(id.clone(), Arc::clone(&review));
        tokio::spawn(review.run(Arc::clone(&self.inner), id.clone()));
        Ok(id)
    }

    /// A review as it stands.
    ///
    /// # Errors
    /// None of that id: it was given up, or started.
    pub fn review(&self, id: &ReviewId) -> Result<ReviewView, EngineError> {
        let review = self.inner.reviews().get(id).cloned();
        let review = review.ok_or_else(|| EngineError::NoSuchReview(id.clone()))?;
        let outdated = review.progress().done && !self.still_fits(&review);
        Ok(ReviewView { outdated, ..review.view(id) })
    }

    /// Whether the files say what they said when a review began.
    fn still_fits(&self, review: &Review) -> bool {
        let Ok(folder) = self.find(&review.deployment) else { return false };
        let Ok(planned) = self.inner.plan_in(&folder, &review.request) else { return false };
        let bodies = Bodies::of_plan(&folder, &planned.loaded.manifest, &planned.plan);
        bodies.is_ok_and(|bodies| review.fits(&planned, &review.request, &bodies))
    }

    /// Has a review reckon with another number of stacks at once.
    ///
    /// # Errors
    /// None of that id.
    pub fn pace_review(&self, id: &ReviewId, parallel: u32) -> Result<(), EngineError> {
        let review = self.inner.reviews().get(id).cloned();
        let review = review.ok_or_else(|| EngineError::NoSuchReview(id.clone()))?;
        review.parallel.store(parallel.max(1), Ordering::Relaxed);
        self.inner.tell_stale(vec![Tag::Review(id.clone())]);
        Ok(())
    }

    /// Waits until a review is done, and gives it.
    ///
    /// # Errors
    /// None of that id.
    pub async fn reviewed(&self, id: &ReviewId) -> Result<ReviewView, EngineError> {
        let mut stale = self.stale();
        loop {
            let view = self.review(id)?;
            if view.done {
                return Ok(view);
            }
            // Falling behind, too, is a reason to look again.
            let _ = stale.recv().await;
        }
    }

    /// Gives every open review up, before the program ends.
    pub async fn discard_reviews(&self) {
        let open: Vec<ReviewId> = self.inner.reviews().keys().cloned().collect();
        for id in open {
            if let Err(error) = self.discard_review(&id).await {
                tracing::warn!(%error, "a change set of a review is left");
            }
        }
    }

    /// Gives a review up: its change sets are removed, with the empty stacks that first ones leave behind.
    ///
    /// # Errors
    /// Where CloudFormation does not let them be removed; the review is given up all the same.
    pub async fn discard_review(&self, id: &ReviewId) -> Result<(), EngineError> {
        let Some(review) = self.inner.reviews().remove(id) else { return Ok(()) };
        review.given_up.cancel();
        review.discard().await
    }

    /// Takes what was approved out of a review, for the operation that was approved and nothing else.
    pub(crate) fn take_review(
        &self,
        id: &ReviewId,
        planned: &Planned,
        request: &Request,
        bodies: &Bodies,
    ) -> Result<HashMap<StackKey, Reviewed>, EngineError> {
        let review =
            self.inner.reviews().get(id).cloned().ok_or_else(|| EngineError::NoSuchReview(id.clone()))?;
        if !review.fits(planned, request, bodies) {
            return Err(EngineError::ReviewOutOfDate);
        }
        if review.made.elapsed() > HOLDS {
            return Err(EngineError::ReviewTooOld);
        }
        if !review.progress().is_whole() {
            return Err(EngineError::ReviewNotDone);
        }
        self.inner.reviews().remove(id);
        Ok(std::mem::take(&mut review.progress().stacks))
    }
}

fn edges_of(
    manifest: &Manifest,
    templates: &Templates,
    environments: &[EnvironmentName],
) -> HashMap<EnvironmentName, Vec<Edge>> {
    let edges = |name: &EnvironmentName| (name.clone(), graph::edges_in(manifest, templates, name));
    environments.iter().map(edges).collect()
}

fn new_id() -> Result<ReviewId, EngineError> {
    let mut random = rand::rng();
    Ok(format!("review-{:016x}", random.random::<u64>()).parse()?)
}

impl Inner {
    fn reviews_of(&self, deployment: &str) -> Vec<ReviewId> {
        let reviews = self.reviews();
        reviews
            .iter()
            .filter(|(_, review)| review.deployment == deployment)
            .map(|(id, _)| id.clone())
            .collect()
    }
}

impl Review {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is what was looked at.
    fn fits(&self, planned: &Planned, request: &Request, bodies: &Bodies) -> bool {
        self.request == *request
            && self.manifest == planned.loaded.manifest
            // In which order is found out anew, since others may import by now.
            && self.keys().collect::<BTreeSet<_>>() == planned.plan.stacks.iter().map(|turn| &turn.key).collect()
            && self.bodies.same_as(bodies)
    }

    fn view(&self, id: &ReviewId) -> ReviewView {
        let progress = self.progress();
        let reviewed = self.keys().filter_map(|key| progress.stacks.get(key));
        let stacks: Vec<StackReview> = reviewed.map(|reviewed| reviewed.review.clone()).collect();
        let number =
            |which: fn(&StackReview) -> bool| count(stacks.iter().filter(|stack| which(stack)).count());
        let danger = stacks.iter().map(|stack| stack.danger).max().unwrap_or(Danger::None);
        let environments = self.places.values().map(|place| &place.environment);
        let usually_seconds = self.usually_seconds(&progress);
        ReviewView {
            id: id.clone(),
            request: self.request.clone(),
            plan: self.plan.clone(),
            done: progress.done,
            outdated: false,
            problem: progress.problem.clone(),
            danger,
            grave: is_grave(self.plan.kind, danger, environments),
            usual_parallel: self.usual_parallel,
            parallel: self.parallel.load(Ordering::Relaxed),
            changing: number(StackReview::would_change),
            may_change: number(StackReview::may_change),
            blocked: number(|stack| stack.action == ReviewAction::Blocked),
            unasked: count(progress.stacks.values().filter(|reviewed| reviewed.unasked).count()),
            usually_seconds,
            sessions: session::horizons(usually_seconds, self.places.values()),
            api: self.meter.budgets(),
            total: progress.done.then(|| self.meter.total()),
            stacks,
        }
    }

    fn keys(&self) -> impl Iterator<Item = &StackKey> {
        self.turns.iter().map(|turn| &turn.key)
    }

    /// How long the operation usually takes. What it does to a stack that was not looked at yet is guessed.
    fn usually_seconds(&self, progress: &Progress) -> Option<f64> {
        forecast::plan_seconds(&self.turns, self.parallel.load(Ordering::Relaxed), |key| {
            match progress.stacks.get(key) {
                Some(reviewed) => self.experience.usual(key, Doing::of_review(reviewed.review.action)),
                None => self.experience.expected(key, self.plan.kind.direction()),
            }
        })
    }

    async fn run(self: Arc<Self>, inner: Arc<Inner>, id: ReviewId) {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut all = JoinSet::new();
        for key in self.keys().filter(|_| self.request.kind() != OperationKind::RepairStack).cloned() {
            let (review, permits) = (Arc::clone(&self), Arc::clone(&permits));
            all.spawn(async move {
                let _permit = permits.acquire().await;
                if review.given_up.is_cancelled() {
                    return Ok(());
                }
                let reviewed = review.stack(&key).await.map_err(|error| format!("{key}: {error}"))?;
                review.progress().stacks.insert(key, reviewed);
                Ok(())
            });
        }
        while let Some(ended) = all.join_next().await {
            let problem = ended.unwrap_or_else(|fault| Err(fault.to_string())).err();
            if let Some(problem) = problem {
                self.progress().problem.get_or_insert(problem);
            }
            inner.tell_stale(vec![Tag::Review(id.clone())]);
        }
        self.settle();
        self.progress().done = true;
        if self.given_up.is_cancelled()
            && let Err(error) = self.discard().await
        {
            tracing::warn!(%error, "a change set of a review that was given up is left");
        }
        inner.tell_stale(vec![Tag::Review(id)]);
    }

    /// Once every stack is known: which values may still change, since a stack that they come from changes first, or may
    /// change itself.
    fn settle(&self) {
        let mut progress = self.progress();
        let mut unsettled: BTreeSet<&StackKey> = BTreeSet::new();
        // Each key stands behind those that it needs.
        for key in self.keys() {
            let Some(reviewed) = progress.stacks.get_mut(key) else { continue };
            let is_unsettled =
                |stack: &StackName| unsettled.contains(&StackKey::new(stack, &key.environment));
            let Some(wish) = self.wish(key) else { continue };
            for parameter in &mut reviewed.review.parameters {
                let after: Vec<StackName> =
                    wish.upstream_of(&parameter.name).into_iter().filter(is_unsettled).collect();
                if parameter.value.is_some() && !after.is_empty() {
                    parameter.state = ParameterState::MayChange { after };
                }
            }
            for edge in self.edges_of(key).filter(|edge| is_unsettled(&edge.needs)) {
                // An export that is in use keeps its value; an output that is read changes as it likes.
                if matches!(edge.why, Why::StackOutput(_)) && !reviewed.review.after.contains(&edge.needs) {
                    reviewed
                        .review
                        .remarks
                        .push(format!("it {}, which {} may change first", edge.why, edge.needs));
                    reviewed.review.after.push(edge.needs.clone());
                }
            }
            if reviewed.review.action != ReviewAction::Unchanged || reviewed.review.may_change() {
                unsettled.insert(key);
            }
            self.secrets.mask_review(&mut reviewed.review);
        }
    }

    /// What a stack needs, each with the reason.
    fn edges_of(&self, key: &StackKey) -> impl Iterator<Item = &Edge> {
        let edges = self.edges.get(&key.environment).into_iter().flatten();
        edges.filter(move |edge| edge.stack == key.stack)
    }

    pub(super) fn wish<'a>(&'a self, key: &'a StackKey) -> Option<Wish<'a>> {
        let place = self.places.get(&key.environment)?;
        Wish::of(&self.manifest, &place.environment, &self.bodies, key)
    }

    async fn discard(&self) -> Result<(), EngineError> {
        let left: Vec<(StackKey, ChangeSet)> = {
            let mut progress = self.progress();
            let stacks = progress.stacks.iter_mut();
            stacks.filter_map(|(key, reviewed)| Some((key.clone(), reviewed.change_set.take()?))).collect()
        };
        let mut all = JoinSet::new();
        for (key, change_set) in left {
            let Some(place) = self.places.get(&key.environment).cloned() else { continue };
            all.spawn(async move {
                let discarded = place.connection.discard(&change_set).await;
                discarded.map_err(|error| EngineError::Cloud { environment: key.environment, error })
            });
        }
        let mut outcome = Ok(());
        while let Some(ended) = all.join_next().await {
            outcome = outcome.and(ended.unwrap_or(Ok(())));
        }
        outcome
    }
}
