//! A Slurm of its own for a test: one machine, two virtual nodes of one processor each, everything in one folder.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::until;

/// The daemons, which end with the value.
pub(super) struct Cluster {
    folder: tempfile::TempDir,
    munge: Child,
    controller: Option<Child>,
    nodes: [Option<Child>; 2],
}

/// A program that may lie where only administrators look for it.
fn daemon(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Whether a cluster can be started here. Where one must be, its absence is a failure.
pub(super) fn available() -> bool {
    let missing: Vec<&str> = ["munged", "slurmctld", "slurmd", "sbatch"]
        .into_iter()
        .filter(|name| daemon(name).arg("--version").output().is_err())
        .collect();
    let here = missing.is_empty();
    let why = format!("there is no {missing:?} (Debian: apt install slurmctld slurmd slurm-client munge)");
    assert!(
        here || std::env::var_os("SADDLEPOINT_REQUIRE_SLURM").is_none(),
        "SADDLEPOINT_REQUIRE_SLURM is set, but {why}"
    );
    if !here {
        println!("skipped: {why}");
    }
    here
}

impl Cluster {
    /// Starts one whose arrays have at most `array` elements.
    pub(super) fn start(array: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["munge", "state", "spool/n1", "spool/n2"] {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        let say = |program: &str, flag: &str| {
            String::from_utf8(Command::new(program).arg(flag).output().unwrap().stdout)
                .unwrap()
                .trim()
                .to_owned()
        };
        // Free ports, all held until the last is known. Those of the nodes are a range of two.
        let sockets: Vec<TcpListener> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let port = |i: usize| sockets[i].local_addr().unwrap().port();
        let configuration = CONFIGURATION
            .replace("{folder}", &path.display().to_string())
            .replace("{host}", &say("hostname", "-s"))
            .replace("{user}", &say("id", "-un"))
            .replace("{controller}", &port(0).to_string())
            .replace("{first}", &port(1).to_string())
            .replace("{second}", &free_beside(port(1)).to_string())
            .replace("{array}", &array.to_string());
        fs::write(path.join("slurm.conf"), configuration).unwrap();
        drop(sockets);
        let munge = munged(&path.join("munge"));
        until("munged answers", || path.join("munge/socket").exists());
        let mut cluster = Self { folder, munge, controller: None, nodes: [None, None] };
        cluster.start_controller();
        for node in 0..2 {
            cluster.start_node(node);
        }
        until("both nodes are idle", || {
            cluster.say("sinfo", &["--noheader", "--Node", "--format=%t"]) == "idle\nidle"
        });
        cluster
    }

    /// Lets a program talk to this cluster.
    pub(super) fn of(&self, mut command: Command) -> Command {
        command.env("SLURM_CONF", self.folder.path().join("slurm.conf"));
        command
    }

    /// What a program of Slurm prints.
    pub(super) fn say(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments);
        String::from_utf8(self.of(command).output().unwrap().stdout).unwrap().trim().to_owned()
    }

    fn daemon(&self, program: &str, arguments: &[&str]) -> Child {
        let mut command = daemon(program);
        command.args(arguments);
        self.of(command).spawn().unwrap()
    }

    pub(super) fn start_controller(&mut self) {
        self.controller = Some(self.daemon("slurmctld", &["-D"]));
    }

    /// Ends it without a chance to say goodbye.
    pub(super) fn kill_controller(&mut self) {
        kill(self.controller.take());
    }

    pub(super) fn start_node(&mut self, node: usize) {
        self.nodes[node] = Some(self.daemon("slurmd", &["-D", "-N", ["n1", "n2"][node]]));
    }

    /// Ends its daemon and everything that it started, all at once, as if the machine had lost its power.
    pub(super) fn kill_node(&mut self, node: usize) {
        let name = ["n1", "n2"][node];
        let jobs = self
            .say("squeue", &["--noheader", "--states=RUNNING", &format!("--nodelist={name}"), "--format=%A"]);
        kill(self.nodes[node].take());
        let ours = format!("SLURM_CONF={}/", self.folder.path().display());
        let there = format!("SLURMD_NODENAME={name}");
        for process in fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path()) {
            let read = |name: &str| {
                String::from_utf8_lossy(&fs::read(process.join(name)).unwrap_or_default()).into_owned()
            };
            let environment = read("environ");
            let manages =
                |command: &str| jobs.lines().any(|job| command.contains(&format!("slurmstepd: [{job}.")));
            let id = process.file_name().unwrap().to_str().unwrap();
            if environment.contains(&ours) && (environment.contains(&there) || manages(&read("cmdline"))) {
                let _ = Command::new("kill").args(["-s", "KILL", id]).status();
            }
        }
    }
}

fn kill(child: Option<Child>) {
    if let Some(mut child) = child {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// A port that is free and is not this one.
fn free_beside(taken: u16) -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    assert_ne!(port, taken);
    port
}

fn munged(folder: &Path) -> Child {
    let key = folder.join("key");
    let bytes: Vec<u8> = (0..1024u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(&key, bytes).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    let file = |flag: &str, name: &str| format!("--{flag}={}", folder.join(name).display());
    daemon("munged")
        .args(["--foreground", "--force"])
        .args([file("key-file", "key"), file("socket", "socket"), file("pid-file", "pid")])
        .args([file("log-file", "log"), file("seed-file", "seed")])
        .spawn()
        .unwrap()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.controller.is_some() {
            self.say("scancel", &["--me"]);
        }
        let [one, two] = &mut self.nodes;
        for child in [one.take(), two.take(), self.controller.take()] {
            kill(child);
        }
        let _ = self.munge.kill();
        let _ = self.munge.wait();
    }
}

/// No accounting, no control groups: what a container without systemd can do. Memory is watched by sampling. Credentials expire
/// early, for an element that is queued again waits for that.
const CONFIGURATION: &str = "
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=6
CredType=cred/munge
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPort={controller}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
SlurmdTimeout=15
MessageTimeout=10
KillWait=2
MaxArraySize={array}
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={first} CPUs=1 RealMemory=1024
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={second} CPUs=1 RealMemory=1024
PartitionName=test Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
";
