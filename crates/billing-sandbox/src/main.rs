//! Starts a billing sandbox, alone or around a command.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitStatus;
use std::time::Duration;

use billing_sandbox::{Sandbox, SandboxBuilder};
use tokio::process::Command;
use tokio::signal;

const HELP: &str = "\
Serves the vendors' billing APIs on 127.0.0.1 with invented data.

Usage: billing-sandbox [OPTIONS]
       billing-sandbox [OPTIONS] [--] COMMAND [ARGUMENTS]...

With a COMMAND, runs it with the environment that points at the sandbox, and
exits with its status. Without one, prints that environment as `export` lines
and serves until Ctrl-C.

Options:
      --port N               port for Scaleway (default: a free port)
      --fastly-port N        port for Fastly (default: a free port)
      --viam-port N          port for Viam (default: a free port)
      --today YYYY-MM-DD     the date that the sandbox uses as today
                             (default: the current date in UTC)
      --log                  print each request to standard error
      --invoices N           number of invoices (default: 120)
      --invoice-file-size N  pad invoice files to this many bytes
      --charges N            number of charges per month (default: 650)
      --fail-every N         make every Nth request to Scaleway fail, in one of
                             four ways
      --fastly-fail-every N  make every Nth request to Fastly fail, in one of
                             four ways
      --viam-fail-every N    make every Nth call to Viam fail, with UNAVAILABLE
                             or RESOURCE_EXHAUSTED
      --viam-flaky-start N   make the first N calls to Viam fail
      --stall N              close the connection of a failing request without
                             a response after this many milliseconds
      --pending N            number of requests for Fastly's month-to-date
                             invoice until it is available (default: 1)
      --latency N            wait this many milliseconds before each response
  -h, --help                 print this help
  -V, --version              print the version
";

/// The exit status if the command line is invalid or the sandbox cannot start.
const USAGE_ERROR: i32 = 2;
/// The exit status that a shell uses for a command that cannot be started.
const CANNOT_START: i32 = 127;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let status = match parse(std::env::args_os().skip(1)) {
        Ok(Action::Print(text)) => print(&text).map_or(1, |()| 0),
        Ok(Action::Serve { sandbox, command }) => match sandbox.start().await {
            Ok(sandbox) if command.is_empty() => serve(&sandbox).await,
            Ok(sandbox) => run(&sandbox, &command).await,
            Err(error) => {
                eprintln!("billing-sandbox: cannot start: {error}");
                USAGE_ERROR
            }
        },
        Err(message) => {
            eprintln!("billing-sandbox: {message}\nTry `billing-sandbox --help`.");
            USAGE_ERROR
        }
    };
    std::process::exit(status);
}

enum Action {
    Print(String),
    Serve { sandbox: SandboxBuilder, command: Vec<OsString> },
}

