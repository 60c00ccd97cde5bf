//! Which stack needs which, in one environment: order, layers, cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::exchange;
use crate::ids::{EnvironmentName, StackName};
use crate::manifest::{Manifest, StackSettings};
use crate::reference::Value;
use crate::validate::Templates;

/// For each stack those that it needs directly.
pub type Needs = BTreeMap<StackName, BTreeSet<StackName>>;

/// A stack that needs another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The stack that has to wait.
    pub stack: StackName,
    /// The one that it waits for.
    pub needs: StackName,
    /// What makes it so.
    pub why: Why,
    /// Whether it is so for certain. What a condition or a macro may leave out gives an order, and never a circle.
    pub is_certain: bool,
}

/// Why a stack needs another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// `depends_on`.
    Order,
    /// `${stack.Output}` in the manifest.
    Output(String),
    /// `Fn::ImportValue` of a name that the other exports.
    Import(String),
    /// `Fn::GetStackOutput`: CloudFormation keeps no record of it, and deletes the other stack all the same.
    StackOutput(String),
    /// It did when it was last deployed, and the manifest does not tell any more.
    Recorded,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order => f.write_str("depends_on"),
            Self::Output(output) => write!(f, "uses output {output}"),
            Self::Import(export) => write!(f, "imports {export}"),
            Self::StackOutput(output) => write!(f, "reads output {output}"),
            Self::Recorded => f.write_str("needed it when it was deployed"),
        }
    }
}

/// Who needs whom in one environment, each pair with every reason: `depends_on`, outputs that are used, exports that are
/// imported. What is not certain is left out where it would close a circle.
pub fn edges_in(manifest: &Manifest, templates: &Templates, environment: &EnvironmentName) -> Vec<Edge> {
    let written =
        manifest.stacks.iter().flat_map(|stack| edges_of(&stack.name, &stack.settings_in(environment)));
    let (certain, doubtful): (Vec<Edge>, Vec<Edge>) =
        written.chain(exchange::edges(manifest, templates, environment)).partition(|edge| edge.is_certain);
    let mut needs = Needs::new();
    for edge in &certain {
        needs.entry(edge.stack.clone()).or_default().insert(edge.needs.clone());
    }
    let holds = |edge: &Edge| add_unless_circular(&mut needs, &edge.stack, &edge.needs);
    let doubtful: Vec<Edge> = doubtful.into_iter().filter(holds).collect();
    certain.into_iter().chain(doubtful).collect()
}

/// What is recorded of stacks that the manifest does not have, or of the need for them. A destroy goes by it, and a deploy
/// does not: it makes things otherwise.
pub fn recorded_edges(manifest: &Manifest, environment: &EnvironmentName) -> Vec<Edge> {
    let recorded = manifest.recorded_needs.get(environment).into_iter().flatten();
    let pairs = recorded.flat_map(|(stack, needs)| needs.iter().map(move |needs| (stack, needs)));
    let edge = |(stack, needs): (&StackName, &StackName)| Edge {
        stack: stack.clone(),
        needs: needs.clone(),
        why: Why::Recorded,
        is_certain: false,
    };
    pairs.map(edge).collect()
}

/// What the settings of a stack say that it needs.
fn edges_of(stack: &StackName, settings: &StackSettings) -> Vec<Edge> {
    let edge =
        |needs: &StackName, why| Edge { stack: stack.clone(), needs: needs.clone(), why, is_certain: true };
    let mut edges: Vec<Edge> = settings.depends_on.iter().map(|needs| edge(needs, Why::Order)).collect();
    for value in settings.parameters.values().chain(settings.tags.values()) {
        if let Ok(value) = Value::parse(value) {
            edges.extend(value.outputs().map(|(needs, output)| edge(needs, Why::Output(output.to_owned()))));
        }
    }
    edges
}

/// What each stack of the manifest needs, by these edges.
pub fn needs(manifest: &Manifest, edges: &[Edge]) -> Needs {
    let mut needs: Needs =
        manifest.stacks.iter().map(|stack| (stack.name.clone(), BTreeSet::new())).collect();
    for edge in edges {
        needs.entry(edge.stack.clone()).or_default().insert(edge.needs.clone());
    }
    needs
}

/// Has `key` need `need`, unless that is needed by it already. Whether it does now.
pub fn add_unless_circular<K: Ord + Clone>(needs: &mut BTreeMap<K, BTreeSet<K>>, key: &K, need: &K) -> bool {
    let mut reached = BTreeSet::from([need]);
    let mut ahead = vec![need];
    while let Some(current) = ahead.pop() {
        ahead.extend(needs.get(current).into_iter().flatten().filter(|next| reached.insert(next)));
    }
    let holds = !reached.contains(key);
    if holds {
        needs.entry(key.clone()).or_default().insert(need.clone());
    }
    holds
}

/// The keys in layers: each layer needs only the ones before it. Needs that are no keys are passed by.
///
/// # Errors
/// A cycle: the keys on it in order, the first repeated at the end; always the same one for the same graph.
pub fn layers<K: Ord + Clone>(needs: &BTreeMap<K, BTreeSet<K>>) -> Result<Vec<Vec<K>>, Vec<K>> {
    let mut left: BTreeMap<&K, BTreeSet<&K>> = needs
        .iter()
        .map(|(key, needed)| (key, needed.iter().filter(|need| needs.contains_key(need)).collect()))
        .collect();
    let mut layers = Vec::new();
    while !left.is_empty() {
        let layer: Vec<&K> =
            left.iter().filter(|(_, needed)| needed.is_empty()).map(|(key, _)| *key).collect();
        if layer.is_empty() {
            return Err(a_cycle(&left));
        }
        for key in &layer {
            left.remove(key);
        }
        for needed in left.values_mut() {
            for key in &layer {
                needed.remove(key);
            }
        }
        layers.push(layer.into_iter().cloned().collect());
    }
    Ok(layers)
}

