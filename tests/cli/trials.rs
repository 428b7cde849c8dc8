//! The table of trials.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::{World, assert_code, begun, interrupt, read_plain, stderr};

/// Several blocks, the last one short.
const TRIALS: usize = 5_000;

fn run(world: &World, words: &str) -> Output {
    world.knockon(&format!("run scenarios/pair.toml -q --trials {TRIALS} {words}"))
}

#[test]
fn factors_and_parameters_are_those_of_the_trial() {
    let world = World::new();
    let law = "--set obligor.borrower.pd_pa={uniform=[0.05,0.15]}";
    assert_code(&run(&world, &format!("{law} --trials-out t.csv")), 0);
    let file = world.path("t.csv");
    let drawn = column(&file, "obligor.borrower.pd_pa");
    assert!(drawn.len() == TRIALS && drawn.iter().all(|value| (0.05..=0.15).contains(value)));
    for trial in [0, 1_023, 1_024, TRIALS - 1] {
        let story = world.knockon(&format!("trace scenarios/pair.toml {law} --trial {trial} --json"));
        let story: serde_json::Value = serde_json::from_slice(&story.stdout).unwrap();
        assert_eq!(story["story"]["parameters"][0]["path"], "obligor.borrower.pd_pa");
        // The reader of the test rounds the last digit.
        let value = story["story"]["parameters"][0]["value"].as_f64().unwrap();
        assert!((value - drawn[trial]).abs() < 1e-12, "trial {trial}: {value} for {}", drawn[trial]);
    }
    // Standard normal factors: the mean over quarters lies about 0, the lowest of 8 below it.
    for factor in ["demand", "credit", "equity"] {
        let mean = |header: &str| column(&file, header).iter().sum::<f64>() / TRIALS as f64;
        let (mean, lowest) = (mean(&format!("factor_{factor}_mean")), mean(&format!("factor_{factor}_min")));
        assert!(mean.abs() < 0.1 && (-2.0..-0.5).contains(&lowest), "{factor}: {mean}, {lowest}");
    }
}

#[test]
fn several_scenarios_have_no_table_of_trials_and_no_rule() {
    let world = World::new();
    fs::copy(world.path("scenarios/pair.toml"), world.path("scenarios/other.toml")).unwrap();
    for option in ["--trials-out t.csv", "--precision 0.1"] {
        let output = world.knockon(&format!("run scenarios/pair.toml scenarios/other.toml {option}"));
        assert_code(&output, 2);
        assert!(stderr(&output).contains("belongs to a run of one scenario"), "{}", stderr(&output));
    }
}

/// Numbers of a column; empty cells left out.
fn column(file: &Path, header: &str) -> Vec<f64> {
    let (headers, rows) = read_plain(file);
    let at = headers.iter().position(|known| known == header).expect(header);
    rows.iter().filter(|row| !row[at].is_empty()).map(|row| row[at].parse().unwrap()).collect()
}

/// The estimate of a headline measure.
fn estimate(world: &World, metric: &str) -> f64 {
    let (_, rows) = read_plain(&world.path("results/pair/summary.csv"));
    rows.iter().find(|row| row[0] == metric).unwrap()[2].parse().unwrap()
}

