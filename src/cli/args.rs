//! The command line's words.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::output::csv::Dialect;
use crate::statistics::{MAX_TRIALS, WORST_TRIALS};

/// More threads than this are a slip of the finger.
const MAX_THREADS: usize = 4096;

/// More measurements than this say nothing new.
const MAX_REPEATS: usize = 1000;

/// Stress-test simulator for debt-financed AI infrastructure: default cascades across lenders.
#[derive(Debug, Parser)]
#[command(name = "knockon", version, about, long_about = None, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Trials after which a run gives up on its precision: an hour or so of a large scenario on two threads.
pub(crate) const PRESET_MAX_TRIALS: u64 = 1 << 22;

const EXIT_CODES: &str = "Exit codes:
  0    done
  1    the run failed
  2    usage, scenario, input file or results directory refused before the run
  3    compare --fail-over: a headline measure differs by more than the tolerance
  130  interrupted; partial results are written and marked";

const CLEAR_FILES: &str =
    "Files: as a spreadsheet saves CSV, commas with decimal points or semicolons with decimal commas.
  NODES.csv   name,external_assets,external_liabilities[,shock][,threshold]
  CLAIMS.csv  debtor,creditor,amount
Standard output is CSV, one row a node in the order of NODES.csv:
  clearing, furfine  name,payment,payment_network,payment_external,payment_fraction,fails,round,equity
  debtrank           name,initial_distress,distress and a last row `system`";

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a scenario and write its results
    Run(RunArguments),
    /// Replay one trial of a run and tell what happened in it, quarter by quarter
    Trace(TraceArguments),
    /// Report every problem of scenario files
    Check(CheckArguments),
    /// Compare finished results with the first of them: differences, their errors, and what the runs differ in
    Compare(CompareArguments),
    /// Clear an exposure matrix: who pays what, who fails in which round
    #[command(after_help = CLEAR_FILES)]
    Clear(ClearArguments),
    /// Measure how fast trials of a scenario run on this machine, and where their time goes
    Bench(BenchArguments),
    /// Print the JSON Schema of scenario files
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff (`knockon man | man -l -`)
    Man,
}

/// Words of a run that ends when it is precise enough.
#[derive(Debug, Args)]
pub struct SequentialArguments {
    /// Run until the 95 % interval of a measure is within this fraction of its estimate on either side, as in `0.02`;
    /// checked after 8,192 trials and whenever their number has doubled
    #[arg(long, value_name = "FRACTION", value_parser = precision, conflicts_with = "trials", allow_negative_numbers = true)]
    pub precision: Option<f64>,
    /// With --precision: the measure, by its name in summary.csv; repeated, all of them [preset: system_loss_mean]
    #[arg(long = "measure", value_name = "METRIC", requires = "precision", conflicts_with = "trials")]
    pub measures: Vec<String>,
    /// With --precision: trials after which the run ends whether it is precise enough or not [preset: 4194304]
    #[arg(long, value_name = "N", value_parser = trials, requires = "precision", conflicts_with = "trials", allow_negative_numbers = true)]
    pub max_trials: Option<u64>,
}

/// Words of `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Scenario file; several run on the same random draws, each compared with the first
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// Number of trials [preset: that of the scenario]
    #[arg(long, value_name = "N", value_parser = trials, allow_negative_numbers = true)]
    pub trials: Option<u64>,
    /// When to end without a number of trials.
    #[command(flatten)]
    pub sequential: SequentialArguments,
    /// Write a row of every trial, in their order, to FILE: CSV in the form of --csv, or Parquet if it ends in `.parquet`
    /// and the program was built with that feature
    #[arg(long, value_name = "FILE")]
    pub trials_out: Option<PathBuf>,
    /// Seed of all random numbers [preset: that of the scenario]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Threads; the results do not depend on them [preset: one per processor]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroUsize>,
    /// Override a key of the scenario, as in `--set obligor.openai.cash=10`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Results directory [preset: results/NAME, after the scenario]; of several scenarios DIR/NAME, and DIR/differences.csv
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into a directory that holds other things; files of the same name are replaced, others stay. Replace the FILE of
    /// --trials-out
    #[arg(long)]
    pub force: bool,
    /// Form of the CSV files: comma and point, or what Excel opens where the comma is decimal
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Plain)]
    pub csv: Form,
    /// Write results.xlsx too: what this is and how sure, charts, and a sheet a table
    #[arg(long)]
    pub xlsx: bool,
    /// Print all tables as one JSON object instead of the report
    #[arg(long)]
    pub json: bool,
    /// Beside each trial run one more for every lender, in which it fails in quarter 1, and write who takes whom down to
    /// forced.csv; dear: with 30 lenders a run takes some 16 times as long
    #[arg(long)]
    pub forced_failures: bool,
    /// Check the model's invariants in every trial; a broken one ends the run, the answer lists the largest residuals
    #[arg(long)]
    pub check: bool,
    /// Nothing on stderr but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell on stderr what was read, how large the world is and how long the steps took
    #[arg(short, long)]
    pub verbose: bool,
}

