//! The examples of the vendors' crates and of the sandbox, run as programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use billing_sandbox::Sandbox;
use scaleway_billing::{
    BillingMonth, Client, Money,
    rust_decimal::Decimal,
    v2::{BillingApi as BudgetsApi, CreateBudgetRequest},
    v2beta1::{BillingApi, ListConsumptionsRequest, ListTaxesRequest},
};
use serde_json::Value;

/// Examples with a test of their own.
const RECIPES: [&str; 6] = [
    "all_vendors",
    "budgets_near_limit",
    "cost_by_project",
    "invoice_archive",
    "invoices_of_year",
    "usage_of_year",
];

/// Examples that print something on a sandbox.
const OTHERS: [&str; 12] = [
    "budgets",
    "charges_to_csv",
    "download_invoice",
    "fastly_invoices",
    "invoice_pdf",
    "invoices",
    "month_to_date",
    "quickstart",
    "scaleway_invoices",
    "trace",
    "usage",
    "usage_by_service",
];

/// The executable of each example. Cargo compiles nothing here if `cargo test --workspace` has
/// already done so.
static EXAMPLES: LazyLock<BTreeMap<String, PathBuf>> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--examples", "--locked", "--message-format", "json"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let example = |message: Value| {
        let target = &message["target"];
        let executable = message["executable"].as_str().filter(|_| target["kind"][0] == "example");
        Some((target["name"].as_str()?.to_owned(), PathBuf::from(executable?)))
    };
    messages.filter_map(example).collect()
});

/// Runs an example on the sandbox, in a folder.
fn run(sandbox: &Sandbox, folder: &Path, example: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(&EXAMPLES[example]);
    for name in sandbox.conflicting_environment() {
        command.env_remove(name);
    }
    command.envs(sandbox.environment()).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn succeeded(output: &Output) -> &str {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// A client of the sandbox.
fn client(sandbox: &Sandbox) -> Client {
    Client::builder()
        .api_url(sandbox.scaleway().url())
        .secret_key(sandbox.scaleway().secret_key())
        .default_organization_id(sandbox.scaleway().organization_id())
        .build()
        .unwrap()
}

/// The rows of a CSV file whose fields need no quotes, by header.
fn rows(csv: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines
        .map(|fields| {
            assert_eq!(fields.len(), header.len(), "{fields:?}");
            header.iter().copied().zip(fields).collect()
        })
        .collect()
}

fn pdfs(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "pdf")).collect()
}

#[tokio::test]
async fn cost_by_project_adds_up_to_the_month() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let month = BillingMonth::current().previous();
    succeeded(&run(&sandbox, folder.path(), "cost_by_project", &["costs.csv"]));

    let csv = fs::read_to_string(folder.path().join("costs.csv")).unwrap();
    let rows = rows(&csv);
    let projects = rows.iter().filter(|row| !row["project_id"].is_empty()).count();
    assert_eq!((projects, rows.len()), (3, 4), "{csv}");
    assert!(rows.iter().all(|row| row["month"] == month.to_string() && row["currency"] == "EUR"));
    let written: Decimal = rows.iter().map(|row| row["cost"].parse::<Decimal>().unwrap()).sum();

    let request = ListConsumptionsRequest::new().billing_period(month);
    let response = BillingApi::new(&client(&sandbox)).list_consumptions(request).await.unwrap();
    let lines = response.consumptions.iter().map(|line| line.value.as_ref().unwrap());
    let sum = Money::checked_sum("EUR", lines).unwrap().to_decimal();
    assert_eq!(written, sum - response.total_discount_untaxed_value);
}

#[tokio::test]
async fn an_archive_of_invoices_continues_where_it_stopped() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["2025", "invoices"];
    succeeded(&run(&sandbox, folder.path(), "invoice_archive", &arguments));
    let invoices = folder.path().join("invoices");
    let complete = pdfs(&invoices);
    assert!(complete.len() >= 12, "{complete:?}");
    assert!(complete.iter().all(|path| fs::read(path).unwrap().starts_with(b"%PDF")));
    let of_2025 =
        |path: &PathBuf| text(path.file_name().unwrap().as_encoded_bytes()).starts_with("2025-");
    assert!(complete.iter().all(of_2025), "{complete:?}");

    // A folder takes the place of the sixth file, so the second four fail.
    let mut names: Vec<_> = complete.iter().map(|path| path.file_name().unwrap()).collect();
    names.sort_unstable();
    fs::remove_dir_all(&invoices).unwrap();
    let obstacle = invoices.join(names[5]);
    fs::create_dir_all(&obstacle).unwrap();
    fs::write(obstacle.join("file"), "").unwrap();
    let failed = run(&sandbox, folder.path(), "invoice_archive", &arguments);
    assert_eq!(failed.status.code(), Some(1));
    let message = text(&failed.stderr);
    assert!(message.starts_with("invoice_archive: ") && message.lines().count() == 1, "{message}");

    fs::remove_dir_all(&obstacle).unwrap();
    let before = sandbox.requests().len();
    let output = run(&sandbox, folder.path(), "invoice_archive", &arguments);
    let saved = complete.len() - 4;
    assert_eq!(succeeded(&output), format!("saved {saved} invoices in invoices\n"));
    let downloads = |request: &String| request.contains("/download");
    assert_eq!(sandbox.requests()[before..].iter().filter(|line| downloads(line)).count(), saved);
    assert_eq!(pdfs(&invoices).len(), complete.len());

    let output = run(&sandbox, folder.path(), "invoice_archive", &arguments);
    assert_eq!(succeeded(&output), "saved 0 invoices in invoices\n");
}

