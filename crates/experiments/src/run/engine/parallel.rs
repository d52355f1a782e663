//! GNU parallel: a child of this process that starts one worker a chunk and keeps a log of how they ended.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::super::store::{Store, write_atomically};
use super::sweep::{Activity, Order, Queue, Sweep};
use super::{Engine, EngineError, quoted, unstartable};

/// A running `parallel`.
#[derive(Debug)]
pub(super) struct Parallel {
    child: Child,
    log: PathBuf,
    chunks: usize,
}

impl Parallel {
    /// Starts it on all chunks.
    pub(super) fn start(sweep: &Sweep, order: &Order, store: &Store) -> Result<Self, EngineError> {
        let chunks = sweep.chunks();
        let path = |name: &str| Sweep::path(store, name);
        let indices: Vec<String> = (0..chunks).map(|index| index.to_string()).collect();
        write_atomically(&path("chunks.txt"), indices.join("\n").as_bytes())?;
        let word = |name: &str| quoted(&path(name).display().to_string());
        let log = path("joblog.tsv");
        let child = Command::new("parallel")
            // Told to end, workers finish the task at hand, as on Ctrl-C.
            .args(["--will-cite", "--termseq", "TERM,10000,KILL,25"])
            .arg(format!("--jobs={}", order.options.parallel.jobs.map_or(order.jobs, |jobs| jobs.get().into())))
            .args(&order.options.parallel.arguments)
            .arg("--joblog")
            .arg(&log)
            .arg("--arg-file")
            .arg(path("chunks.txt"))
            .arg(format!("exec sh {} {{}} > {}/{{}}.log 2>&1", word("chunk.sh"), word("logs")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| unstartable(Engine::Parallel, "parallel", &error))?;
        Ok(Self { child, log, chunks })
    }

    /// Lines of the log: number of the chunk, exit code, signal. The first column counts from 1.
    fn ended(&self) -> Vec<(usize, String, String)> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                let number: usize = fields.first()?.parse().ok()?;
                Some((number.checked_sub(1)?, (*fields.get(6)?).to_owned(), (*fields.get(7)?).to_owned()))
            })
            .collect()
    }
}

impl Queue for Parallel {
    fn activity(&mut self) -> Activity {
        match self.child.try_wait() {
            Ok(Some(_)) => Activity::Over,
            Ok(None) => Activity::Busy(format!("{} of {} workers have ended", self.ended().len(), self.chunks)),
            Err(error) => Activity::Silent(error.to_string()),
        }
    }

    fn cause(&mut self, chunk: usize) -> Option<String> {
        let ended = self.ended();
        let Some((_, code, signal)) = ended.iter().find(|(number, ..)| *number == chunk) else {
            return Some(format!("`parallel` ended before worker {chunk} did"));
        };
        // A shell between them, as on the other side of ssh, counts a signal as 128 and its number.
        let signal = signal.parse().ok().filter(|signal| *signal != 0);
        let signal = signal.or_else(|| code.parse::<u32>().ok()?.checked_sub(128).filter(|signal| *signal > 0));
        Some(match signal {
            Some(signal) => format!("worker {chunk} was ended by signal {signal}"),
            None => format!("worker {chunk} ended with exit code {code}"),
        })
    }

    fn log(&self, chunk: usize) -> Option<String> {
        Some(format!("{chunk}.log"))
    }

    fn leave(&mut self) -> String {
        let id = self.child.id().to_string();
        // The first signal starts no more workers, the second ends those that run.
        for _ in 0..2 {
            let _ = Command::new("kill").args(["-s", "TERM", &id]).status();
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.child.wait();
        "workers were ended after the task at hand".into()
    }
}
