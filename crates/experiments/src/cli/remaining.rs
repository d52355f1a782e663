//! How long a run will still take.

use std::collections::BTreeMap;
use std::time::Duration;

/// Tasks of a claim.
#[derive(Debug, Clone, Default)]
struct Claim {
    left: usize,
    /// Seconds that one was expected to take.
    expected: f64,
    /// How many ended of which it is known how long they took, and how long that was.
    ended: usize,
    took: f64,
}

/// The work of a run by claim. What a claim's tasks took says what its others will take; claims that have not begun are
/// expected to be off by as much as the others together.
#[derive(Debug, Clone, Default)]
pub(super) struct Remaining {
    claims: BTreeMap<&'static str, Claim>,
    /// Expected seconds of all tasks that ended, and what those took of which it is known.
    expected: f64,
    took: f64,
    /// When the last one ended.
    last: Duration,
}

impl Remaining {
    /// One more task, which is expected to take so many seconds.
    pub(super) fn add(&mut self, claim: &'static str, seconds: f64) {
        let own = self.claims.entry(claim).or_default();
        own.expected = (own.expected * own.left as f64 + seconds) / (own.left + 1) as f64;
        own.left += 1;
    }

    /// The number of tasks.
    pub(super) fn tasks(&self) -> usize {
        self.claims.values().map(|claim| claim.left).sum()
    }

    /// The expected seconds of a task of a claim.
    pub(super) fn expected(&self, claim: &str) -> f64 {
        self.claims.get(claim).map_or(0.0, |own| own.expected)
    }

    /// A task has ended at a time since the beginning; `took` where it is known how long it took. Says whether it was the last of
    /// its claim.
    pub(super) fn end(&mut self, claim: &'static str, took: Option<Duration>, at: Duration) -> bool {
        let own = self.claims.entry(claim).or_default();
        own.left = own.left.saturating_sub(1);
        self.expected += own.expected;
        if let Some(took) = took {
            own.ended += 1;
            own.took += took.as_secs_f64();
            self.took += took.as_secs_f64();
        }
        self.last = at;
        own.left == 0
    }

    /// What is left at a time since the beginning; nothing before a task has ended.
    pub(super) fn at(&self, now: Duration) -> Option<Duration> {
        let elapsed = self.last.as_secs_f64();
        if self.expected <= 0.0 || elapsed <= 0.0 {
            return None;
        }
        // Tasks that end elsewhere only tell how fast all of them are together.
        let (work, at_a_time) =
            if self.took > 0.0 { (self.took, (self.took / elapsed).max(1.0)) } else { (elapsed, 1.0) };
        let scale = work / self.expected;
        let each = |own: &Claim| {
            if own.ended > 0 { own.took / own.ended as f64 } else { own.expected * scale }
        };
        let left: f64 = self.claims.values().map(|own| own.left as f64 * each(own)).sum();
        let since = now.saturating_sub(self.last);
        Duration::try_from_secs_f64(left / at_a_time).ok().map(|left| left.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_machine_that_is_slower_than_expected_is_noticed() {
        let mut run = Remaining::default();
        for _ in 0..10 {
            run.add("short", 0.1);
            run.add("long", 5.0);
        }
        assert_eq!((run.tasks(), run.at(seconds(9.0))), (20, None), "nothing has ended");
        for at in 1..=10 {
            assert_eq!(run.end("short", Some(seconds(0.3)), seconds(0.3 * f64::from(at))), at == 10);
        }
        // Long ones have not begun: three times as slow as expected, like the short ones.
        assert!((run.at(seconds(3.0)).unwrap().as_secs_f64() - 150.0).abs() < 1e-6);
        run.end("long", Some(seconds(6.0)), seconds(9.0));
        assert!((run.at(seconds(9.0)).unwrap().as_secs_f64() - 54.0).abs() < 1e-6, "they took six seconds");
        assert!((run.at(seconds(13.0)).unwrap().as_secs_f64() - 50.0).abs() < 1e-6, "time goes by");
        assert_eq!(run.at(seconds(999.0)), Some(Duration::ZERO));
    }

    #[test]
    fn two_at_a_time_take_half_as_long() {
        let mut run = Remaining::default();
        (0..10).for_each(|_| run.add("a", 1.0));
        for at in [1.0, 1.0, 2.0, 2.0] {
            run.end("a", Some(seconds(1.0)), seconds(at));
        }
        assert!((run.at(seconds(2.0)).unwrap().as_secs_f64() - 3.0).abs() < 1e-6);
    }

    #[test]
    fn tasks_elsewhere_tell_how_fast_all_of_them_are() {
        let mut run = Remaining::default();
        (0..10).for_each(|_| run.add("a", 1.0));
        (1..=5).for_each(|at| {
            run.end("a", None, seconds(2.0 * f64::from(at)));
        });
        assert!((run.at(seconds(10.0)).unwrap().as_secs_f64() - 10.0).abs() < 1e-6);
    }

    /// A rate of the last tasks, as bars show it, would jump with each short one.
    #[test]
    fn short_tasks_after_long_ones_move_it_little() {
        let mut run = Remaining::default();
        (0..100).for_each(|_| run.add("long", 1.0));
        (0..100).for_each(|_| run.add("short", 0.001));
        let mut now = 0.0;
        for _ in 0..50 {
            now += 1.0;
            run.end("long", Some(seconds(1.0)), seconds(now));
        }
        let before = run.at(seconds(now)).unwrap().as_secs_f64();
        for _ in 0..100 {
            now += 0.001;
            run.end("short", Some(seconds(0.001)), seconds(now));
        }
        let after = run.at(seconds(now)).unwrap().as_secs_f64();
        assert!((before - 50.1).abs() < 0.01 && (after - 50.0).abs() < 0.01, "{before} {after}");
    }
}
