//! The examples of `docs/reading-results.md` run as they stand there.

#![allow(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The one block of the document in a language.
fn example(language: &str) -> String {
    let document = fs::read_to_string(Path::new(ROOT).join("docs/reading-results.md")).unwrap();
    let fence = format!("```{language}\n");
    assert_eq!(document.matches(&fence).count(), 1, "{language}");
    let (_, block) = document.split_once(&fence).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// Runs `program` on the example in `language` and a short run's results; the picture must be there afterwards.
fn draws(program: &Path, language: &str, picture: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("plot");
    fs::write(&script, example(language)).unwrap();
    let scenario = Path::new(ROOT).join("scenarios/openai-cannot-honour.toml");
    let mut run = Command::new(env!("CARGO_BIN_EXE_knockon"));
    run.arg("run").arg(scenario).args(["-q", "--trials", "500", "--out", "results"]);
    assert!(run.current_dir(folder.path()).output().unwrap().status.success());
    let drawn = Command::new(program).current_dir(folder.path()).arg(&script).arg("results").output().unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    assert!(fs::metadata(folder.path().join(picture)).unwrap().len() > 5_000, "{picture} is all but empty");
}

/// A Python with the packages: that of `KNOCKON_PYTHON`, of `.ci/run`, or of the machine.
fn python() -> Option<PathBuf> {
    let built =
        Path::new(env!("CARGO_BIN_EXE_knockon")).ancestors().nth(2).unwrap().join("reading-results/bin/python3");
    let candidates = [env::var_os("KNOCKON_PYTHON").map(PathBuf::from), Some(built), Some(PathBuf::from("python3"))];
    let works = |python: &PathBuf| {
        let tried = Command::new(python).args(["-c", "import pandas, matplotlib"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    candidates.into_iter().flatten().find(works)
}

#[test]
fn pandas_draws_what_the_document_says() {
    match python() {
        Some(python) => draws(&python, "python", "knockon-pandas.png"),
        None => println!("SKIPPED: no Python with pandas and matplotlib is here (KNOCKON_PYTHON may name one)"),
    }
}

#[test]
fn r_draws_what_the_document_says() {
    let rscript = Path::new("Rscript");
    match Command::new(rscript).arg("--version").output() {
        Ok(_) => draws(rscript, "r", "knockon-r.pdf"),
        Err(_) => println!("SKIPPED: Rscript is not here"),
    }
}
