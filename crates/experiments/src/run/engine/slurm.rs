//! Slurm: a sweep is one or more job arrays, an array element a chunk.

use std::collections::BTreeMap;
use std::process::Command;

use super::super::store::{Store, write_atomically};
use super::sweep::{Activity, Order, Queue, Sweep};
use super::{Engine, EngineError, ask, quoted, unstartable};

/// A submission in the queue of Slurm.
#[derive(Debug)]
pub(super) struct Slurm {
    sweep: Sweep,
    /// Why the arrays that are not in the queue are not there.
    refusal: Option<String>,
    /// How elements ended, by array and number; asked once.
    ends: Option<BTreeMap<(usize, usize), String>>,
}

impl Slurm {
    /// The queue of a submission that was noted.
    pub(super) fn of(sweep: &Sweep) -> Self {
        Self { sweep: sweep.clone(), refusal: None, ends: None }
    }

    /// Submits all chunks, in as many arrays as the cluster's `MaxArraySize` demands, and notes each as soon as Slurm has
    /// it. If a later array is refused, the earlier ones go on, and what is missing is submitted another time.
    pub(super) fn submit(mut sweep: Sweep, order: &Order, store: &Store) -> Result<Self, EngineError> {
        sweep.array = largest_array()?;
        let chunks = sweep.chunks();
        for first in (0..chunks).step_by(sweep.array) {
            let count = sweep.array.min(chunks - first);
            let path = Sweep::path(store, &format!("array-{first}.sh"));
            let chunk = quoted(&Sweep::path(store, "chunk.sh").display().to_string());
            let text = format!("#!/bin/sh\nexec sh {chunk} \"$((SLURM_ARRAY_TASK_ID + {first}))\"\n");
            write_atomically(&path, text.as_bytes())?;
            let mut words = words(&sweep.name, order, store, count);
            words.push(path.display().to_string());
            match sbatch(&words) {
                Ok(job) => sweep.jobs.push(job),
                Err(EngineError::Refused { message, .. }) if !sweep.jobs.is_empty() => {
                    return Ok(Self { sweep, refusal: Some(message), ends: None });
                }
                Err(error) => return Err(error),
            }
            sweep.note(store)?;
        }
        Ok(Self { sweep, refusal: None, ends: None })
    }

    /// How elements of the arrays ended: from the accounting where the cluster keeps it, else from the controller, which
    /// forgets after some minutes.
    fn ends(&self) -> BTreeMap<(usize, usize), String> {
        let mut ends = BTreeMap::new();
        for (array, job) in self.sweep.jobs.iter().enumerate() {
            let format = ["--allocations", "--noheader", "--parsable2", "--format=JobID,State,ExitCode"];
            let accounting = said("sacct", &[&format[..], &["--jobs", job]].concat()).unwrap_or_default();
            let elements: Vec<_> = accounting.lines().filter_map(|line| accounted(job, line)).collect();
            let elements = if elements.is_empty() {
                let controller = said("scontrol", &["show", "job", job, "--oneliner"]).unwrap_or_default();
                controller.lines().filter_map(|line| controlled(job, line)).collect()
            } else {
                elements
            };
            ends.extend(elements.into_iter().map(|(element, end)| ((array, element), end)));
        }
        ends
    }
}

impl Queue for Slurm {
    fn activity(&mut self) -> Activity {
        if self.sweep.jobs.is_empty() {
            return Activity::Over;
        }
        let jobs = format!("--jobs={}", self.sweep.jobs.join(","));
        let asked = ["--noheader", "--array", "--format=%j|%T|%r", &jobs];
        match said("squeue", &asked) {
            Ok(text) => activity(&self.sweep.name, &text),
            // A job that ended long ago, or whose cluster was set up anew.
            Err(message) if message.contains("Invalid job id") => Activity::Over,
            Err(message) => Activity::Silent(message),
        }
    }

    fn cause(&mut self, chunk: usize) -> Option<String> {
        let array = chunk.checked_div(self.sweep.array)?;
        let Some(job) = self.sweep.jobs.get(array).cloned() else {
            let why = self.refusal.as_ref()?;
            return Some(format!("it was not submitted, `sbatch` said: {why}"));
        };
        if self.ends.is_none() {
            self.ends = Some(self.ends());
        }
        let element = chunk % self.sweep.array;
        let end = self.ends.as_ref()?.get(&(array, element));
        Some(match end {
            Some(end) => format!("job {job}_{element} ended as {end}"),
            None => format!("job {job}_{element} is gone, and Slurm keeps no account of it"),
        })
    }

    fn log(&self, chunk: usize) -> Option<String> {
        let job = self.sweep.jobs.get(chunk.checked_div(self.sweep.array)?)?;
        Some(format!("{job}_{}.log", chunk % self.sweep.array))
    }

    fn leave(&mut self) -> String {
        let jobs = self.sweep.jobs.join(" ");
        format!(
            "jobs {jobs} go on in the queue: `saddlepoint status` tells how far they are, the same command waits for them \
             again, `scancel {jobs}` ends them"
        )
    }
}

