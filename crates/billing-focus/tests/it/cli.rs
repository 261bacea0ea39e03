//! The program: its files, its messages and its exit codes.

use std::{fs, path::Path, process::Command, process::Output};

use billing_sandbox::Sandbox;
use billing_tests::{Reply, ScriptedServer, json};

use crate::checker::Table;

const SECRET: &str = "11111111-2222-3333-4444-555555555555";

/// Runs the program without any variable but these.
async fn run(environment: &[(&str, String)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_billing-focus"));
    command.args(arguments).env_clear();
    // No configuration file of the user.
    command.env("HOME", "/nonexistent").env("XDG_CONFIG_HOME", "/nonexistent");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    for stream in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(stream).contains(SECRET), "a secret is shown");
    }
    output
}

async fn in_sandbox(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    run(&sandbox.environment(), arguments).await
}

/// The only line on standard error.
#[track_caller]
fn line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn the_month_is_written_to_a_file_and_to_standard_output() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("may.csv");
    let month = ["scaleway", "--month", "2026-05"];

    let file = [&month[..], &["-o", path.to_str().unwrap()]].concat();
    let output = in_sandbox(&sandbox, &file).await;
    assert_code(&output, 0);
    assert_eq!((output.stdout, output.stderr), (vec![], vec![]), "quiet in a pipe");
    assert_eq!(directory.path().read_dir().unwrap().count(), 1, "nothing else is left");

    let output = in_sandbox(&sandbox, &month).await;
    assert_code(&output, 0);
    assert_eq!(output.stdout, fs::read(path).unwrap());
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let readme = include_str!("../../../../README.md");
    for line in text.lines().take(5) {
        assert!(readme.contains(line), "the README shows another first line than {line}");
    }
    assert_eq!(Table::from_csv(&output.stdout).rows.len(), 34);

    let json_lines = [&month[..], &["--format", "jsonl", "--focus-version", "1.4"]].concat();
    let output = in_sandbox(&sandbox, &json_lines).await;
    let table = Table::from_json_lines(&output.stdout);
    assert_eq!(table.rows.len(), 34);
    assert!(table.column("ServiceProviderName").is_some());
    assert!(table.column("ProviderName").is_none());
}

#[tokio::test]
async fn fastly_is_written_by_month_by_invoice_and_to_date() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let by_month = in_sandbox(&sandbox, &["fastly", "--month", "2026-05", "--check"]).await;
    assert_code(&by_month, 0);
    assert_eq!(
        line(&by_month),
        "check: invoice INV-99999: 6 rows, 6432.32 USD in total as invoiced"
    );
    let by_id = in_sandbox(&sandbox, &["fastly", "--invoice", "INV-99999"]).await;
    assert_eq!(by_month.stdout, by_id.stdout);
    let to_date = in_sandbox(&sandbox, &["fastly", "--month-to-date", "--check"]).await;
    assert_code(&to_date, 0);
    assert_eq!(line(&to_date), "check: no invoice: 6 rows, 4319.67 USD in total as invoiced");

    let none = in_sandbox(&sandbox, &["fastly", "--month", "2026-06"]).await;
    assert_code(&none, 1);
    assert!(line(&none).contains("no invoice of 2026-06"));
}

#[tokio::test]
async fn viam_is_written_for_the_current_month() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let output = in_sandbox(&sandbox, &["viam", "--check"]).await;
    assert_code(&output, 0);
    assert_eq!(line(&output), "check: no invoice: 7 rows, 40.71 USD in total as invoiced");
    assert_eq!(Table::from_csv(&output.stdout).rows.len(), 7);
}

#[tokio::test]
async fn a_check_finds_that_charges_differ() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let month = ["scaleway", "--check", "--month", "2026-05"];
    let output = in_sandbox(&sandbox, &month).await;
    assert_code(&output, 0);
    assert!(
        line(&output).ends_with(
            "34 rows, 234.60 EUR before tax as invoiced; 281.52 EUR in total as invoiced"
        )
    );

    let output = in_sandbox(&sandbox, &[&month[..], &["--source", "charges"]].concat()).await;
    assert_code(&output, 3);
    assert!(line(&output).contains("but 234.60 invoiced, a difference of "), "{}", line(&output));
    assert_eq!(Table::from_csv(&output.stdout).rows.len(), 650, "written all the same");
}

#[tokio::test]
async fn a_wrong_command_line_is_one_line_and_exit_code_2() {
    for (arguments, part) in [
        (&[][..], "requires a subcommand"),
        (&["scaleway"], "--month <YYYY-MM>"),
        (&["scaleway", "--month", "May"], "2026-05"),
        (&["scaleway", "--month", "2026-05", "--format", "xlsx"], "csv"),
        (&["scaleway", "--month", "2026-05", "--focus-version", "1.3"], "1.4"),
        (&["scaleway", "--month", "2026-05", "--resume", "c"], "--source charges"),
        (&["fastly"], "--month-to-date"),
        (&["fastly", "--month", "2026-05", "--month-to-date"], "cannot be used with"),
        (&["viam"], "VIAM_PRIMARY_ORG_ID"),
        (&["aws"], "unrecognized subcommand 'aws'"),
    ] {
        let output = run(&[], arguments).await;
        assert_code(&output, 2);
        assert!(line(&output).contains(part), "{}", line(&output));
    }
    let output = run(&[], &["--help"]).await;
    assert_code(&output, 0);
    let help = String::from_utf8(output.stdout).unwrap();
    for part in ["scaleway", "fastly", "viam", "Exit codes", "--check"] {
        assert!(help.contains(part), "{help}");
    }
}

