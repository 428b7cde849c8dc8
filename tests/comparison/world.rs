//! A folder with scenarios, in which the program runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Two lenders, one of which owes the other, and two borrowers that default now and then.
const PAIR: &str = r#"
[scenario]
title = "A pair of lenders"

[run]
quarters = 8
trials = 3000
seed = 7
twin = true

[obligor.borrower]
type = "spv"
default_model = "latent"
pd_pa = 0.1
rho = 0.2
cash = 0

[obligor.second]
type = "spv"
default_model = "latent"
pd_pa = 0.05
rho = 0.2
cash = 0

[facility.loan]
borrower = "borrower"
amount = 10
rank = 1
spread_pa = 0.02
maturity_q = 20
amortisation = "bullet"
holders = { fund = 1 }

[facility.bond]
borrower = "second"
amount = 6
rank = 1
spread_pa = 0.02
maturity_q = 20
amortisation = "bullet"
holders = { insurer = 1 }

[lender.fund]
type = "credit_fund"
cash = 1
equity = 6

[lender.insurer]
type = "insurer"
cash = 1
external_debt = 5
required_capital = 0.5
fail_ratio = 1

[claim.fund-insurer]
debtor = "fund"
creditor = "insurer"
amount = 5
"#;

/// The folder.
pub struct World {
    folder: TempDir,
}

impl World {
    /// With `scenarios/pair.toml`, and `scenarios/riskier.toml` that extends it.
    pub fn new() -> Self {
        let world = World { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(world.path("scenarios")).unwrap();
        let parent = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/still.toml");
        world.scenario("pair", &format!("extends = {:?}\n{PAIR}", parent.to_str().unwrap()));
        world.scenario("riskier", "extends = \"pair.toml\"\n[obligor.borrower]\npd_pa = 0.12\n");
        world
    }

    /// Writes `scenarios/NAME.toml`.
    pub fn scenario(&self, name: &str, text: &str) {
        let path = self.path("scenarios").join(format!("{name}.toml"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of `scenarios/pair.toml`.
    pub fn pair(&self) -> String {
        fs::read_to_string(self.path("scenarios/pair.toml")).unwrap()
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knockon"));
        command.current_dir(self.folder.path()).args(words.split_whitespace());
        command
    }

    pub fn knockon(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs the program, which must end with that code, and returns its two streams.
    pub fn ends(&self, words: &str, code: i32) -> (String, String) {
        let output = self.knockon(words);
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{words}\nstdout: {out}\nstderr: {err}");
        assert!(!err.contains("panicked"), "{err}");
        (out, err)
    }

    /// Standard output without line breaks, of a command that succeeds.
    pub fn answer(&self, words: &str) -> String {
        self.ends(words, 0).0.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Rows of a plain CSV by header.
pub fn rows(bytes: &[u8]) -> Vec<std::collections::BTreeMap<String, String>> {
    csv::Reader::from_reader(bytes).deserialize().map(Result::unwrap).collect()
}
