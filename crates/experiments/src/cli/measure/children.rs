//! Child processes that compute shares of curvature.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use saddlepoint_curvature::peer::{self, Peer};
use saddlepoint_models::data::Spool;
use saddlepoint_models::onnx::OnnxNetwork;

use super::inputs::at;
use super::{Arguments, Exit, Place, onnx_model, settings};
use crate::claim::Failure;
use crate::measure::Subject;
use crate::run::Machine;

/// Processes that know the network at one moment; started when they are first asked for, and ended with this.
pub(super) struct Children<'a> {
    arguments: &'a Arguments,
    weights: Option<&'a Path>,
    started: Mutex<Vec<(Child, Option<Peer>)>>,
}

impl<'a> Children<'a> {
    /// For the network with the weights of a moment.
    pub(super) fn new(arguments: &'a Arguments, weights: Option<&'a Path>) -> Self {
        Self { arguments, weights, started: Mutex::new(Vec::new()) }
    }

    /// The way to each of them; this process is one of those that were asked for.
    ///
    /// # Errors
    /// When one cannot be started.
    pub(super) fn peers(&self) -> Result<Vec<Peer>, Failure> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        while started.len() + 1 < usize::from(self.arguments.processes) {
            started.push((self.start()?, None));
        }
        // All of them prepare at the same time; then each is waited for.
        started.iter_mut().map(|(child, peer)| greeted(child, peer)).collect()
    }

    fn start(&self) -> Result<Child, Failure> {
        let threads = (Machine::this().threads / usize::from(self.arguments.processes)).max(1);
        let mut command = command(self.arguments, self.weights)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).env("RAYON_NUM_THREADS", threads.to_string());
        Ok(command.spawn()?)
    }
}

fn greeted(child: &mut Child, peer: &mut Option<Peer>) -> Result<Peer, Failure> {
    if let (Some(replies), Some(requests)) = (child.stdout.take(), child.stdin.take()) {
        *peer = Some(Peer::connect(replies, requests)?);
    }
    peer.clone().ok_or_else(|| "a process that computes a share of the batches did not begin".into())
}

impl Drop for Children<'_> {
    /// They have nothing to lose.
    fn drop(&mut self) {
        for (child, _) in self.started.get_mut().unwrap_or_else(PoisonError::into_inner) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a child process does: it computes the shares that its parent asks for.
pub(super) fn serve(
    arguments: &Arguments,
    place: &Place,
    network: OnnxNetwork,
    train: &Spool,
) -> Result<Exit, super::Failure> {
    let network = match arguments.weights.first() {
        Some(weights) => at(&network, weights)?,
        None => network,
    };
    let model = onnx_model(network, place.precision, &place.device)
        .map_err(|error| super::Failure::Input(error.to_string()))?;
    let subject = Subject::new(&model, train, settings(arguments));
    peer::serve(io::stdin().lock(), io::stdout().lock(), |work| subject.share(work))?;
    Ok(Exit::AllWell)
}

/// The command that starts a child process for a moment.
fn command(arguments: &Arguments, weights: Option<&Path>) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["measure", "--serve"]);
    for (option, value) in [
        ("--batch", arguments.batch.to_string()),
        ("--memory", (arguments.memory / u32::from(arguments.processes)).to_string()),
        ("--loss", clap_name(&arguments.loss)),
        ("--dtype", clap_name(&arguments.dtype)),
        ("--backend", arguments.backend.unwrap_or_default().to_string()),
    ] {
        command.args([option, &value]);
    }
    if let Some(classes) = arguments.classes {
        command.args(["--classes", &classes.to_string()]);
    }
    for (option, path) in [("--train", arguments.train.as_deref()), ("--weights", weights)] {
        command.args(path.into_iter().flat_map(|path| [OsStr::new(option), path.as_os_str()]));
    }
    // A name that begins with a dash is no option.
    command.arg("--").args(&arguments.network);
    Ok(command)
}

/// The name by which a value is chosen.
fn clap_name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
