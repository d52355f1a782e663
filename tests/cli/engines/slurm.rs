//! Slurm, a real one: it loses its controller, a node, a worker, memory; the records come out the same.

use std::fs;
use std::time::Duration;

use super::cluster::{Cluster, available};
use super::{Bench, TASKS, finish, program, records, results, spawn, until};

#[test]
fn arrays_give_the_bytes_of_a_local_run() {
    if !available() {
        return;
    }
    // 24 tasks by fours are 6 chunks, and 5 elements an array are two arrays.
    let (bench, cluster) = (Bench::new(), Cluster::start(5));
    let options = "chunk = 4\n[slurm]\npartition = \"test\"\ntime = \"00:05:00\"\nmemory = \"400M\"\ncpus = 1\nat_once = 2\n\
                   directives = [\"--comment=from the options\"]\n";
    let (code, text, errors) = finish(cluster.of(bench.sweep("slurm", options)));
    assert_eq!(code, 0, "{text}{errors}");
    assert!(text.contains("(24 tasks run)"), "{text}");
    assert_eq!(results(&bench.out()), bench.expected);
    let job = cluster.say("scontrol", &["show", "job", "--oneliner"]);
    assert!(job.contains("ArrayTaskThrottle=2") && job.contains("Comment=from the options"), "{job}");
    let sweep = fs::read_to_string(bench.out().join("smoke/sweep/sweep.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&sweep).unwrap()["jobs"].as_array().unwrap().len(), 2);

    let (code, text, _) = finish(cluster.of(bench.status()));
    assert!(code == 0 && text.contains("24 of 24") && text.contains("chunks of 4"), "{text}");
    // A day later, or after a reboot, there may be no Slurm: the folder is enough.
    let mut alone = bench.status();
    alone.env("PATH", "/nonexistent");
    let (code, text, _) = finish(alone);
    assert!(code == 0 && text.contains("24 of 24") && text.contains("does not answer"), "{text}");
}

#[test]
fn a_controller_that_is_killed_costs_time_only() {
    if !available() {
        return;
    }
    let (bench, mut cluster) = (Bench::new(), Cluster::start(100));
    let mut child = spawn(cluster.of(bench.sweep("slurm", "chunk = 4\nsetup = [\"sleep 8\"]\n")), &bench.out());
    until("records arrive", || records(&bench.out()) >= 8);
    // Slurm writes its state down every five seconds. What it started after that it starts again under the same number, and then
    // drains the node that knows the number: a hold-up that an administrator has to end, and not what is tested here.
    std::thread::sleep(Duration::from_secs(6));
    cluster.kill_controller();
    let (code, text, errors) = finish(cluster.of(bench.status()));
    assert!(code == 0 && text.contains("does not answer"), "{text}{errors}");
    assert!(records(&bench.out()) < TASKS, "the sweep was over too soon to test anything");
    cluster.start_controller();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", log(&bench));
    assert_eq!(results(&bench.out()), bench.expected);
}

#[test]
fn a_node_that_dies_gives_its_tasks_to_the_other() {
    if !available() {
        return;
    }
    let (bench, mut cluster) = (Bench::new(), Cluster::start(100));
    let mut child = spawn(cluster.of(bench.sweep("slurm", "chunk = 4\nsetup = [\"sleep 2\"]\n")), &bench.out());
    let running = |cluster: &Cluster| cluster.say("squeue", &["--noheader", "--states=RUNNING", "--format=%N"]);
    until("both nodes work", || running(&cluster).lines().count() == 2);
    cluster.kill_node(0);
    until("the node is down", || {
        cluster.say("sinfo", &["--noheader", "--nodes=n1", "--format=%t"]).contains("down")
    });
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", log(&bench));
    assert_eq!(results(&bench.out()), bench.expected);
}

#[test]
fn a_crash_and_a_lack_of_memory_are_named_and_only_their_tasks_run_again() {
    if !available() {
        return;
    }
    let (bench, cluster) = (Bench::new(), Cluster::start(100));
    let crash = bench.once(1, "kill -s SEGV $$");
    let hunger = bench.once(2, "head -c 600M /dev/zero | tail -n 1 | sleep 30");
    let options = format!("chunk = 6\nsetup = ['''{crash}''', '''{hunger}''']\n[slurm]\nmemory = \"400M\"\n");
    let (code, text, errors) = finish(cluster.of(bench.sweep("slurm", &options)));
    assert_eq!(code, 3, "{text}{errors}");
    assert!(text.contains("12 of 24 tasks failed") && errors.contains("signal 11"), "{text}{errors}");
    assert!(errors.contains("memory limit"), "{errors}");
    assert_eq!(records(&bench.out()), 12);
    let (code, text, _) = finish(cluster.of(bench.status()));
    assert!(code == 0 && text.contains("12 of 24"), "{text}");

    let (code, text, errors) = finish(cluster.of(bench.sweep("slurm", &options)));
    assert_eq!(code, 0, "{text}{errors}");
    assert!(text.contains("(12 tasks run)"), "{text}");
    let handed_out = fs::read_to_string(bench.out().join("smoke/tasks.jsonl")).unwrap();
    assert_eq!(handed_out.lines().count(), 12, "finished tasks were submitted again");
    assert_eq!(results(&bench.out()), bench.expected);
}

/// Slurm counts time limits in minutes, so this test takes more than one.
#[test]
fn a_worker_that_exceeds_its_time_is_named_and_its_tasks_run_again() {
    if !available() {
        return;
    }
    let (bench, cluster) = (Bench::new(), Cluster::start(100));
    let late = bench.once(1, "sleep 600");
    let options = format!("chunk = 6\nsetup = ['''{late}''']\n[slurm]\ntime = \"00:01:00\"\n");
    let (code, text, errors) = finish(cluster.of(bench.sweep("slurm", &options)));
    assert_eq!(code, 3, "{text}{errors}");
    assert!(text.contains("6 of 24 tasks failed") && errors.contains("TIMEOUT"), "{text}{errors}");
    let (code, text, errors) = finish(cluster.of(bench.sweep("slurm", &options)));
    assert_eq!(code, 0, "{text}{errors}");
    assert!(text.contains("(6 tasks run)"), "{text}");
    assert_eq!(results(&bench.out()), bench.expected);
}

#[test]
fn who_waits_may_leave_and_come_back() {
    if !available() {
        return;
    }
    let (bench, cluster) = (Bench::new(), Cluster::start(100));
    let sweep = || cluster.of(bench.sweep("slurm", "chunk = 3\nsetup = [\"sleep 1\"]\n"));
    let mut child = spawn(sweep(), &bench.out());
    until("records arrive", || records(&bench.out()) >= 3);
    let kill =
        std::process::Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(log(&bench).contains("scancel"), "{}", log(&bench));
    let (_, text, _) = finish(cluster.of(bench.status()));
    assert!(text.contains("running"), "{text}");

    let (code, text, errors) = finish(sweep());
    assert_eq!(code, 0, "{text}{errors}");
    assert!(errors.contains("waiting for them first"), "{errors}");
    assert_eq!(
        cluster.say("squeue", &["--noheader", "--states=all", "--array", "--format=%i"]).lines().count(),
        8
    );
    assert_eq!(results(&bench.out()), bench.expected);
}

#[test]
fn what_slurm_refuses_is_said_in_its_words() {
    if !available() {
        return;
    }
    let (bench, cluster) = (Bench::new(), Cluster::start(100));
    let (code, _, errors) = finish(cluster.of(bench.sweep("slurm", "[slurm]\npartition = \"nowhere\"\n")));
    assert!(code == 3 && errors.contains("invalid partition"), "{errors}");
    let mut jobs = bench.sweep("slurm", "");
    jobs.args(["--jobs", "2"]);
    let (code, _, errors) = finish(cluster.of(jobs));
    assert!(code == 2 && errors.contains("at_once"), "{errors}");
}

#[test]
fn a_machine_without_slurm_gets_a_sentence() {
    let bench = Bench::new();
    let mut command = bench.sweep("slurm", "");
    command.env("PATH", "/nonexistent");
    let (code, _, errors) = finish(command);
    assert!(code == 2 && errors.contains("slurm-client"), "{errors}");
    let (code, _, errors) = finish(program(&["run", "--engine", "pbs"]));
    assert!(code == 2 && errors.contains("local, slurm, parallel"), "{errors}");
}

fn log(bench: &Bench) -> String {
    fs::read_to_string(bench.out().with_extension("log")).unwrap()
}