#[test]
fn rows_stand_in_the_order_of_trials_and_add_up_to_the_summary() {
    let world = World::new();
    assert_code(&run(&world, "--trials-out deep/trials.csv --set run.twin=true"), 0);
    let file = world.path("deep/trials.csv");
    assert!(column(&file, "trial").into_iter().eq((0..TRIALS).map(|trial| trial as f64)));
    for (header, metric) in [
        ("system_loss_usd_bn", "system_loss_mean"),
        ("twin_loss_usd_bn", "twin_loss_mean"),
        ("contagion_loss_usd_bn", "contagion_loss_mean"),
        ("failures", "lender_failures_mean"),
        ("fundamental_failures", "fundamental_failures_mean"),
        ("contagion_failures", "contagion_failures_mean"),
    ] {
        let values = column(&file, header);
        assert_eq!(values.len(), TRIALS, "{header}");
        let (mean, expected) = (values.iter().sum::<f64>() / TRIALS as f64, estimate(&world, metric));
        assert!(expected > 0.0 && (mean - expected).abs() < 1e-9 * expected, "{header}: {mean} for {expected}");
    }
    let failing = column(&file, "failures").iter().filter(|failures| **failures > 0.0).count();
    assert_eq!(column(&file, "first_failure_quarter").len(), failing);
    let (headers, rows) = read_plain(&file);
    let first = headers.iter().position(|header| header == "first_failure").unwrap();
    assert!(rows.iter().all(|row| ["", "fund", "insurer"].contains(&row[first].as_str())));
    assert!(rows.iter().filter(|row| row[first] == "fund").count() > 10);
    let (_, obligors) = read_plain(&world.path("results/pair/obligors.csv"));
    assert!(obligors[0].contains(&column(&file, "defaults").iter().sum::<f64>().to_string()));
    assert_eq!(world.entries("deep"), ["trials.csv"], "nothing temporary is left");
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md")).unwrap();
    for header in headers.iter().filter(|header| !header.contains('.')) {
        assert!(docs.contains(&format!("`{header}`")), "`{header}` is not in docs/output.md");
    }
}

#[test]
fn the_file_is_the_same_on_any_number_of_threads_and_in_stages() {
    let world = World::new();
    let read = |words: &str| {
        assert_code(&world.knockon(&format!("run scenarios/pair.toml -q --force --trials-out t.csv {words}")), 0);
        fs::read(world.path("t.csv")).unwrap()
    };
    let alone = read("--trials 20000 --threads 1");
    assert_eq!(alone.iter().filter(|byte| **byte == b'\n').count(), 20_001);
    for threads in [2, 3, 8] {
        assert!(read(&format!("--trials 20000 --threads {threads}")) == alone, "{threads} threads");
    }
    assert!(read("--precision 0.0001 --max-trials 20000 --threads 2") == alone, "8,192 and 16,384 and 20,000 trials");
}

#[test]
fn the_form_is_that_of_the_other_tables() {
    let world = World::new();
    assert_code(&run(&world, "--trials-out plain.csv --out a"), 0);
    assert_code(&run(&world, "--trials-out excel.csv --csv excel --out b"), 0);
    let excel = fs::read_to_string(world.path("excel.csv")).unwrap();
    let excel = excel.strip_prefix('\u{feff}').expect("a byte order mark");
    let plain = fs::read_to_string(world.path("plain.csv")).unwrap();
    assert_eq!(excel.replace("\r\n", "\n").replace(',', ".").replace(';', ","), plain);
}

#[test]
fn without_twins_their_cells_are_empty() {
    let world = World::new();
    assert_code(&run(&world, "--trials-out t.csv --set run.twin=false"), 0);
    for header in ["twin_loss_usd_bn", "contagion_loss_usd_bn", "fundamental_failures", "contagion_failures"] {
        assert!(column(&world.path("t.csv"), header).is_empty(), "{header}");
    }
    assert_eq!(column(&world.path("t.csv"), "failures").len(), TRIALS);
}

