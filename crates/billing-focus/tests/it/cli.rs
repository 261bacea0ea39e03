//! The program: its files, its messages and its exit codes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use billing_sandbox::Sandbox;
use billing_tests::{Reply, ScriptedServer, json};

use crate::checker::Table;

const SECRET: &str = "11111111-2222-3333-4444-555555555555";

/// The program with no environment variables except these.
fn program(environment: &[(&str, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_billing-focus"));
    command.args(arguments).env_clear();
    // No configuration file of the user.
    command.env("HOME", "/nonexistent").env("XDG_CONFIG_HOME", "/nonexistent");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

async fn run(environment: &[(&str, String)], arguments: &[&str]) -> Output {
    let mut command = program(environment, arguments);
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

    let dash = in_sandbox(&sandbox, &[&month[..], &["-o", "-"]].concat()).await;
    let output = in_sandbox(&sandbox, &month).await;
    assert_code(&output, 0);
    assert_eq!(dash.stdout, output.stdout, "- is standard output");
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
        "check: invoice INV-99999: 6 rows, 6432.32 USD in total, which matches the invoice"
    );
    let by_id = in_sandbox(&sandbox, &["fastly", "--invoice", "INV-99999"]).await;
    assert_eq!(by_month.stdout, by_id.stdout);
    let to_date = in_sandbox(&sandbox, &["fastly", "--month-to-date", "--check"]).await;
    assert_code(&to_date, 0);
    assert_eq!(
        line(&to_date),
        "check: no invoice: 6 rows, 4319.67 USD in total, which matches the vendor's total"
    );

    let none = in_sandbox(&sandbox, &["fastly", "--month", "2026-06"]).await;
    assert_code(&none, 1);
    assert!(line(&none).contains("no invoice of 2026-06"));
}

#[tokio::test]
async fn viam_is_written_for_the_current_month() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let output = in_sandbox(&sandbox, &["viam", "--check"]).await;
    assert_code(&output, 0);
    assert_eq!(
        line(&output),
        "check: no invoice: 7 rows, 40.71 USD in total, which matches the vendor's total"
    );
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
            "34 rows, 234.60 EUR before tax, which matches the invoice; 281.52 EUR in total, which matches the invoice"
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
        (&["scaleway", "--month", "2026-13"], "2026-05"),
        (&["fastly", "--month", "2026-05", "--invoice", "INV-1"], "cannot be used with"),
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
    for (command, part) in [
        ("scaleway", "SCW_SECRET_KEY"),
        ("fastly", "FASTLY_API_TOKEN"),
        ("viam", "VIAM_PRIMARY_ORG_ID"),
    ] {
        let output = run(&[], &[command, "--help"]).await;
        assert_code(&output, 0);
        let help = String::from_utf8(output.stdout).unwrap();
        for part in [part, "--format", "Exit codes", &format!("Example: billing-focus {command}")] {
            assert!(help.contains(part), "{help}");
        }
    }
}

#[tokio::test]
async fn unsupported_resumes_are_rejected_before_sending() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (output, cursor) = (at("may.csv"), at("cursor"));
    fs::write(&output, "old").unwrap();
    let same = directory.path().join("./may.csv").to_str().unwrap().to_owned();
    let partial = at("may.csv.partial");
    let charges = ["--source", "charges"];
    for (arguments, code, part) in [
        (&["--resume", &cursor, "-o", &output][..], 2, "--source charges"),
        (&[&charges[..], &["--resume", &cursor]].concat(), 2, "give it with -o"),
        (&[&charges[..], &["--resume", &same, "-o", &output]].concat(), 2, "a file of its own"),
        (&[&charges[..], &["--resume", &partial, "-o", &output]].concat(), 2, "a file of its own"),
        (&[&charges[..], &["--resume", &cursor, "-o", "/dev/null"]].concat(), 1, "not a regular"),
        (&[&charges[..], &["--resume", &cursor, "-o", &at("may.parquet")]].concat(), 2, "Parquet"),
    ] {
        let server = ScriptedServer::start([Reply::Close]).await;
        let month = ["scaleway", "--month", "2026-05"];
        let output = run(&credentials(&server), &[&month[..], arguments].concat()).await;
        assert_code(&output, code);
        assert!(line(&output).contains(part), "{}", line(&output));
        assert_eq!(server.requests(), [""; 0]);
    }
    assert_eq!(fs::read(&output).unwrap(), b"old");
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}

