//! Writes `crates/viam-billing/src/generated`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/viam-billing/src/generated");
    let files = codegen::proto::generate()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for (path, text) in files {
        fs::write(folder.join(path), text)?;
    }
    Ok(())
}