/// Words of `trace`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct TraceArguments {
    /// Scenario file
    pub scenario: PathBuf,
    /// Number of the trial, from 0
    #[arg(long, value_name = "N", group = "which", allow_negative_numbers = true)]
    pub trial: Option<u64>,
    /// The K-th largest system loss of the run that --trials, --seed and --set describe: 1 is the worst
    #[arg(long, value_name = "K", group = "which", value_parser = worst, allow_negative_numbers = true)]
    pub worst: Option<NonZeroUsize>,
    /// Number of trials of the run searched by --worst [preset: that of the scenario]
    #[arg(long, value_name = "N", value_parser = trials, allow_negative_numbers = true, conflicts_with = "trial")]
    pub trials: Option<u64>,
    /// Seed of all random numbers [preset: that of the scenario]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Threads of the search; the trial does not depend on them [preset: one per processor]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true, conflicts_with = "trial")]
    pub threads: Option<NonZeroUsize>,
    /// Override a key of the scenario, as in `--set obligor.openai.cash=10`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Print the story as one JSON object instead, small losses included
    #[arg(long)]
    pub json: bool,
    /// Nothing on stderr but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// Words of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// List every parameter with its value, source, and kind or confidence of the source
    #[arg(long)]
    pub sources: bool,
    /// Print the scenario after `extends` and `--set`, as TOML
    #[arg(long, conflicts_with = "sources")]
    pub resolved: bool,
    /// Override a key of every file, as in `--set obligor.openai.cash=10`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
}

/// Words of `compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Results directories, as `knockon run` wrote them; the first is what the others are compared with
    #[arg(required = true, num_args = 2.., value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// Exit with 3 if a headline measure differs by more than this fraction of the first (absolutely where that is 0)
    #[arg(long, value_name = "TOLERANCE", value_parser = tolerance, allow_negative_numbers = true)]
    pub fail_over: Option<f64>,
    /// What to print: the headline measures and what is told apart, or every estimate as CSV or JSON
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Form of --format csv: comma and point, or what Excel opens where the comma is decimal [preset: plain]
    #[arg(long, value_name = "FORM", value_enum)]
    pub csv: Option<Form>,
}

/// What a comparison prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Table,
    /// One CSV table
    Csv,
    /// One JSON object
    Json,
}

/// Words of `clear`.
#[derive(Debug, Args)]
pub struct ClearArguments {
    /// Nodes: name, external assets and liabilities; where given, shock and threshold of failure
    #[arg(value_name = "NODES.csv")]
    pub nodes: PathBuf,
    /// Claims between nodes: debtor, creditor, amount
    #[arg(value_name = "CLAIMS.csv")]
    pub claims: PathBuf,
    /// How losses spread
    #[arg(long, value_name = "METHOD", value_enum, default_value_t = Method::Clearing)]
    pub method: Method,
    /// Clearing: share of external assets that survives failure [preset: 1]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub alpha: Option<f64>,
    /// Clearing: share of receipts from other nodes that survives failure [preset: 1]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// Clearing: rank of external creditors in a failed node's estate [preset: pari-passu]
    #[arg(long, value_name = "RANK", value_enum)]
    pub external_priority: Option<Priority>,
    /// Furfine: what every creditor of a failed node gets per unit owed [preset: 0]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub recovery: Option<f64>,
    /// DebtRank: share of a claim lost when its debtor has lost all its equity [preset: 1]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub mark_lgd: Option<f64>,
    /// DebtRank: how late that loss comes, 0 in proportion to the debtor's distress [preset: 0]
    #[arg(long, value_name = "C", value_parser = convexity, allow_negative_numbers = true)]
    pub mark_convexity: Option<f64>,
    /// Form of the output: comma and point, or what Excel opens where the comma is decimal
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Plain)]
    pub csv: Form,
}

/// Words of `bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Scenario file [preset: a built-in world of 30 obligors, 30 lenders and 100 facilities over 20 quarters]
    pub scenario: Option<PathBuf>,
    /// Trials of each measurement, more than 1,024 for every thread but one [preset: as many as take one thread some half a
    /// second]
    #[arg(long, value_name = "N", value_parser = trials, allow_negative_numbers = true)]
    pub trials: Option<u64>,
    /// Numbers of threads to measure with, as in `1,2,4` [preset: 1 and its doubles up to one per processor]
    #[arg(long, value_name = "N,..", value_parser = threads, value_delimiter = ',', allow_negative_numbers = true)]
    pub threads: Vec<NonZeroUsize>,
    /// Measurements of each setting: their median is shown, and the smallest and largest
    #[arg(long, value_name = "R", value_parser = repeats, allow_negative_numbers = true, default_value = "5")]
    pub repeats: NonZeroUsize,
    /// Override a key of the scenario, as in `--set channels.funding=false`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Print one JSON object instead of the tables
    #[arg(long)]
    pub json: bool,
    /// Nothing on stderr but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// How losses spread through a matrix of exposures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Greatest clearing vector: Eisenberg and Noe, with costs of failure Rogers and Veraart
    Clearing,
    /// Rounds of failures with a fixed recovery
    Furfine,
    /// Losses of equity that spread before anybody defaults
    Debtrank,
}