#[tokio::test]
async fn the_extension_names_the_format() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    for (name, more, start) in [
        ("may.JSONL", &[][..], "{"),
        ("may.csv", &["--format", "jsonl"], "{"),
        ("may.txt", &[], "BilledCost,"),
        ("may", &[], "BilledCost,"),
        #[cfg(feature = "parquet")]
        ("may.parquet", &[], "PAR1"),
    ] {
        let path = directory.path().join(name);
        let file = ["viam", "-o", path.to_str().unwrap()];
        assert_code(&in_sandbox(&sandbox, &[&file[..], more].concat()).await, 0);
        assert!(fs::read(&path).unwrap().starts_with(start.as_bytes()), "{name}");
    }
    #[cfg(not(feature = "parquet"))]
    for arguments in [["-o", "may.parquet"], ["--format", "parquet"]] {
        let output = in_sandbox(&sandbox, &[&["viam"], &arguments[..]].concat()).await;
        assert_code(&output, 2);
        assert!(line(&output).contains("--features parquet"), "{}", line(&output));
    }
}

#[tokio::test]
async fn a_closed_pipe_is_not_an_error() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).charges(2_500);
    let sandbox = sandbox.start().await.unwrap();
    let arguments = ["scaleway", "--month", "2026-05", "--source", "charges"];
    let mut command = program(&sandbox.environment(), &arguments);
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert_code(&output, 1);
    assert_eq!(output.stderr, b"");
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
    let directory = directory.path().join("none");
    let expected =
        format!("cannot write `{nowhere}`: there is no folder `{}`", directory.display());
    assert_eq!(line(&output), format!("billing-focus: {expected}"));
}

#[tokio::test]
async fn charges_that_cannot_be_checked_leave_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("may.csv");
    fs::write(&path, "old").unwrap();
    let file = ["scaleway", "--month", "2026-05", "--source", "charges", "--check", "-o"];
    let file = [&file[..], &[path.to_str().unwrap()]].concat();
    let server = ScriptedServer::start([page(0, 10, None), refused()]).await;
    let output = run(&credentials(&server), &file).await;
    assert_code(&output, 1);
    assert!(line(&output).contains("403"), "{}", line(&output));
    assert_eq!(fs::read(&path).unwrap(), b"old");

    // With a cursor file, the rows wait for the next run.
    let cursor = directory.path().join("cursor");
    let file = [&file[..], &["--resume", cursor.to_str().unwrap()]].concat();
    let server = ScriptedServer::start([page(0, 1_000, None), refused()]).await;
    assert_code(&run(&credentials(&server), &file).await, 1);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let empty = json(r#"{"total_count": 0, "invoices": []}"#);
    let server = ScriptedServer::start([empty]).await;
    let output = run(&credentials(&server), &file).await;
    assert_code(&output, 0);
    assert!(line(&output).contains("1000 rows"), "{}", line(&output));
    assert_eq!(server.requests().len(), 1, "no charge was fetched again");
    assert_eq!(Table::from_csv(&fs::read(&path).unwrap()).rows.len(), 1_000);
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}

fn refused() -> Reply {
    Reply::http("403 Forbidden", &["content-type: application/json"], "{}")
}

