//! One trial allocates nothing once its workspace exists, whatever happens in it.

mod support;

use knockon::model::driver::Draws;
use knockon::model::outcome::Channel;
use knockon::model::trial::{Fork, Workspace, resume, run, run_observed};
use knockon::random::Streams;
use support::world;

#[test]
fn no_trial_allocates_once_its_workspace_exists() {
    let (mut defaults, mut refinanced, mut failures, mut second_rounds) = (0, 0, 0, 0);
    let (mut redeemed, mut sold, mut marks) = (0, 0, 0);
    for seed in 0..200 {
        let system = world::random(seed);
        let mut made = None;
        let counted = allocation_counter::measure(|| made = Some(Workspace::new(&system).unwrap()));
        assert!(counted.count_total > 0, "the counter counts");
        let mut workspace = made.unwrap();
        for trial in 0..5 {
            let mut ended = Ok(());
            let counted = allocation_counter::measure(|| {
                ended = run(&system, Streams::new(seed), trial, &mut workspace);
            });
            ended.unwrap();
            assert_eq!(counted.count_total, 0, "world {seed}, trial {trial}: {counted:?}");
            let outcome = workspace.outcome();
            defaults += outcome.defaults.iter().flatten().count();
            failures += outcome.failed();
            second_rounds += outcome.failures.iter().flatten().filter(|f| f.round > 0).count();
            marks += outcome.losses.column(Channel::NetworkMark as usize).iter().filter(|loss| **loss != 0).count();
            redeemed += workspace.state().lenders.iter().filter(|own| own.liquidity.redeemed > 0.0).count();
            sold += outcome.losses.column(Channel::Funding as usize).iter().filter(|loss| **loss > 0).count();
            refinanced += workspace.state().facilities.iter().filter(|own| own.schedule_start > 0).count();
        }
    }
    let enough = [defaults, refinanced, failures, second_rounds, redeemed, sold, marks].iter().all(|seen| *seen >= 50);
    assert!(
        enough,
        "{defaults} defaults, {refinanced} facilities refinanced, {failures} failures, {second_rounds} in a second round, \
         {redeemed} funds redeemed, {sold} sold at a loss, {marks} marked claims"
    );
}

#[test]
fn forcing_one_lender_after_the_other_to_fail_allocates_nothing() {
    for seed in 0..40 {
        let system = world::random(seed);
        let mut workspace = Workspace::new(&system).unwrap();
        workspace.force_failure(0);
        for lender in (0..system.lenders.len()).rev() {
            let counted = allocation_counter::measure(|| {
                workspace.force_failure(lender);
                run(&system, Streams::new(seed), 0, &mut workspace).unwrap();
            });
            assert_eq!(counted.count_total, 0, "world {seed}, lender {lender}: {counted:?}");
            assert!(workspace.outcome().failures[lender].is_some());
        }
    }
}

#[test]
fn a_twin_that_parts_from_its_trial_allocates_nothing() {
    let mut parted = 0;
    for seed in 0..100 {
        let system = world::random(seed);
        let calm = system.twin();
        let (mut full, mut twin) = (Workspace::new(&system).unwrap(), Workspace::new(&calm).unwrap());
        for trial in 0..5 {
            let draws = Draws { streams: Streams::new(seed), trial };
            let counted = allocation_counter::measure(|| {
                let mut nobody = ();
                let mut fork = Fork::new(Some(&mut twin), &mut nobody);
                run_observed(&system, draws, &mut full, &mut fork).unwrap();
                if let Some(last) = fork.last() {
                    twin.take_draws(&mut full);
                    twin.take_parameters(&mut full);
                    resume(draws, &mut twin, last, &mut ()).unwrap();
                    parted += 1;
                }
            });
            assert_eq!(counted.count_total, 0, "world {seed}, trial {trial}: {counted:?}");
        }
    }
    assert!(parted > 100, "{parted} parted");
}