impl Method {
    /// Its word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Method::Clearing => "clearing",
            Method::Furfine => "furfine",
            Method::Debtrank => "debtrank",
        }
    }
}

/// Rank of external creditors in the estate of a failed node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Priority {
    /// All creditors share in proportion to what they are owed
    PariPassu,
    /// External creditors are paid first
    Senior,
}

/// Form of CSV files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Comma, decimal point, line feed
    Plain,
    /// Byte order mark, semicolon, decimal comma, carriage return and line feed
    Excel,
}

impl From<Form> for Dialect {
    fn from(form: Form) -> Self {
        match form {
            Form::Plain => Dialect::Plain,
            Form::Excel => Dialect::Excel,
        }
    }
}

fn trials(text: &str) -> Result<u64, String> {
    let trials = text.parse().map_err(|_| "not a whole number".to_owned())?;
    match trials {
        0 => Err("a run needs at least 1 trial".to_owned()),
        1..=MAX_TRIALS => Ok(trials),
        _ => Err(format!("more than the {MAX_TRIALS} trials that the sums can hold")),
    }
}

fn precision(text: &str) -> Result<f64, String> {
    let precision: f64 = text.parse().map_err(|_| "not a number; 2 % is written 0.02".to_owned())?;
    let sound = precision > 0.0 && precision < 1.0;
    if sound { Ok(precision) } else { Err("expected a fraction above 0 and below 1; 2 % is written 0.02".to_owned()) }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("expected a share from 0 to 1".to_owned()) }
}

fn convexity(text: &str) -> Result<f64, String> {
    let convexity: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let sound = convexity >= 0.0 && convexity.is_finite();
    if sound { Ok(convexity) } else { Err("expected a number of at least 0".to_owned()) }
}

fn tolerance(text: &str) -> Result<f64, String> {
    let tolerance: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let sound = tolerance >= 0.0 && tolerance.is_finite();
    if sound { Ok(tolerance) } else { Err("expected a fraction of at least 0, such as 0.01".to_owned()) }
}

fn worst(text: &str) -> Result<NonZeroUsize, String> {
    let rank = text.parse().map_err(|_| "not a whole number".to_owned())?;
    let positive = NonZeroUsize::new(rank).ok_or("the worst trial is number 1")?;
    if rank > WORST_TRIALS { Err(format!("a run keeps its {WORST_TRIALS} worst trials")) } else { Ok(positive) }
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().map_err(|_| "not a whole number".to_owned())?;
    let positive = NonZeroUsize::new(threads);
    let positive = positive.ok_or("a run needs at least 1 thread; leave --threads out for one per processor")?;
    if threads > MAX_THREADS { Err(format!("more than {MAX_THREADS} threads")) } else { Ok(positive) }
}

fn repeats(text: &str) -> Result<NonZeroUsize, String> {
    let repeats = text.parse().map_err(|_| "not a whole number".to_owned())?;
    let positive = NonZeroUsize::new(repeats).ok_or("a setting is measured at least once")?;
    if repeats > MAX_REPEATS { Err(format!("more than {MAX_REPEATS} measurements")) } else { Ok(positive) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn counts_have_their_bounds() {
        assert_eq!(trials("20000"), Ok(20_000));
        assert!(trials("0").is_err() && trials("-1").is_err() && trials("1e3").is_err());
        assert!(trials("17179869184").is_ok() && trials("17179869185").is_err());
        assert_eq!(threads("3").map(NonZeroUsize::get), Ok(3));
        assert!(threads("0").is_err() && threads("4097").is_err());
        assert_eq!(repeats("1000").map(NonZeroUsize::get), Ok(1_000));
        assert!(repeats("0").is_err() && repeats("1001").is_err() && repeats("two").is_err());
    }

    #[test]
    fn precisions_have_their_bounds() {
        assert_eq!([precision("0.02"), precision("1e-3")], [Ok(0.02), Ok(0.001)]);
        assert!(["0", "-0.1", "1", "2", "NaN", "2%"].iter().all(|text| precision(text).is_err()));
    }

    #[test]
    fn shares_and_convexities_have_their_bounds() {
        assert_eq!([share("0"), share("1"), share("0.7")], [Ok(0.0), Ok(1.0), Ok(0.7)]);
        assert!(["-0.1", "1.1", "NaN", "x", "70%"].iter().all(|text| share(text).is_err()));
        assert_eq!(convexity("4"), Ok(4.0));
        assert!(["-1", "inf", "NaN", ""].iter().all(|text| convexity(text).is_err()));
        assert_eq!([tolerance("0"), tolerance("0.05")], [Ok(0.0), Ok(0.05)]);
        assert!(["-1", "inf", "NaN", "5%"].iter().all(|text| tolerance(text).is_err()));
    }

    #[test]
    fn methods_are_called_what_the_command_line_calls_them() {
        for method in Method::value_variants() {
            assert_eq!(method.to_possible_value().expect("is not hidden").get_name(), method.word());
        }
    }
}