#[tokio::test]
async fn only_budgets_near_their_limit_are_listed() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = run(&sandbox, folder.path(), "budgets_near_limit", &[]);
    assert_eq!(succeeded(&output), "");

    let client = client(&sandbox);
    let billing = BillingApi::new(&client);
    let response = billing.list_consumptions(ListConsumptionsRequest::new()).await.unwrap();
    let lines = response.consumptions.iter().map(|line| line.value.as_ref().unwrap());
    let untaxed = Money::checked_sum("EUR", lines).unwrap().to_decimal()
        - response.total_discount_untaxed_value;
    let taxes = billing.list_taxes(ListTaxesRequest::new()).await.unwrap();
    let tax: Decimal = taxes.taxes.iter().filter_map(|tax| tax.total_tax_value).sum();
    assert!(!tax.is_zero());
    let charged = Money::from_decimal("EUR", untaxed + tax).unwrap();
    let used = u32::try_from(charged.to_decimal().trunc()).unwrap();
    let budgets = BudgetsApi::new(&client);
    let near = budgets.create_budget(CreateBudgetRequest::new(used + 1, true)).await.unwrap();
    budgets.create_budget(CreateBudgetRequest::new(used * 2, true)).await.unwrap();

    let output = run(&sandbox, folder.path(), "budgets_near_limit", &[]);
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let expected = format!("budget {}: {charged} of {}, ", near.id, used + 1);
    assert!(lines[0].starts_with(&expected) && lines[0].ends_with('%'), "{lines:?}");
    let output = run(&sandbox, folder.path(), "budgets_near_limit", &["40"]);
    assert_eq!(text(&output.stdout).lines().count(), 2);
}

#[tokio::test]
async fn a_year_of_usage_has_twelve_months() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    succeeded(&run(&sandbox, folder.path(), "usage_of_year", &["usage.csv"]));

    let csv = fs::read_to_string(folder.path().join("usage.csv")).unwrap();
    let rows = rows(&csv);
    let mut months: Vec<BillingMonth> =
        rows.iter().map(|row| row["month"].parse().unwrap()).collect();
    assert!(months.is_sorted());
    months.dedup();
    let last = BillingMonth::current().previous();
    assert_eq!(months, BillingMonth::range(last.add_months(-11)..=last).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row["quantity"].parse::<Decimal>().is_ok()), "{csv}");
    assert_eq!(sandbox.requests().len(), 4);
}

#[tokio::test]
async fn viam_invoices_of_a_year_are_saved_once() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["2025", "invoices"];
    let output = run(&sandbox, folder.path(), "invoices_of_year", &arguments);
    assert_eq!(succeeded(&output), "saved 12 invoices in invoices\n");
    let saved = pdfs(&folder.path().join("invoices"));
    assert_eq!(saved.len(), 12);
    assert!(saved.iter().all(|path| fs::read(path).unwrap().starts_with(b"%PDF")));
    let output = run(&sandbox, folder.path(), "invoices_of_year", &arguments);
    assert_eq!(succeeded(&output), "saved 0 invoices in invoices\n");
}

#[tokio::test]
async fn one_program_lists_all_vendors() {
    let sandbox =
        Sandbox::builder().today("2026-06-15".parse().unwrap()).invoices(30).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = run(&sandbox, folder.path(), "all_vendors", &[]);
    let rows = rows(succeeded(&output));
    for (vendor, count) in [("Scaleway", 30), ("Fastly", 30), ("Viam", 24)] {
        assert_eq!(rows.iter().filter(|row| row["vendor"] == vendor).count(), count, "{vendor}");
    }
    assert!(rows.iter().all(|row| row["amount"].parse::<Decimal>().is_ok()));
}

#[tokio::test]
async fn every_other_example_runs_on_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for example in OTHERS {
        let output = run(&sandbox, folder.path(), example, &[]);
        assert!(!succeeded(&output).is_empty(), "{example}");
    }
}

#[test]
fn every_example_is_tested() {
    let tools = ["public_api"];
    let examples = EXAMPLES.keys().map(String::as_str);
    let examples: BTreeSet<_> = examples.filter(|name| !tools.contains(name)).collect();
    assert_eq!(examples, RECIPES.into_iter().chain(OTHERS).collect());
}

#[test]
fn a_failing_example_prints_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (example, executable) in EXAMPLES.iter() {
        // They need no variables, take other arguments, or report a line for each vendor.
        if ["quickstart", "trace", "public_api", "all_vendors"].contains(&example.as_str()) {
            continue;
        }
        let arguments: &[&str] = match example.as_str() {
            "invoice_archive" | "invoices_of_year" => &["2025", "invoices"],
            _ => &[],
        };
        let output = Command::new(executable)
            .args(arguments)
            .env_clear()
            .current_dir(folder.path())
            .output()
            .unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{example}: {message}");
        assert!(message.starts_with(&format!("{example}: ")), "{message}");
        assert!(message.ends_with('\n') && message.lines().count() == 1, "{example}: {message}");
    }
}
