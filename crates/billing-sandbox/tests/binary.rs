//! The command line program. These tests start processes, each of which briefly inherits the
//! sockets of the test process. The tests that check for freed ports are therefore in another
//! program.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use billing_sandbox::Sandbox;
use serde_json::Value;

const EXE: &str = env!("CARGO_BIN_EXE_billing-sandbox");

fn run(args: &[&str]) -> Output {
    Command::new(EXE).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn exits_with_the_status_of_the_command() {
    for (script, status) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("kill -TERM $$", 128 + 15),
        // Ctrl-C is left to the command.
        ("kill -INT $PPID; exit 5", 5),
    ] {
        let output = run(&["sh", "-c", script]);
        assert_eq!(output.status.code(), Some(status), "{script}");
        assert_eq!(text(&output.stderr), "", "{script}");
    }
}

#[test]
fn passes_arguments_and_environment_to_the_command() {
    let output = Command::new(EXE)
        .args([
            "--invoices",
            "3",
            "--charges=9",
            "--fail-every",
            "0",
            "--stall=1",
            "--latency=0",
            "--viam-port=0",
            "--",
        ])
        .args(["sh", "-c", r#"echo "$@"; env"#, "sh", "--port", "a b"])
        .env("SCW_PROFILE", "real")
        .env("SCW_SECRET_KEY", "real")
        .env("SCALEWAY_TOKEN", "real")
        .env("FASTLY_API_TOKEN", "real")
        .env("FASTLY_API_KEY", "real")
        .env("FASTLY_API_ENDPOINT", "real")
        .env("OTHER", "kept")
        .output()
        .unwrap();
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(lines[0], "--port a b");
    assert!(lines.contains(&"OTHER=kept"));
    assert!(lines.contains(&"SCW_DEFAULT_REGION=fr-par"));
    assert!(!lines.iter().any(|line| line.ends_with("=real")), "{lines:?}");
}

#[test]
fn command_can_reach_the_sandbox() {
    // A GET in plain bash, using only the environment.
    let probe = r#"exec 3<>/dev/tcp/127.0.0.1/${SCW_API_URL##*:}
        printf 'GET /billing/v2alpha1/discounts HTTP/1.1\r\nHost: x\r\n' >&3
        printf 'X-Auth-Token: %s\r\nConnection: close\r\n\r\n' "$SCW_SECRET_KEY" >&3
        cat <&3"#;
    let output = run(&["bash", "-c", probe]);
    let response = text(&output.stdout);
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    let body: Value = serde_json::from_str(response.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["total_count"], 5);
}

#[test]
fn today_sets_the_date_and_log_prints_requests() {
    let probe = r#"exec 3<>/dev/tcp/127.0.0.1/${SCW_API_URL##*:}
        printf 'GET /billing/v2beta1/invoices?page_size=1&order_by=start_date_desc HTTP/1.1\r\nHost: x\r\n' >&3
        printf 'X-Auth-Token: %s\r\nConnection: close\r\n\r\n' "$SCW_SECRET_KEY" >&3
        cat <&3"#;
    let output = run(&["--log", "--today", "2031-01-01", "bash", "-c", probe]);
    let response = text(&output.stdout);
    let body: Value = serde_json::from_str(response.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["invoices"][0]["billing_period"], "2031-01-01T00:00:00Z");
    assert_eq!(
        text(&output.stderr),
        "GET /billing/v2beta1/invoices?page_size=1&order_by=start_date_desc\n"
    );
}

#[tokio::test]
async fn without_a_command_it_prints_the_environment_and_serves() {
    let mut child =
        Command::new(EXE).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut notice = String::new();
    errors.read_line(&mut notice).unwrap();
    assert!(notice.contains("Ctrl-C"), "{notice}");

    // The variables are complete before the notice.
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let expected = sandbox.environment();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for (name, value) in &expected {
        let line = lines.next().unwrap().unwrap();
        if value.starts_with("http://") {
            let url = line.strip_prefix(&format!("export {name}=")).unwrap();
            assert!(notice.contains(url), "{notice}");
            std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        } else if *name == "VIAM_API_URL" {
            let url = line.strip_prefix("export VIAM_API_URL=").unwrap();
            std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        } else {
            assert_eq!(line, format!("export {name}={value}"));
        }
    }

    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(lines.next().is_none());
}

#[test]
fn command_line_errors_are_reported() {
    for (args, status, message) in [
        (&["--bogus", "true"][..], 2, "unknown option `--bogus`"),
        (&["--port"], 2, "`--port` needs a number"),
        (&["--port", "70000", "true"], 2, "`--port` cannot be `70000`"),
        (&["--charges", "-1"], 2, "`--charges` cannot be `-1`"),
        (&["--fail-every"], 2, "`--fail-every` needs a number"),
        (&["--fastly-fail-every", "x"], 2, "`--fastly-fail-every` cannot be `x`"),
        (&["--viam-fail-every", "x"], 2, "`--viam-fail-every` cannot be `x`"),
        (&["--viam-flaky-start", "x"], 2, "`--viam-flaky-start` cannot be `x`"),
        (&["--today", "tomorrow"], 2, "`--today` cannot be `tomorrow`: write YYYY-MM-DD"),
        (&["--today"], 2, "`--today` needs a date"),
        (&["--viam-port", "x"], 2, "`--viam-port` cannot be `x`"),
        (&["--latency=soon"], 2, "`--latency` cannot be `soon`"),
        (&["/no/such/program", "x"], 127, "cannot run `/no/such/program`"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(status), "{args:?}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
        let error = text(&output.stderr);
        assert!(error.contains(message), "{args:?}: {error}");
    }
}

#[test]
fn prints_help_and_version() {
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("Usage: billing-sandbox"));
    let version = run(&["-V"]);
    assert_eq!(text(&version.stdout), concat!("billing-sandbox ", env!("CARGO_PKG_VERSION"), "\n"));
}
