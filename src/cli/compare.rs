//! `knockon compare`: finished results side by side.

use comfy_table::CellAlignment;
use serde_json::json;

use crate::cli::args::{CompareArguments, Form, Format};
use crate::cli::differences::{figures, label};
use crate::cli::report::{WIDTH, plain_table, trimmed};
use crate::cli::terminal::{print, tell};
use crate::cli::wording::{grouped, significant, wrap};
use crate::cli::{CliError, DIFFERENT, DONE};
use crate::comparison::{Compared, Excess, Remark, Results, Verdict, beyond, compare as differences};
use crate::comparison::{comparison_table, remarks};

/// Rows of the table of entities.
const SHOWN: usize = 20;

/// Reads the results, prints what differs and returns the exit code.
pub(crate) fn compare(arguments: &CompareArguments) -> Result<u8, CliError> {
    if arguments.csv.is_some() && arguments.format != Format::Csv {
        return Err(CliError::NotCsv);
    }
    let results = arguments.directories.iter().map(|directory| Results::read(directory));
    let results = results.collect::<Result<Vec<_>, _>>()?;
    let Some((first, others)) = results.split_first() else { return Ok(DONE) };
    let compared: Vec<_> = others.iter().map(|other| (said(other), differences(other, first))).collect();
    let remarks = remarks(&results);
    let excesses = |own: &[Compared]| arguments.fail_over.map_or(Vec::new(), |tolerance| beyond(own, tolerance));
    let excesses: Vec<_> = compared.iter().map(|(other, own)| (other.clone(), excesses(own))).collect();
    match arguments.format {
        Format::Table => print(&text(first, &compared, &remarks))?,
        Format::Json => print(&object(&results, &compared, (&remarks, &excesses))?)?,
        Format::Csv => {
            remarks.iter().for_each(|remark| tell(&remark.to_string()));
            let table = comparison_table(&said(first), &compared);
            let form = arguments.csv.unwrap_or(Form::Plain);
            let csv = table.to_csv(form.into()).map_err(CliError::Results)?;
            print(&String::from_utf8_lossy(&csv))?;
        }
    }
    let failed = excesses.iter().any(|(_, own)| !own.is_empty());
    tell_excesses(&excesses, arguments.fail_over);
    Ok(if failed { DIFFERENT } else { DONE })
}

fn said(results: &Results) -> String {
    results.directory.display().to_string()
}

type Pairs<T> = [(String, Vec<T>)];

fn text(first: &Results, compared: &Pairs<Compared>, remarks: &[Remark]) -> String {
    let mut text = String::new();
    for (other, own) in compared {
        let (other, first) = (other.as_str(), said(first));
        let (entities, headline): (Vec<_>, Vec<_>) = own.iter().partition(|compared| compared.entity.is_some());
        text += &format!("{other} less {first}\n\n{}", table([&first, other], &headline, usize::MAX));
        let apart: Vec<_> = entities.iter().copied().filter(|own| own.difference.verdict.is_told_apart()).collect();
        if !apart.is_empty() {
            text += &format!("\nEntities told apart\n\n{}", table([&first, other], &apart, SHOWN));
        }
        text += &format!("\n{}\n\n", wrap(&tally(own), WIDTH));
    }
    for remark in remarks {
        text += &format!("{}\n", wrap(&format!("Note: {remark}."), WIDTH));
    }
    text + &wrap(CERTAINTY, WIDTH) + "\n"
}

const CERTAINTY: &str = "± is the 95 % interval of runs that share no draws; where only an interval is given, its half-width \
                         over 1.96 is the standard error, and 3/n over 1.96 that of an event never seen. Of twenty measures \
                         that do not differ one may still be told apart.";

/// How many estimates got which verdict.
fn tally(compared: &[Compared]) -> String {
    let all = compared.len();
    let of = |verdict| compared.iter().filter(|own| own.difference.verdict == verdict).count();
    if of(Verdict::Same) == all {
        return format!("All {} estimates are the same to the last bit.", grouped(all as u64));
    }
    let verdicts = [
        Verdict::Higher,
        Verdict::Lower,
        Verdict::NotToldApart,
        Verdict::Same,
        Verdict::Undefined,
        Verdict::Missing,
        Verdict::Extra,
    ];
    let counted = verdicts.into_iter().map(|verdict| (of(verdict), verdict)).filter(|(count, _)| *count > 0);
    let counted: Vec<_> =
        counted.map(|(count, verdict)| format!("{} {}", grouped(count as u64), verdict.name())).collect();
    format!("Of {} estimates: {}.", grouped(all as u64), counted.join(", "))
}

/// Estimates that are not the same.
fn table([first, other]: [&str; 2], compared: &[&Compared], most: usize) -> String {
    let mut table = plain_table();
    table.set_header(["", "measure", first, other, "difference", "z", "verdict"]);
    let unlike = compared.iter().filter(|own| own.difference.verdict != Verdict::Same);
    for own in unlike.clone().take(most) {
        let difference = &own.difference;
        let [theirs, ours, moved] = figures(difference);
        let z = difference.statistic.map_or(String::new(), |z| significant(z, 2));
        let entity = own.entity.clone().unwrap_or_default();
        table.add_row([entity, label(difference), theirs, ours, moved, z, difference.verdict.name().to_owned()]);
    }
    for column in [2, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    match unlike.count() {
        0 => "The headline measures are the same to the last bit.\n".to_owned(),
        count if count > most => format!("{}\nand {} more (--format csv has all)\n", trimmed(table), count - most),
        _ => trimmed(table) + "\n",
    }
}

/// Everything as one object.
fn object(
    results: &[Results],
    compared: &Pairs<Compared>,
    (remarks, excesses): (&[Remark], &Pairs<Excess>),
) -> Result<String, serde_json::Error> {
    let described: Vec<_> = results.iter().map(describe).collect();
    let first = results.first().map(said).unwrap_or_default();
    let keys = remarks.iter().filter_map(|remark| match remark {
        Remark::Keys { directory, keys } => Some(json!({ "results": directory.display().to_string(), "keys": keys })),
        _ => None,
    });
    let beyond = excesses.iter().flat_map(|(other, own)| {
        own.iter().map(move |excess| {
            json!({ "results": other, "metric": excess.metric, "estimate": excess.estimate, "estimate_against": excess.against })
        })
    });
    let object = json!({
        "results": described,
        "remarks": remarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "keys": keys.collect::<Vec<_>>(),
        "differences": comparison_table(&first, compared).to_json(),
        "beyond_tolerance": beyond.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&object)? + "\n")
}

fn describe(results: &Results) -> serde_json::Value {
    let recorded = &results.recorded;
    json!({
        "directory": said(results),
        "scenario": recorded.scenario.name,
        "resolved_sha256": recorded.scenario.resolved_sha256,
        "program_version": recorded.program_version,
        "seed": recorded.run.seed,
        "trials_done": recorded.run.trials_done,
        "partial": recorded.run.partial,
        "edited": results.edited,
        "missing": results.missing,
    })
}

/// What lies beyond the tolerance, on stderr: it is why the program does not end with 0.
fn tell_excesses(excesses: &Pairs<Excess>, tolerance: Option<f64>) {
    let Some(tolerance) = tolerance else { return };
    for (other, own) in excesses {
        for Excess { metric, estimate, against } in own {
            let said = |value: &Option<f64>| value.map_or("undefined".to_owned(), |value| value.to_string());
            let (estimate, against) = (said(estimate), said(against));
            tell(&format!("{other}: {metric} is {estimate}, first {against}: beyond the tolerance of {tolerance}"));
        }
    }
}
