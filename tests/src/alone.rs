use std::{error::Error, process::Stdio};

use tokio::process::Command;

/// The variable that tells a test that it runs in its own process.
const VARIABLE: &str = "BILLING_TESTS_ALONE";

/// A test in a separate process, for state of the whole process such as its environment or memory.
///
/// The test calls [`Alone::argument`]. Without an argument it is the parent, which starts itself
/// again with [`run`](Self::run); with one it is the child.
#[derive(Debug)]
pub struct Alone {
    test: &'static str,
    command: Command,
}

impl Alone {
    /// The test with this path in the running test program, such as `faults::refused_connection`.
    pub fn new(test: &'static str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).stdin(Stdio::null());
        Self { test, command }
    }

    /// The argument of [`run`](Self::run); `None` in the parent.
    pub fn argument() -> Option<String> {
        std::env::var(VARIABLE).ok()
    }

    /// Sets an environment variable of the child.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    /// Runs the test, which must exist and pass.
    pub async fn run(mut self, argument: impl AsRef<str>) {
        let run = self.command.env(VARIABLE, argument.as_ref()).output().await.unwrap();
        let printed = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
        assert!(printed.contains("1 passed"), "no test is called {}: {printed}", self.test);
    }
}

/// An error and its whole chain of causes, as a log would show them.
pub fn chain(error: &dyn Error) -> String {
    lines(error).join(": ")
}

/// An error and each of its causes.
pub fn lines(error: &dyn Error) -> Vec<String> {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect()
}
