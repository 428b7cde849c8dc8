//! Clearing of one network, 10 claims a lender, a fifth of the lenders shocked.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use knockon::model::clearing::{Banks, ClearingWorkspace, Costs, Link, Network, clear};
use knockon::model::system::ExternalPriority;

const LINKS: usize = 10;

struct World {
    network: Network,
    amounts: Vec<f64>,
    assets: Vec<f64>,
    debt: Vec<f64>,
    threshold: Vec<f64>,
    priority: Vec<ExternalPriority>,
    alive: Vec<bool>,
    forced: Vec<bool>,
    fair_value: Vec<bool>,
    opening_buffer: Vec<f64>,
    costs: Costs,
}

/// Uniform numbers in [0, 1) for the layout of a network.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl World {
    /// Lenders with 100 of external assets, about 40 of claims, 4 % of equity; each fifth loses a tenth of its assets.
    fn new(nodes: usize, priority: ExternalPriority, recovery: f64) -> Self {
        let mut uniform = Uniform(nodes as u64);
        let links: Vec<Link> = (0..nodes * LINKS)
            .map(|claim| {
                let debtor = claim / LINKS;
                let step = 1 + (uniform.next() * (nodes - 1) as f64) as usize;
                (Some(debtor), Some((debtor + step) % nodes))
            })
            .collect();
        let amounts: Vec<f64> = links.iter().map(|_| 2.0 + 4.0 * uniform.next()).collect();
        let mut net = vec![0.0; nodes];
        for ((debtor, creditor), amount) in links.iter().zip(&amounts) {
            net[debtor.expect("inside")] -= amount;
            net[creditor.expect("inside")] += amount;
        }
        let shocked = |node: usize| if node.is_multiple_of(5) { 90.0 } else { 100.0 };
        Self {
            network: Network::new(nodes, &links).expect("every lender exists"),
            amounts,
            assets: (0..nodes).map(shocked).collect(),
            debt: net.iter().map(|net| (100.0 + net - 6.0).max(0.0)).collect(),
            threshold: vec![1.0; nodes],
            priority: vec![priority; nodes],
            alive: vec![true; nodes],
            forced: vec![false; nodes],
            fair_value: vec![false; nodes],
            opening_buffer: vec![1.0; nodes],
            costs: Costs { asset_recovery: recovery, claim_recovery: recovery },
        }
    }

    fn clear(&self, workspace: &mut ClearingWorkspace) {
        let banks = Banks {
            external_assets: &self.assets,
            external_debt: &self.debt,
            threshold: &self.threshold,
            priority: &self.priority,
            alive: &self.alive,
            forced: &self.forced,
            fair_value: &self.fair_value,
            opening_buffer: &self.opening_buffer,
            marks: None,
            costs: self.costs,
        };
        clear(&self.network, &self.amounts, &banks, workspace).expect("converges");
    }
}

fn clearing(criterion: &mut Criterion) {
    let kinds = [
        ("pari_passu_1.0", ExternalPriority::PariPassu, 1.0),
        ("pari_passu_0.9", ExternalPriority::PariPassu, 0.9),
        ("senior_1.0", ExternalPriority::Senior, 1.0),
        ("senior_0.9", ExternalPriority::Senior, 0.9),
    ];
    for (name, priority, recovery) in kinds {
        let mut group = criterion.benchmark_group(format!("clearing/{name}"));
        for nodes in [10, 50, 200, 1000] {
            let world = World::new(nodes, priority, recovery);
            let mut workspace = ClearingWorkspace::new(&world.network);
            group.bench_function(BenchmarkId::from_parameter(nodes), |bencher| {
                bencher.iter(|| world.clear(&mut workspace));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, clearing);
criterion_main!(benches);
