//! How many tasks one worker takes, and which: about the same work for each, and enough of it to be worth a start.

use std::collections::HashMap;

use super::super::costs;
use super::super::manifest::{Manifest, timings};
use super::super::plan::{Plan, PlannedTask, longest_first};
use super::super::store::Store;
use crate::claim::{AnyClaim, Profile};

/// A worker is given at least this much work, if there is as much: queues take seconds to start one.
pub(super) const SECONDS: f64 = 30.0;

/// What is assumed of a task of which nothing is known.
const UNKNOWN: f64 = 1.0;

/// The seconds that each due task is expected to take: what it took last, else the mean of its claim's tasks in this
/// folder, else their mean in the run of a smaller profile beside it, which errs towards larger chunks, else what they took where
/// the table of [costs] was made.
pub(crate) fn expected(plan: &Plan, profile: Profile, seed: u64, store: &Store) -> Vec<f64> {
    let (known, elsewhere) = (timings(store), costs::seconds(profile));
    let mut means: HashMap<&str, f64> = HashMap::new();
    let mut mean = |claim: &'static dyn AnyClaim| {
        let id = claim.card().id;
        *means.entry(id).or_insert_with(|| {
            let own: Vec<f64> = plan.tasks_of(id).filter_map(|task| known.get(&task.key)).copied().collect();
            if own.is_empty() {
                let smaller = smaller(claim, profile, seed, store);
                smaller.or_else(|| elsewhere.get(id).copied()).unwrap_or(UNKNOWN)
            } else {
                own.iter().sum::<f64>() / own.len() as f64
            }
        })
    };
    let seconds = |task: &PlannedTask| known.get(&task.key).copied().unwrap_or_else(|| mean(task.claim));
    plan.due().map(seconds).collect()
}

/// Mean seconds of a claim's tasks at the next smaller profile that was run in a folder beside this one.
fn smaller(claim: &'static dyn AnyClaim, profile: Profile, seed: u64, store: &Store) -> Option<f64> {
    let beside = store.folder().parent()?;
    [Profile::Quick, Profile::Smoke].into_iter().filter(|smaller| *smaller < profile).find_map(|smaller| {
        let manifest = Manifest::read(&Store::new(beside.join(smaller.to_string()))).ok()?;
        let seconds = manifest.claims.get(claim.card().id)?;
        let tasks = claim.plan(smaller, seed).ok()?.len();
        (tasks > 0).then(|| seconds / tasks as f64)
    })
}

/// An order of the tasks, and how many consecutive ones make a chunk.
#[derive(Debug, PartialEq)]
pub(super) struct Deal {
    pub(super) order: Vec<usize>,
    pub(super) chunk: usize,
}

impl Deal {
    /// As many chunks as there can be of which each has `least` seconds of work.
    pub(super) fn of_seconds(seconds: &[f64], least: f64) -> Self {
        let total: f64 = seconds.iter().sum();
        let mut chunks = ((total / least) as usize).clamp(1, seconds.len().max(1));
        loop {
            let deal = Self::of_size(seconds, seconds.len().div_ceil(chunks).max(1));
            let chunks_dealt = deal.order.chunks(deal.chunk);
            let smallest = chunks_dealt.map(|chunk| chunk.iter().map(|&i| seconds[i]).sum::<f64>());
            if chunks == 1 || smallest.fold(f64::INFINITY, f64::min) >= least {
                return deal;
            }
            chunks -= (chunks / 50).max(1);
        }
    }

    /// Chunks of `chunk` tasks: longest first, dealt like cards, so that each chunk gets its share of long ones.
    pub(super) fn of_size(seconds: &[f64], chunk: usize) -> Self {
        let mut hands = vec![Vec::with_capacity(chunk); seconds.len().div_ceil(chunk)];
        // All hands are full but the last.
        let last = hands.len().saturating_sub(1);
        let room = |hand: usize| if hand < last { chunk } else { seconds.len() - last * chunk };
        let mut hand = 0;
        for task in longest_first(seconds) {
            while hands[hand].len() == room(hand) {
                hand = (hand + 1) % hands.len();
            }
            hands[hand].push(task);
            hand = (hand + 1) % hands.len();
        }
        Self { order: hands.concat(), chunk }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(seconds: &[f64], deal: &Deal) -> Vec<f64> {
        deal.order.chunks(deal.chunk).map(|chunk| chunk.iter().map(|&i| seconds[i]).sum()).collect()
    }

    proptest! {
        #[test]
        fn every_task_is_dealt_once_and_every_chunk_is_worth_its_start(
            seconds in prop::collection::vec(0.001..900.0f64, 0..300)
        ) {
            let deal = Deal::of_seconds(&seconds, SECONDS);
            let mut all = deal.order.clone();
            all.sort_unstable();
            prop_assert_eq!(all, (0..seconds.len()).collect::<Vec<_>>());
            let sums = sums(&seconds, &deal);
            prop_assert!(sums.len() <= 1 || sums.iter().all(|sum| *sum >= SECONDS));
        }
    }

    #[test]
    fn equal_tasks_fill_chunks_to_the_least() {
        let deal = Deal::of_seconds(&[1.0; 300], SECONDS);
        assert_eq!((deal.chunk, sums(&[1.0; 300], &deal)), (30, vec![30.0; 10]));
        assert_eq!(Deal::of_seconds(&[60.0; 7], SECONDS).chunk, 1);
        assert_eq!(Deal::of_seconds(&[0.01; 50], SECONDS).chunk, 50);
    }

    #[test]
    fn long_tasks_do_not_wait_for_each_other() {
        let mut seconds = vec![600.0; 20];
        seconds.extend([0.001; 1000]);
        let deal = Deal::of_seconds(&seconds, SECONDS);
        assert!(sums(&seconds, &deal).iter().all(|sum| *sum < 601.0), "{:?}", sums(&seconds, &deal));
    }
}
