//! `knockon bench`: what it measures and says, and what it refuses. No test asserts a time.

use serde_json::Value;

use super::{World, assert_code, stderr, stdout};

const PARTS: usize = 12;

fn object(words: &str) -> Value {
    let output = World::new().knockon(words);
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "", "--quiet is quiet");
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn spread_is_sound(own: &Value) {
    let [min, median, max] = ["min", "median", "max"].map(|key| own[key].as_f64().unwrap());
    assert!(0.0 < min && min <= median && median <= max, "{own}");
}

#[test]
fn the_object_holds_every_setting_and_shares_that_add_up() {
    let object = object("bench scenarios/pair.toml --trials 1025 --threads 2,1,2 --repeats 3 --json --quiet");
    assert_eq!([&object["trials"], &object["repeats"], &object["seed"]], [1_025, 3, 7]);
    assert_eq!(object["scenario"]["name"], "pair");
    assert_eq!([&object["scenario"]["lenders"], &object["scenario"]["quarters"]], [2, 8]);
    let timings = object["timings"].as_array().unwrap();
    let settings: Vec<_> = timings.iter().map(|own| (own["twin"].as_bool(), own["threads"].as_u64())).collect();
    let expected = [(false, 2), (false, 1), (true, 2), (true, 1)].map(|(twin, threads)| (Some(twin), Some(threads)));
    assert_eq!(settings, expected, "in the order asked for, each once");
    for own in timings {
        spread_is_sound(&own["trials_per_second"]);
        if cfg!(target_os = "linux") {
            spread_is_sound(&own["cpu_us_per_trial"]);
            // One borrower over 8 quarters.
            let [trial, part] = ["cpu_us_per_trial", "cpu_ns_per_obligor_quarter"].map(|key| &own[key]["median"]);
            let (trial, part) = (trial.as_f64().unwrap(), part.as_f64().unwrap());
            approx::assert_relative_eq!(part, 1_000.0 * trial / 8.0, max_relative = 1e-9);
        }
        if own["threads"] == 1 {
            assert_eq!(own["speed_up"], 1.0);
        }
    }
    for (parts, twin) in object["parts"].as_array().unwrap().iter().zip([false, true]) {
        assert_eq!(parts["twin"], twin);
        let rows = parts["rows"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["part"]), (PARTS, &Value::from("beginning")));
        let all: f64 = rows.iter().map(|row| row["share"].as_f64().unwrap()).sum();
        approx::assert_abs_diff_eq!(all, 1.0, epsilon = 1e-9);
        assert!(rows.iter().all(|row| row["us_per_trial"].as_f64().unwrap() >= 0.0));
    }
    if cfg!(target_os = "linux") {
        assert!(object["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    }
}

#[test]
fn without_one_thread_there_is_nothing_to_compare_with() {
    let object = object("bench scenarios/pair.toml --trials 2048 --threads 2 --repeats 1 --json -q");
    let timing = &object["timings"][0];
    assert!(timing["speed_up"].is_null() && timing["cpu_ratio"].is_null(), "{timing}");
}

#[test]
fn the_built_in_world_is_measured_where_none_is_named() {
    let words = "bench --trials 20 --threads 1 --repeats 1 --set run.quarters=2";
    let output = World::new().knockon(words);
    assert_code(&output, 0);
    let text = stdout(&output);
    let world = "Reference workload\n30 obligors, 30 lenders, 100 facilities, 30 contracts, 60 claims, 2 quarters\n";
    assert!(text.starts_with(world), "{text}");
    for told in ["20 trials a measurement, medians of 1", "5 payments", "statistics", "Peak memory of this command: "] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(stderr(&output).contains("running"), "{}", stderr(&output));
}

#[test]
fn nonsense_is_refused_before_anything_is_measured() {
    for (words, message) in [
        ("bench --trials 0", "a run needs at least 1 trial"),
        ("bench --trials -5", "not a whole number"),
        ("bench --trials 17179869185", "more than the 17179869184 trials"),
        ("bench --threads 0", "at least 1 thread"),
        ("bench --threads 1,5000", "more than 4096 threads"),
        ("bench --threads 1,,2", "not a whole number"),
        ("bench --threads ''", "not a whole number"),
        ("bench --repeats 0", "at least once"),
        ("bench --repeats 1001", "more than 1000 measurements"),
        ("bench --trials 1024 --threads 1,2", "1024 trials keep no 2 threads at work"),
        ("bench scenarios/nowhere.toml", "nowhere.toml"),
        ("bench --set run.quarters=0", "quarters"),
    ] {
        let output = World::new().knockon(words);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(message), "{words}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{words}");
        assert!(!stderr(&output).contains("running"), "{words}: {}", stderr(&output));
    }
}

#[test]
fn the_document_names_every_key_of_the_object() {
    fn keys(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, below)| {
                found.push(key.clone());
                keys(below, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    let document = include_str!("../../docs/bench.md");
    let object = object("bench scenarios/pair.toml --trials 64 --threads 1 --repeats 1 --json -q");
    let mut found = Vec::new();
    keys(&object, &mut found);
    let parts = object["parts"][0]["rows"].as_array().unwrap();
    found.extend(parts.iter().map(|row| row["part"].as_str().unwrap().to_owned()));
    let missing: Vec<_> = found.iter().filter(|key| !document.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "not in docs/bench.md: {missing:?}");
}