#[tokio::test]
async fn missing_and_wrong_credentials_are_one_line_and_exit_code_1() {
    for (arguments, part) in [
        (&["scaleway", "--month", "2026-05"][..], "SCW_SECRET_KEY"),
        (&["fastly", "--month", "2026-05"], "FASTLY_API_TOKEN"),
        (&["viam", "--organization", "o1"], "VIAM_API_KEY"),
    ] {
        let output = run(&[], arguments).await;
        assert_code(&output, 1);
        assert!(line(&output).contains(part), "{}", line(&output));
        assert!(line(&output).contains("--help"), "{}", line(&output));
    }
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let environment = [
        ("SCW_API_URL", sandbox.scaleway().url()),
        ("SCW_SECRET_KEY", SECRET.to_owned()),
        ("SCW_DEFAULT_ORGANIZATION_ID", sandbox.scaleway().organization_id().to_owned()),
    ];
    let output = run(&environment, &["scaleway", "--month", "2026-05"]).await;
    assert_code(&output, 1);
    assert!(line(&output).contains("401"), "{}", line(&output));
}

#[tokio::test]
async fn a_failure_leaves_the_old_file() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("june.csv");
    fs::write(&path, "old").unwrap();
    let output = path.to_str().unwrap();
    let output = in_sandbox(&sandbox, &["fastly", "--month", "2026-06", "-o", output]).await;
    assert_code(&output, 1);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);

    let nowhere = directory.path().join("none/june.csv");
    let nowhere = nowhere.to_str().unwrap();
    let output = in_sandbox(&sandbox, &["fastly", "--month", "2026-05", "-o", nowhere]).await;
    assert_code(&output, 1);
    assert!(line(&output).contains(nowhere), "{}", line(&output));
}

/// A page of charges, each of which has a price and a resource of its own.
fn page(from: usize, count: usize, next: Option<&str>) -> Reply {
    let charges: Vec<_> = (from..from + count)
        .map(|number| {
            serde_json::json!({
                "organization_id": "o1",
                "sku": "/compute/dev1_s/run_fr-par-1",
                "invoice_id": "i1",
                "resource_id": format!("r{number}"),
                "price": {"currency_code": "EUR", "units": number, "nanos": 250_000_000},
                "start_date": "2026-05-01T00:00:00Z",
                "end_date": "2026-05-31T23:59:59.999999Z",
            })
        })
        .collect();
    json(serde_json::json!({"charges": charges, "next_page_token": next}).to_string())
}

async fn charges(script: Vec<Reply>, directory: &Path, more: &[&str]) -> (Output, Vec<String>) {
    let server = ScriptedServer::start(script).await;
    let environment = [
        ("SCW_API_URL", server.url()),
        ("SCW_SECRET_KEY", SECRET.to_owned()),
        ("SCW_DEFAULT_ORGANIZATION_ID", "22222222-2222-2222-2222-222222222222".to_owned()),
    ];
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let (output, cursor) = (path("may.csv"), path("cursor"));
    let arguments = ["scaleway", "--source", "charges", "--month", "2026-05", "-o", &output];
    let arguments = [&arguments[..], &["--resume", &cursor], more].concat();
    (run(&environment, &arguments).await, server.requests())
}

#[tokio::test]
async fn charges_go_on_where_they_failed() {
    let directory = tempfile::tempdir().unwrap();
    let names = || {
        let entries = directory.path().read_dir().unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let refused = || Reply::http("403 Forbidden", &["content-type: application/json"], "{}");

    let script = vec![page(0, 1_000, Some("t1")), page(1_000, 500, Some("t2")), refused()];
    let (output, _) = charges(script, directory.path(), &[]).await;
    assert_code(&output, 1);
    assert!(line(&output).contains("run the same command again"), "{}", line(&output));
    assert_eq!(names(), ["cursor", "may.csv.partial"]);

    // Another export must not go on with these files.
    let (output, requests) =
        charges(vec![refused()], directory.path(), &["--format", "jsonl"]).await;
    assert_code(&output, 1);
    assert!(line(&output).contains("delete it to start again"), "{}", line(&output));
    assert_eq!(requests, [""; 0]);

    let invoice = serde_json::json!({"total_count": 1, "invoices": [{
        "id": "i1",
        "type": "periodic",
        "billing_period": "2026-05-01T00:00:00Z",
        "issued_date": "2026-06-02T00:00:00Z",
        // The sum of 0.25 to 2499.25.
        "total_untaxed": {"currency_code": "EUR", "units": 3_124_375, "nanos": 0},
    }]});
    let script =
        vec![page(1_000, 500, Some("t2")), page(1_500, 1_000, None), json(invoice.to_string())];
    let (output, requests) = charges(script, directory.path(), &["--check"]).await;
    assert_code(&output, 0);
    assert_eq!(
        line(&output),
        "check: invoice i1: 2500 rows, 3124375.00 EUR before tax as invoiced"
    );
    assert!(requests[0].contains("page_token=t1"), "{}", requests[0]);
    assert_eq!(names(), ["may.csv"]);
    let table = Table::from_csv(&fs::read(directory.path().join("may.csv")).unwrap());
    let resources: Vec<_> =
        table.views().map(|row| row.get("ResourceId").unwrap().to_owned()).collect();
    let expected: Vec<_> = (0..2_500).map(|number| format!("r{number}")).collect();
    assert_eq!(resources, expected, "each charge once and in order");
}