fn credentials(server: &ScriptedServer) -> [(&'static str, String); 3] {
    [
        ("SCW_API_URL", server.url()),
        ("SCW_SECRET_KEY", SECRET.to_owned()),
        ("SCW_DEFAULT_ORGANIZATION_ID", "22222222-2222-2222-2222-222222222222".to_owned()),
    ]
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

/// The arguments for charges to `may.csv` in a directory, with a cursor file.
fn charges_in(directory: &Path) -> Vec<String> {
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let (output, cursor) = (path("may.csv"), path("cursor"));
    let arguments = ["scaleway", "--source", "charges", "--month", "2026-05", "-o", &output];
    [&arguments[..], &["--resume", &cursor]].concat().into_iter().map(str::to_owned).collect()
}

async fn charges(script: Vec<Reply>, directory: &Path, more: &[&str]) -> (Output, Vec<String>) {
    let server = ScriptedServer::start(script).await;
    let arguments = charges_in(directory);
    let arguments: Vec<_> =
        arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    (run(&credentials(&server), &arguments).await, server.requests())
}

fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_after_a_kill_are_those_of_one_run() {
    let pages =
        || [page(0, 1_000, Some("t1")), page(1_000, 1_300, Some("t2")), page(2_300, 700, None)];
    let whole = tempfile::tempdir().unwrap();
    let (output, _) = charges(pages().to_vec(), whole.path(), &[]).await;
    assert_code(&output, 0);

    let directory = tempfile::tempdir().unwrap();
    let arguments = charges_in(directory.path());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    // The third page never comes.
    let [first, second, _] = pages();
    let server = ScriptedServer::start([first, second, Reply::Stall(Vec::new())]).await;
    let mut child = program(&credentials(&server), &arguments).spawn().unwrap();
    let waiting = async {
        while server.requests().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.unwrap();
    // SIGKILL: the program cannot clean up.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(names(directory.path()), ["cursor", "may.csv.partial"]);
    // A truncated row does no harm.
    let partial = directory.path().join("may.csv.partial");
    let mut bytes = fs::read(&partial).unwrap();
    bytes.extend_from_slice(b"fr-par-1,0.2");
    fs::write(&partial, bytes).unwrap();

    let (output, requests) = charges(pages()[1..].to_vec(), directory.path(), &[]).await;
    assert_code(&output, 0);
    assert!(requests[0].contains("page_token=t1"), "{}", requests[0]);
    assert_eq!(names(directory.path()), ["may.csv"]);
    let read = |directory: &Path| fs::read(directory.join("may.csv")).unwrap();
    assert_eq!(read(directory.path()), read(whole.path()));
}

#[cfg(unix)]
#[tokio::test]
async fn a_resumable_file_keeps_the_permissions_and_the_link_of_the_old_one() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("real.csv");
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.csv", directory.path().join("may.csv")).unwrap();
    let script = vec![page(0, 1_000, Some("t1")), refused()];
    assert_code(&charges(script, directory.path(), &[]).await.0, 1);
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(directory.path().join("real.csv.partial")), 0o600);
    let (output, _) = charges(vec![page(1_000, 1, None)], directory.path(), &[]).await;
    assert_code(&output, 0);
    assert_eq!(names(directory.path()), ["may.csv", "real.csv"]);
    assert_eq!(mode(real.clone()), 0o600);
    assert_eq!(Table::from_csv(&fs::read(real).unwrap()).rows.len(), 1_001);
}

#[tokio::test]
async fn a_missing_partial_file_is_an_error_with_advice() {
    let directory = tempfile::tempdir().unwrap();
    let script = vec![page(0, 1_000, Some("t1")), refused()];
    assert_code(&charges(script, directory.path(), &[]).await.0, 1);
    fs::remove_file(directory.path().join("may.csv.partial")).unwrap();
    let (output, requests) = charges(vec![refused()], directory.path(), &[]).await;
    assert_code(&output, 1);
    assert!(line(&output).contains("is missing; delete it to start again"), "{}", line(&output));
    assert_eq!(requests, [""; 0]);
}

#[tokio::test]
async fn charges_continue_after_a_failure() {
    let directory = tempfile::tempdir().unwrap();
    let names = || names(directory.path());

    let script = vec![page(0, 1_000, Some("t1")), page(1_000, 500, Some("t2")), refused()];
    let (output, _) = charges(script, directory.path(), &[]).await;
    assert_code(&output, 1);
    assert!(line(&output).contains("run the same command again"), "{}", line(&output));
    assert_eq!(names(), ["cursor", "may.csv.partial"]);

    // A different export must not continue these files.
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
        "check: invoice i1: 2500 rows, 3124375.00 EUR before tax, which matches the invoice"
    );
    assert!(requests[0].contains("page_token=t1"), "{}", requests[0]);
    assert_eq!(names(), ["may.csv"]);
    let table = Table::from_csv(&fs::read(directory.path().join("may.csv")).unwrap());
    let resources: Vec<_> =
        table.views().map(|row| row.get("ResourceId").unwrap().to_owned()).collect();
    let expected: Vec<_> = (0..2_500).map(|number| format!("r{number}")).collect();
    assert_eq!(resources, expected, "each charge once and in order");
}