/// What a program of Slurm that asks a question printed, or its complaint. Without a controller such a program tries for
/// minutes; whoever waits would rather look at the records meanwhile.
fn said(program: &'static str, arguments: &[&str]) -> Result<String, String> {
    let words = [&["10", program], arguments].concat();
    let output = Command::new("timeout").args(words).output();
    let output = output.map_err(|error| unstartable(Engine::Slurm, program, &error).to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(text(&output.stdout)),
        Some(124) => Err(format!("`{program}` had no answer within 10 s")),
        _ => Err(text(&output.stderr)),
    }
}

/// The most elements of an array: they are numbered from 0, below `MaxArraySize`.
fn largest_array() -> Result<usize, EngineError> {
    let program = "scontrol";
    let output = ask(Engine::Slurm, program, &["show", "config"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let size =
        text.lines().find_map(|line| line.strip_prefix("MaxArraySize")?.split_once('=')?.1.trim().parse().ok());
    match size {
        Some(size) if size > 0 => Ok(size),
        Some(_) => Err(EngineError::Refused { program, message: "this cluster allows no job arrays".into() }),
        None => {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(EngineError::Refused { program, message })
        }
    }
}

/// Submits a script, the last of the words, and returns the number of its job.
fn sbatch(words: &[String]) -> Result<String, EngineError> {
    let program = "sbatch";
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = ask(Engine::Slurm, program, &words)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // `--parsable` prints the job, and after a semicolon the cluster where there are several.
    let job = printed.trim().split(';').next().unwrap_or_default().to_owned();
    if output.status.success() && !job.is_empty() {
        return Ok(job);
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(EngineError::Refused { program, message })
}

/// What sbatch is told of an array of `count` chunks. As words of its command line they need no quoting.
fn words(name: &str, order: &Order, store: &Store, count: usize) -> Vec<String> {
    let limit = order.options.slurm.at_once.map(|most| format!("%{most}")).unwrap_or_default();
    let mut words = vec![
        "--parsable".into(),
        format!("--job-name={name}"),
        format!("--array=0-{}{limit}", count - 1),
        format!("--output={}", Sweep::path(store, "logs/%A_%a.log").display()),
        // An element that loses its node starts anew and skips what it has done.
        "--requeue".into(),
        "--open-mode=append".into(),
    ];
    words.extend(order.options.slurm.directives());
    words
}

/// Jobs of a name in what squeue printed, counted by state; numbers are used again when a cluster is set up anew.
fn activity(name: &str, printed: &str) -> Activity {
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for line in printed.lines() {
        let mut fields = line.split('|').map(str::trim);
        let (Some(job), Some(state), reason) = (fields.next(), fields.next(), fields.next()) else { continue };
        if job != name {
            continue;
        }
        let state = state.to_lowercase();
        let usual = ["None", "Priority", "Resources", "JobArrayTaskLimit", ""];
        let held = reason.filter(|reason| !usual.contains(reason)).map(|reason| format!(" ({reason})"));
        *states.entry(state + &held.unwrap_or_default()).or_default() += 1;
    }
    if states.is_empty() {
        return Activity::Over;
    }
    let words: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    Activity::Busy(words.join(", "))
}

/// An element in a line of sacct: `12_3|OUT_OF_MEMORY|0:125`.
fn accounted(job: &str, line: &str) -> Option<(usize, String)> {
    let mut fields = line.split('|');
    let element = fields.next()?.strip_prefix(job)?.strip_prefix('_')?.parse().ok()?;
    Some((element, end(fields.next()?, fields.next()?)))
}

/// An element in a line of scontrol: `JobId=15 ArrayJobId=12 ArrayTaskId=3 … JobState=FAILED … ExitCode=3:0 …`.
fn controlled(job: &str, line: &str) -> Option<(usize, String)> {
    let value = |name: &str| {
        let mut words = line.split_whitespace();
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    (value("ArrayJobId")? == job).then_some(())?;
    let element = value("ArrayTaskId")?.parse().ok()?;
    Some((element, end(value("JobState")?, value("ExitCode")?)))
}

/// A state and an exit code in words.
fn end(state: &str, exit: &str) -> String {
    match exit.split_once(':') {
        Some((code, "0")) => format!("{state}, exit code {code}"),
        Some((_, signal)) => format!("{state}, signal {signal}"),
        None => state.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_of_another_name_are_not_ours() {
        let printed = "ours|RUNNING|None\nours|PENDING|Priority\nours|PENDING|launch failed requeued held\ntheirs|RUNNING|None";
        let words = "1 pending, 1 pending (launch failed requeued held), 1 running";
        assert_eq!(activity("ours", printed), Activity::Busy(words.into()));
        assert_eq!(activity("nobody's", printed), Activity::Over);
        assert_eq!(activity("ours", ""), Activity::Over);
    }

    #[test]
    fn ends_are_read_from_either_source() {
        assert_eq!(accounted("12", "12_3|OUT_OF_MEMORY|0:125"), Some((3, "OUT_OF_MEMORY, signal 125".into())));
        assert_eq!(accounted("12", "123|COMPLETED|0:0"), None);
        assert_eq!(accounted("12", "12_[4-9]|PENDING|0:0"), None);
        let line = "JobId=15 ArrayJobId=12 ArrayTaskId=3 JobName=x JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0";
        assert_eq!(controlled("12", line), Some((3, "FAILED, exit code 3".into())));
        assert_eq!(controlled("15", line), None);
    }
}
