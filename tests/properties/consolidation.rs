//! The system's loss against what everybody else's books say: equity that lenders lost, and what the creditors of failed
//! lenders were not paid, taken from the clearings and not from the ledger. (methods.md, 11 and 12.5)

use knockon::model::driver::{Draws, struck};
use knockon::model::observer::{Observer, Step, View};
use knockon::model::outcome::{Channel, FIXED_ONE};
use knockon::model::system::{LenderType, System, Target};
use knockon::model::trial::{Workspace, run_observed};
use knockon::random::Streams;

use crate::support::world;

/// Rounding of the postings of a trial and of sums, USD bn.
const LEDGER: f64 = 1e-5;

/// What the clearings of a trial say, USD bn.
#[derive(Default)]
struct Creditors {
    claims: Vec<f64>,
    lives: Vec<bool>,
    equity: Vec<f64>,
    /// Left to the owners of failed lenders.
    residual: f64,
    /// Not paid to external creditors, outside and estates among them.
    outside: f64,
    /// Not paid to lenders that lived to the clearing.
    lenders: f64,
    /// Equity that scheduled failures took.
    decreed: f64,
}

impl Observer for Creditors {
    fn after(&mut self, step: Step, view: View<'_>) {
        match step {
            Step::Liquidity => self.remember(view),
            Step::Failures => self.reckon(view),
            _ => {}
        }
    }
}

impl Creditors {
    fn remember(&mut self, view: View<'_>) {
        self.claims.clone_from(&view.state.claims);
        self.lives = view.state.lenders.iter().map(|own| own.alive).collect();
        self.equity = view.state.lenders.iter().map(|own| own.equity).collect();
    }

    fn reckon(&mut self, view: View<'_>) {
        let room = view.clearing.results();
        let failing = |j: usize| self.lives[j] && !view.state.lenders[j].alive;
        let mut decreed = vec![0.0; self.lives.len()];
        for (target, _) in struck(view.system, view.state.quarter as usize) {
            if let Target::Fail(j) = target
                && self.lives[j]
            {
                decreed[j] = self.equity[j].max(0.0);
            }
        }
        for j in (0..self.lives.len()).filter(|j| failing(*j)) {
            self.residual += room.equity[j];
            self.outside += view.state.lenders[j].external_debt - room.external_paid[j];
            self.decreed += decreed[j];
        }
        for (claim, amount) in view.system.claims.iter().zip(&self.claims) {
            let Some(debtor) = claim.debtor.filter(|debtor| failing(*debtor)) else { continue };
            let unpaid = amount * (1.0 - room.fraction[debtor]);
            let to_lender = claim.creditor.is_some_and(|creditor| self.lives[creditor]);
            *if to_lender { &mut self.lenders } else { &mut self.outside } += unpaid;
        }
    }
}

/// Equity that lenders lost, of the living by their balance sheets, of the failed down to what their owners got.
fn equity_losses(workspace: &Workspace, creditors: &Creditors) -> f64 {
    let lenders = workspace.state().lenders.iter();
    let kept = |alive: bool, equity: f64| if alive { equity } else { 0.0 };
    lenders.map(|own| own.capital() - kept(own.alive, own.equity)).sum::<f64>() - creditors.residual
}

fn booked(workspace: &Workspace, counts: impl Fn(usize, Channel) -> bool) -> f64 {
    let losses = workspace.outcome().losses.indexed_iter();
    let counted = losses.filter(|((j, channel), _)| counts(*j, Channel::ALL[*channel]));
    counted.map(|(_, loss)| *loss as f64 / FIXED_ONE).sum()
}

fn play(system: &System, seed: u64, trial: u64) -> (Workspace, Creditors) {
    let mut workspace = Workspace::new(system).expect("claims form a network");
    let mut creditors = Creditors::default();
    let draws = Draws { streams: Streams::new(seed), trial };
    run_observed(system, draws, &mut workspace, &mut creditors).expect("the trial runs");
    (workspace, creditors)
}

/// Loss of the system, with that of the vendors that stand beside it, equity that scheduled failures took away apart.
fn system_loss(system: &System, workspace: &Workspace) -> f64 {
    let is_vendor = |j: usize| system.lenders[j].kind == LenderType::Vendor;
    let vendors = booked(workspace, |j, channel| is_vendor(j) && !channel.intra_system());
    let outcome = workspace.outcome();
    let decreed: i64 = (0..system.lenders.len()).filter(|j| is_vendor(*j)).map(|j| outcome.decreed[j]).sum();
    (outcome.system_loss - decreed) as f64 / FIXED_ONE + vendors
}

/// Invariant 5: system loss = equity losses + losses of external creditors, net of what lenders book on each other: stakes in funds,
/// and claims, which they may carry below what they are paid.
#[test]
fn system_loss_is_what_owners_and_creditors_lose() {
    let (mut creditors_lose, mut owners_lose, mut stakes_lose, mut scheduled) = (0, 0, 0, 0);
    for seed in 0..3_000 {
        let mut system = world::random(seed);
        system.switches.clearing = true;
        let (workspace, creditors) = play(&system, seed, 0);
        let equity = equity_losses(&workspace, &creditors) - creditors.decreed;
        let intra = booked(&workspace, |_, channel| channel.intra_system());
        let stakes = booked(&workspace, |_, channel| channel == Channel::FundStake);
        let expected = equity + creditors.outside + creditors.lenders - intra;
        let told = system_loss(&system, &workspace);
        assert!((told - expected).abs() <= LEDGER, "world {seed}: {told} not {expected}");
        assert!(creditors.outside >= -LEDGER && creditors.lenders >= -LEDGER, "world {seed}: creditors gain");
        if !system.switches.revaluation {
            // Without marks a creditor books what it is not paid, and the definition holds to the word.
            let on_claims = booked(&workspace, |_, channel| channel == Channel::Counterparty);
            assert!((on_claims - creditors.lenders).abs() <= LEDGER, "world {seed}: {on_claims}");
            let defined = equity + creditors.outside - stakes;
            assert!((told - defined).abs() <= LEDGER, "world {seed}: {told} not {defined}");
            creditors_lose += u64::from(creditors.outside > 1e-3);
            owners_lose += u64::from(equity > 1e-3);
        }
        stakes_lose += u64::from(stakes > 1e-3);
        scheduled += u64::from(creditors.decreed > 1e-3);
    }
    println!("{owners_lose} owners, {creditors_lose} creditors, {stakes_lose} stakes, {scheduled} scheduled");
    assert!(owners_lose >= 500 && creditors_lose >= 300 && stakes_lose >= 300 && scheduled >= 150);
}