/// For each stack that cannot go on those among `failed` that stand in its way: it needs them, directly or through
/// others. A stack that failed itself is not in its own way.
pub fn blocked_by(needs: &Needs, failed: &BTreeSet<StackName>) -> Needs {
    let mut blocked = Needs::new();
    for cause in failed {
        let mut reached = BTreeSet::from([cause]);
        let mut ahead = vec![cause];
        while let Some(current) = ahead.pop() {
            for (stack, needed) in needs {
                if needed.contains(current) && reached.insert(stack) {
                    blocked.entry(stack.clone()).or_default().insert(cause.clone());
                    ahead.push(stack);
                }
            }
        }
    }
    blocked
}

/// Everything left needs something that is left: going from need to need must come round.
fn a_cycle<K: Ord + Clone>(left: &BTreeMap<&K, BTreeSet<&K>>) -> Vec<K> {
    let mut path: Vec<&K> = left.keys().copied().take(1).collect();
    while let Some(next) = path.last().and_then(|key| left.get(key)).and_then(|needed| needed.first()) {
        if let Some(position) = path.iter().position(|key| key == next) {
            path.push(next);
            return path[position..].iter().map(|key| (*key).clone()).collect();
        }
        path.push(next);
    }
    Vec::new()
}

/// A circle of stacks as a person reads it, with what their templates add to it: `a → b → a (a imports shared of b)`.
pub fn explain_cycle(cycle: &[StackName], edges: &[Edge]) -> String {
    let by_template = |edge: &&Edge| {
        let is_on_it = cycle.windows(2).any(|pair| pair[0] == edge.stack && pair[1] == edge.needs);
        is_on_it && matches!(edge.why, Why::Import(_) | Why::StackOutput(_))
    };
    let reasons: Vec<String> = edges
        .iter()
        .filter(by_template)
        .map(|it| format!("{} {} of {}", it.stack, it.why, it.needs))
        .collect();
    let path = show_cycle(cycle);
    if reasons.is_empty() { path } else { format!("{path} ({})", reasons.join("; ")) }
}

/// A cycle as a person reads it: `a → b → a`.
pub fn show_cycle<K: ToString>(cycle: &[K]) -> String {
    cycle.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        edges
            .iter()
            .map(|(key, needed)| ((*key).to_owned(), needed.iter().map(|n| (*n).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn what_failed_blocks_everything_that_needs_it_directly_or_through_others() {
        let name = |text: &str| text.parse::<StackName>().unwrap();
        let names = |list: &[&str]| list.iter().map(|it| name(it)).collect::<BTreeSet<_>>();
        let needs: Needs =
            [("network", &[][..]), ("database", &["network"]), ("dns", &[]), ("app", &["database", "dns"])]
                .into_iter()
                .map(|(stack, needed)| (name(stack), names(needed)))
                .collect();
        let blocked = |failed: &[&str]| blocked_by(&needs, &names(failed));
        assert_eq!(blocked(&[]), Needs::new());
        assert_eq!(
            blocked(&["network"]),
            [(name("app"), names(&["network"])), (name("database"), names(&["network"]))].into()
        );
        assert_eq!(
            blocked(&["database", "dns"]),
            [(name("app"), names(&["database", "dns"]))].into(),
            "what does not need them goes on"
        );
        let circle: Needs = [(name("a"), names(&["b"])), (name("b"), names(&["a"]))].into();
        assert_eq!(blocked_by(&circle, &names(&["a"])), [(name("b"), names(&["a"]))].into(), "it ends");
    }

    #[test]
    fn layers_put_each_key_right_after_what_it_needs() {
        let needs =
            graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"]), ("e", &["outside"])]);
        assert_eq!(layers(&needs).unwrap(), [vec!["a", "e"], vec!["b", "c"], vec!["d"]]);
        assert!(layers(&graph(&[])).unwrap().is_empty());
    }

    #[test]
    fn a_cycle_is_told_with_its_path() {
        for (edges, path) in [
            (vec![("a", &["a"][..])], "a → a"),
            (vec![("a", &["b"][..]), ("b", &["a"])], "a → b → a"),
            (vec![("a", &["b"][..]), ("b", &["c"]), ("c", &["b"])], "b → c → b"),
            (vec![("a", &[][..]), ("b", &["a", "d"]), ("c", &["b"]), ("d", &["c"])], "b → d → c → b"),
        ] {
            assert_eq!(show_cycle(&layers(&graph(&edges)).unwrap_err()), path);
        }
    }

    proptest! {
        #[test]
        fn every_graph_has_layers_or_a_real_cycle(edges in prop::collection::vec((0u8..12, 0u8..12), 0..40)) {
            let mut needs: BTreeMap<u8, BTreeSet<u8>> = (0..12).map(|key| (key, BTreeSet::new())).collect();
            for (from, to) in edges {
                needs.entry(from).or_default().insert(to);
            }
            match layers(&needs) {
                Ok(layers) => {
                    let mut before = BTreeSet::new();
                    for layer in layers {
                        prop_assert!(layer.iter().all(|key| needs[key].is_subset(&before)));
                        before.extend(layer);
                    }
                    prop_assert_eq!(before.len(), 12);
                }
                Err(cycle) => {
                    prop_assert!(cycle.len() >= 2 && cycle.first() == cycle.last());
                    prop_assert!(cycle.windows(2).all(|pair| needs[&pair[0]].contains(&pair[1])));
                }
            }
        }
    }
}