#[test]
fn a_place_that_is_taken_or_cannot_be_written_is_refused_before_the_run() {
    let world = World::new();
    fs::write(world.path("mine.csv"), "mine").unwrap();
    fs::create_dir(world.path("folder")).unwrap();
    for (place, reason) in [
        ("mine.csv", "mine.csv exists"),
        ("folder", "no regular file"),
        ("/dev/null --force", "no regular file"),
        ("mine.csv/below.csv", "cannot be written"),
        ("/", "cannot be replaced as a whole"),
        ("results/pair/trials.csv", "lies in the results directory"),
        ("results/pair/deep/trials.csv --force", "lies in the results directory"),
        ("trials.xlsx", "choose a name that ends in .csv"),
        ("trials.JSON", "choose a name that ends in .csv"),
    ] {
        let output = world.knockon(&format!("run scenarios/pair.toml --trials 100 --trials-out {place}"));
        assert_code(&output, 2);
        let told = stderr(&output);
        assert!(told.contains(reason) && !told.contains("running"), "{place}: {told}");
        assert!(!world.path("results/pair").exists());
    }
    assert_eq!(fs::read_to_string(world.path("mine.csv")).unwrap(), "mine");
    assert_code(&run(&world, "--trials-out mine.csv --force"), 0);
    assert_eq!(column(&world.path("mine.csv"), "trial").len(), TRIALS);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_its_feature_is_refused_by_name() {
    let world = World::new();
    let output = world.knockon("run scenarios/pair.toml --trials-out trials.PARQUET");
    assert_code(&output, 2);
    let told = stderr(&output);
    assert!(told.contains("`--features parquet`") && !told.contains("running"), "{told}");
    assert!(!world.path("trials.PARQUET").exists());
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_reads_back_what_the_csv_says() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let world = World::new();
    // Beyond one row group, in several stages.
    let read = |file: &str, threads: u32| {
        let words = format!("--precision 0.0001 --max-trials 20000 --threads {threads} --trials-out {file} --force");
        assert_code(&world.knockon(&format!("run scenarios/pair.toml -q {words}")), 0);
        fs::read(world.path(file)).unwrap()
    };
    read("t.csv", 2);
    let bytes = read("t.parquet", 2);
    for threads in [1, 3, 8] {
        assert!(read("t.parquet", threads) == bytes, "{threads} threads");
    }
    let (headers, rows) = read_plain(&world.path("t.csv"));
    let reader = SerializedFileReader::new(fs::File::open(world.path("t.parquet")).unwrap()).unwrap();
    assert!(reader.num_row_groups() > 1);
    let cell = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Long(count) => count.to_string(),
        Field::Str(name) => name.clone(),
        Field::Double(number) => (number + 0.0).to_string(),
        other => panic!("{other:?} has no column"),
    };
    let mut found = 0;
    for (row, expected) in reader.get_row_iter(None).unwrap().zip(&rows) {
        let row = row.unwrap();
        assert!(row.get_column_iter().map(|(name, _)| name).eq(&headers));
        for ((header, field), expected) in row.get_column_iter().zip(expected) {
            let same = match field {
                Field::Double(number) => expected.parse::<f64>().is_ok_and(|expected| expected == *number),
                other => cell(other) == *expected,
            };
            assert!(same, "{header}: {field:?} for {expected}");
        }
        found += 1;
    }
    assert_eq!((found, rows.len()), (20_000, 20_000));
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_the_trials_done_under_a_name_that_says_so() {
    let world = World::new();
    fs::create_dir(world.path("out")).unwrap();
    fs::write(world.path("out/trials.csv"), "earlier").unwrap();
    let mut child =
        begun(&world, "run scenarios/pair.toml --trials 2000000000 --threads 2 --trials-out out/trials.csv --force");
    assert!(world.entries("out").iter().any(|name| name.starts_with(".trials.csv.knockon-")), "written as it goes");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(world.entries("out"), ["trials.csv", "trials.partial.csv"]);
    assert_eq!(fs::read_to_string(world.path("out/trials.csv")).unwrap(), "earlier");
    let done = world.manifest("results/pair")["run"]["trials_done"].as_u64().unwrap();
    let trials = column(&world.path("out/trials.partial.csv"), "trial");
    assert!(trials.into_iter().eq((0..done).map(|trial| trial as f64)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_ends_the_run_and_leaves_no_file() {
    let world = World::new();
    fs::create_dir(world.path("out")).unwrap();
    // A limit on the size of files stands in for the full disk: room for some blocks, not for all.
    for threads in [1, 3] {
        let words = format!("--trials 200000 --threads {threads} --trials-out out/trials.csv");
        let script = format!("trap '' XFSZ; ulimit -f 200; knockon run scenarios/pair.toml -q {words}");
        let output = world.shell(&script);
        assert_code(&output, 1);
        assert!(stderr(&output).contains("out/trials.csv cannot be written"), "{}", stderr(&output));
        assert!(world.entries("out").is_empty(), "{:?}", world.entries("out"));
        assert!(!world.path("results/pair").exists());
    }
}