/// Parses the options; the first argument that is not an option starts the command.
fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Action, String> {
    let mut sandbox = Sandbox::builder();
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        if !text.starts_with('-') {
            let command = std::iter::once(arg).chain(args).collect();
            return Ok(Action::Serve { sandbox, command });
        }
        let (option, value) = match text.split_once('=') {
            Some((option, value)) => (option, Some(OsString::from(value))),
            None => (&*text, None),
        };
        let mut value = || value.clone().or_else(|| args.next());
        match option {
            "--port" => sandbox = sandbox.port(number(option, value())?),
            "--fastly-port" => sandbox = sandbox.fastly_port(number(option, value())?),
            "--viam-port" => sandbox = sandbox.viam_port(number(option, value())?),
            "--today" => {
                let value = value().ok_or("`--today` needs a date, such as 2026-06-15")?;
                let date = value.to_string_lossy().parse();
                sandbox = sandbox.today(date.map_err(|_| {
                    format!("`--today` cannot be `{}`: write YYYY-MM-DD", value.to_string_lossy())
                })?);
            }
            "--log" => sandbox = sandbox.log_requests(true),
            "--pending" => sandbox = sandbox.pending(number(option, value())?),
            "--invoices" => sandbox = sandbox.invoices(number(option, value())?),
            "--invoice-file-size" => sandbox = sandbox.invoice_file_size(number(option, value())?),
            "--charges" => sandbox = sandbox.charges(number(option, value())?),
            "--fail-every" => sandbox = sandbox.fail_every(number(option, value())?),
            "--fastly-fail-every" => sandbox = sandbox.fastly_fail_every(number(option, value())?),
            "--viam-fail-every" => sandbox = sandbox.viam_fail_every(number(option, value())?),
            "--viam-flaky-start" => sandbox = sandbox.viam_flaky_start(number(option, value())?),
            "--stall" => {
                sandbox = sandbox.stall(Duration::from_millis(number(option, value())?));
            }
            "--latency" => {
                sandbox = sandbox.latency(Duration::from_millis(number(option, value())?));
            }
            _ => match &*text {
                "--" => {
                    let command = args.collect();
                    return Ok(Action::Serve { sandbox, command });
                }
                "-h" | "--help" => return Ok(Action::Print(HELP.to_owned())),
                "-V" | "--version" => {
                    let version = env!("CARGO_PKG_VERSION");
                    return Ok(Action::Print(format!("billing-sandbox {version}\n")));
                }
                _ => return Err(format!("unknown option `{text}`")),
            },
        }
    }
    let command = Vec::new();
    Ok(Action::Serve { sandbox, command })
}

fn number<T: std::str::FromStr>(option: &str, value: Option<OsString>) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("`{option}` needs a number"))?;
    let value = value.to_string_lossy();
    value.parse().map_err(|_| format!("`{option}` cannot be `{value}`"))
}

/// Writes to standard output, which may be closed.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Prints the environment and waits for Ctrl-C.
async fn serve(sandbox: &Sandbox) -> i32 {
    let interrupted = tokio::spawn(signal::ctrl_c());
    // Listens for Ctrl-C before the output announces that the sandbox is running.
    tokio::task::yield_now().await;

    let exports: String = sandbox
        .environment()
        .iter()
        .map(|(name, value)| format!("export {name}={value}\n"))
        .collect();
    if let Err(error) = print(&exports) {
        eprintln!("billing-sandbox: cannot print the environment: {error}");
        return 1;
    }
    eprintln!(
        "Serving made-up billing data on {} (Scaleway), {} (Fastly) and {} (Viam). Set the \
         variables above in another shell; Ctrl-C ends it.",
        sandbox.scaleway().url(),
        sandbox.fastly().url(),
        sandbox.viam().url()
    );
    match interrupted.await.map_err(io::Error::from).and_then(|waited| waited) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("billing-sandbox: cannot wait for Ctrl-C: {error}");
            1
        }
    }
}

/// Runs the command in the sandbox's environment and returns its status.
async fn run(sandbox: &Sandbox, command: &[OsString]) -> i32 {
    let [program, args @ ..] = command else {
        return USAGE_ERROR;
    };
    // Ctrl-C also reaches the command, which decides whether to exit.
    tokio::spawn(async { while signal::ctrl_c().await.is_ok() {} });
    tokio::task::yield_now().await;

    let mut command = Command::new(program);
    command.args(args);
    for name in sandbox.conflicting_environment() {
        command.env_remove(name);
    }
    command.envs(sandbox.environment());
    let status = match command.spawn() {
        Ok(mut child) => child.wait().await,
        Err(error) => {
            let program = program.to_string_lossy();
            eprintln!("billing-sandbox: cannot run `{program}`: {error}");
            return CANNOT_START;
        }
    };
    match status {
        Ok(status) => code(status),
        Err(error) => {
            eprintln!("billing-sandbox: cannot wait for the command: {error}");
            1
        }
    }
}

/// The command's own status or, like a shell, 128 plus the signal that ended it.
fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(1)
}
