use std::{
    io::{self, IsTerminal as _, Write},
    time::Duration,
};

use billing_focus::{Check, Columns, InvoiceTotal, Row, Rows, Schema, Writer};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Common, Failure, output::Output, say};

/// The outcome of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Written,
    SumsDiffer,
}

/// Writes all rows, and compares their sums with the vendor's totals.
pub(crate) async fn write(
    mut rows: Rows,
    columns: Columns,
    common: &Common,
) -> Result<Outcome, Failure> {
    let output = Output::open(common.output.as_deref())?;
    let writer = Writer::new(common.format, output, Schema::new(common.version, columns))?;
    let mut export = Export::new(writer, Check::default(), common);
    while let Some(row) = rows.try_next().await? {
        export.add(&row)?;
    }
    let (output, check) = export.finish()?;
    output.commit()?;
    Ok(compare(common, &check, rows.totals()))
}

/// An incomplete file.
pub(crate) struct Export<W: Write + Send> {
    pub(crate) writer: Writer<W>,
    pub(crate) check: Check,
    progress: ProgressBar,
}

impl<W: Write + Send> Export<W> {
    pub(crate) fn new(writer: Writer<W>, check: Check, common: &Common) -> Self {
        Self { writer, check, progress: progress(common) }
    }

    pub(crate) fn add(&mut self, row: &Row) -> Result<(), Failure> {
        self.writer.write(row)?;
        self.check.add(row)?;
        self.progress.inc(1);
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(W, Check), Failure> {
        self.progress.finish_and_clear();
        Ok((self.writer.finish()?, self.check))
    }
}

/// Creates a progress bar, which is visible only on a terminal to which the rows are not written.
fn progress(common: &Common) -> ProgressBar {
    if common.output.is_none() && io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} rows in {elapsed}") {
        bar.set_style(style);
    }
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    bar
}

/// With `--check`, reports how the sums compare with the invoices.
pub(crate) fn compare(common: &Common, check: &Check, totals: &[InvoiceTotal]) -> Outcome {
    if !common.check {
        return Outcome::Written;
    }
    let comparisons = check.compare(totals);
    if comparisons.is_empty() {
        say(format_args!("check: there are no rows and no invoice"));
    }
    for comparison in &comparisons {
        say(format_args!("check: {comparison}"));
    }
    match comparisons.iter().any(|comparison| comparison.differs()) {
        true => Outcome::SumsDiffer,
        false => Outcome::Written,
    }
}
