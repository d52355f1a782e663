//! A headless Chromium that opens a page and says what it did.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What became of a page.
pub(crate) struct Visit {
    /// The document after its scripts ran.
    pub(crate) dom: String,
    /// Everything that was written to the console, errors and policy violations included.
    pub(crate) console: Vec<String>,
    /// What the page asked of the network: addresses and hosts. Files of the disk are not among them.
    pub(crate) requests: Vec<String>,
}

/// Whether tests that need a browser can run. Where one must exist, its absence is a failure.
pub(crate) fn available() -> bool {
    let found = Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    assert!(
        found || std::env::var_os("SADDLEPOINT_REQUIRE_CHROMIUM").is_none(),
        "SADDLEPOINT_REQUIRE_CHROMIUM is set, but there is no `chromium` on the PATH"
    );
    if !found {
        eprintln!("skipped: there is no `chromium` on the PATH");
    }
    found
}

fn chromium(profile: &Path) -> Command {
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--virtual-time-budget=20000",
    ]);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command
}

/// Opens a page of a folder, `page` being its path and perhaps a `#fragment`, and waits until it is done.
pub(crate) fn visit(folder: &Path, page: &str) -> Visit {
    let scratch = tempfile::tempdir().unwrap();
    let (dom, log, net) =
        (scratch.path().join("dom"), scratch.path().join("log"), scratch.path().join("net.json"));
    let child = chromium(&scratch.path().join("profile"))
        .args(["--enable-logging=stderr", "--v=0", "--dump-dom", "--window-size=1280,1600"])
        .arg(format!("--log-net-log={}", net.display()))
        .arg(format!("file://{}/{page}", folder.display()))
        .stdout(fs::File::create(&dom).unwrap())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    wait(child);
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let console = text(&log).lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Visit { dom: text(&dom), console, requests: requests(&text(&net)) }
}

/// Takes a picture of a page in a window of a size, in dark colours if asked.
pub(crate) fn photograph(folder: &Path, page: &str, (width, height): (u32, u32), dark: bool, picture: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = chromium(&scratch.path().join("profile"));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let frame = framed(folder, page, (width, height), scratch.path());
    let child = command
        .args(["--hide-scrollbars", "--allow-file-access-from-files"])
        .arg(format!("--window-size={},{height}", width.max(500)))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", frame.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait(child);
    assert!(picture.is_file(), "no picture of {page}");
}

/// How wide the content of a page is in a window of a width, in pixels: more than the window if it must be scrolled
/// sideways.
pub(crate) fn content_width(folder: &Path, page: &str, width: u32) -> u32 {
    let scratch = tempfile::tempdir().unwrap();
    let dom = scratch.path().join("dom");
    let frame = framed(folder, page, (width, 800), scratch.path());
    let child = chromium(&scratch.path().join("profile"))
        .args(["--dump-dom", "--hide-scrollbars", "--window-size=1000,1000", "--allow-file-access-from-files"])
        .arg(format!("file://{}", frame.display()))
        .stdout(fs::File::create(&dom).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait(child);
    let dom = fs::read_to_string(&dom).unwrap();
    let measured = dom.split_once("data-width=\"").and_then(|(_, rest)| rest.split_once('"'));
    measured.and_then(|(number, _)| number.parse().ok()).unwrap_or_else(|| panic!("no width in {dom}"))
}

/// A page that holds another in a frame of a size and, where it may look inside, writes down its content's width.
/// Windows of a headless browser are at least 500 pixels wide, and telephones are not.
fn framed(folder: &Path, page: &str, (width, height): (u32, u32), scratch: &Path) -> std::path::PathBuf {
    let html = format!(
        "<!doctype html><body style='margin:0'><iframe src='file://{}/{page}' style='border:0;display:block' \
         width={width} height={height}></iframe><script>addEventListener('load', () => setTimeout(() => {{ \
         document.body.dataset.width = frames[0].document.documentElement.scrollWidth; }}, 3000));</script>",
        folder.display()
    );
    let path = scratch.join("frame.html");
    fs::write(&path, html).unwrap();
    path
}

fn wait(mut child: Child) {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_mins(2) {
            child.kill().unwrap();
            panic!("chromium did not finish within two minutes");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What pages from the disk asked for, in a network log. The browser's own errands (its updates, its clock) are told
/// from them by the key under which the network stack keeps different sites apart. The log's last line is missing
/// when the browser ends early, so it is mended first.
fn requests(log: &str) -> Vec<String> {
    let whole: Value = serde_json::from_str(log)
        .or_else(|_| serde_json::from_str(&format!("{}]}}", log.trim_end().trim_end_matches(','))))
        .expect("the network log is JSON");
    let events = whole["events"].as_array().expect("a network log has events");
    let from_disk = |event: &&Value| {
        ["network_isolation_key", "network_anonymization_key"]
            .iter()
            .any(|key| event["params"][*key].as_str().is_some_and(|site| site.contains("file:")))
    };
    let wanted = |event: &Value| {
        ["url", "host"].iter().find_map(|key| event["params"][*key].as_str()).unwrap_or("unknown").to_owned()
    };
    events.iter().filter(from_disk).map(wanted).collect()
}
