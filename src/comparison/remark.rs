//! What to know of two results before their difference is believed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::comparison::entities::{KINDS, only_in, renamed};
use crate::comparison::results::{Recorded, Results};
use crate::scenario::keys::{KeysError, WrittenKey, written_keys};

/// Keys named in a sentence; a table or a list has room for all.
const NAMED: usize = 8;

/// Characters of a value in a sentence.
const LONGEST: usize = 60;

/// A key that two resolved scenarios do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyDifference {
    /// Its path (`obligor.openai.cash`).
    pub key: String,
    /// Its value in the first scenario; none where it is not written.
    pub first: Option<String>,
    /// Its value in the other.
    pub other: Option<String>,
}

impl KeyDifference {
    /// Whether the key holds words about the scenario, which move no number.
    fn is_wording(&self) -> bool {
        self.key.starts_with("scenario.")
    }
}

/// The key and both values, without their evidence and cut where they are long.
impl fmt::Display for KeyDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |value: &Option<String>| value.as_deref().map_or("(not written)".to_owned(), short);
        write!(formatter, "{} {} -> {}", self.key, said(&self.first), said(&self.other))
    }
}

/// A value without its source and note, of [`LONGEST`] characters at most.
fn short(value: &str) -> String {
    let evidence = [", source = ", ", note = "].iter().filter_map(|word| value.find(word)).min();
    let bare = evidence.map_or(value.to_owned(), |at| format!("{} }}", &value[..at]));
    match bare.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &bare[..at]),
        None => bare,
    }
}

/// The keys that differ between two resolved scenarios, in the order of the first, then those that it lacks.
///
/// # Errors
/// [`KeysError`] if one of the texts is no TOML.
pub fn key_differences(first: &str, other: &str) -> Result<Vec<KeyDifference>, KeysError> {
    let (first, other) = (written_keys(first)?, written_keys(other)?);
    Ok(differing(&first, &other))
}

fn differing(first: &[WrittenKey], other: &[WrittenKey]) -> Vec<KeyDifference> {
    let (was, is) = (by_place(first), by_place(other));
    let changed = first.iter().filter_map(|key| {
        let (first, other) = (Some(key.value.clone()), is.get(&place(key)).map(|value| (*value).to_owned()));
        (first != other).then(|| KeyDifference { key: key.path(), first, other })
    });
    let added = other.iter().filter(|key| !was.contains_key(&place(key)));
    let added = added.map(|key| KeyDifference { key: key.path(), first: None, other: Some(key.value.clone()) });
    changed.chain(added).collect()
}

type Place<'a> = (&'a str, Option<&'a str>, &'a str);

fn place(key: &WrittenKey) -> Place<'_> {
    (&key.section, key.entity.as_deref(), &key.key)
}

fn by_place(keys: &[WrittenKey]) -> BTreeMap<Place<'_>, &str> {
    keys.iter().map(|key| (place(key), key.value.as_str())).collect()
}

/// Something to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Remark {
    /// A file is no longer what the run wrote.
    Edited {
        /// The directory.
        directory: PathBuf,
        /// The file.
        file: String,
    },
    /// A file of the results is not there.
    Missing {
        /// The directory.
        directory: PathBuf,
        /// The file.
        file: String,
    },
    /// Results of an interrupted run.
    Partial {
        /// The directory.
        directory: PathBuf,
        /// Trials done.
        done: u64,
        /// Trials asked for.
        asked: u64,
    },
    /// Something of the run differs.
    Other {
        /// What (`seed`).
        what: &'static str,
        /// The directory.
        directory: PathBuf,
        /// What it is here.
        here: String,
        /// What it is in the first results.
        first: String,
    },
    /// Keys of the resolved scenario differ.
    Keys {
        /// The directory.
        directory: PathBuf,
        /// The keys.
        keys: Vec<KeyDifference>,
    },
    /// The resolved scenario of one of the two cannot be read.
    Unreadable {
        /// The directory.
        directory: PathBuf,
        /// Why.
        error: KeysError,
    },
    /// Entities that only one of the two has.
    Entities {
        /// The directory.
        directory: PathBuf,
        /// What they are (`lender`).
        kind: &'static str,
        /// Those of the first that are gone.
        missing: Vec<String>,
        /// Those that the first does not have.
        extra: Vec<String>,
    },
    /// An entity that has a new name and otherwise the same keys.
    Renamed {
        /// The directory.
        directory: PathBuf,
        /// What it is (`lender`).
        kind: &'static str,
        /// Its name in the first results.
        from: String,
        /// Its name here.
        to: String,
    },
    /// Both runs drew the same numbers.
    SameDraws {
        /// The directory.
        directory: PathBuf,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Edited { directory, file } => write!(
                formatter,
                "{}: {file} was edited after the run (its SHA-256 is not the one in the manifest)",
                directory.display()
            ),
            Remark::Missing { directory, file } => {
                write!(formatter, "{}: {file}, which the run wrote, is missing", directory.display())
            }
            Remark::Partial { directory, done, asked } => write!(
                formatter,
                "{}: partial results, interrupted after {done} of {asked} trials",
                directory.display()
            ),
            Remark::Other { what, directory, here, first } => {
                write!(formatter, "{}: {what} {here}, first {first}", directory.display())
            }
            Remark::Keys { directory, keys } => {
                write!(formatter, "{}: keys that differ from the first: {}", directory.display(), keys_in_words(keys))
            }
            Remark::Unreadable { directory, error } => {
                write!(formatter, "{}: keys cannot be compared: {error}", directory.display())
            }
            Remark::Entities { directory, kind, missing, extra } => {
                write!(formatter, "{}: {kind} {}", directory.display(), gone_and_new(missing, extra))
            }
            Remark::Renamed { directory, kind, from, to } => write!(
                formatter,
                "{}: {kind} {from} seems to be called {to} now: all its keys are the same",
                directory.display()
            ),
            Remark::SameDraws { directory } => write!(
                formatter,
                "{}: same seed as the first, so the draws are common (as far as both have trials) and these errors, which are those of \
                 independent runs, too large; `knockon run` with both scenarios pairs them",
                directory.display()
            ),
        }
    }
}

/// The first keys that move numbers, in a sentence; words about the scenario only where nothing else differs.
#[must_use]
pub fn keys_in_words(keys: &[KeyDifference]) -> String {
    let telling: Vec<&KeyDifference> = keys.iter().filter(|key| !key.is_wording()).collect();
    if telling.is_empty() {
        return "its title and story only".to_owned();
    }
    let mut words: Vec<String> = telling.iter().take(NAMED).map(ToString::to_string).collect();
    if telling.len() > NAMED {
        words.push(format!("and {} more", telling.len() - NAMED));
    }
    words.join("; ")
}

fn gone_and_new(missing: &[String], extra: &[String]) -> String {
    let said =
        |names: &[String], where_: &str| (!names.is_empty()).then(|| format!("{} only {where_}", names.join(", ")));
    let said = [said(missing, "in the first"), said(extra, "here")];
    said.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What to know of the first results, and then of each of the others beside the first.
#[must_use]
pub fn remarks(results: &[Results]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = results.iter().flat_map(of_one).collect();
    if let Some((first, others)) = results.split_first() {
        remarks.extend(others.iter().flat_map(|other| of_two(first, other)));
    }
    remarks
}

fn of_one(results: &Results) -> Vec<Remark> {
    let directory = &results.directory;
    let run = &results.recorded.run;
    let edited = results.edited.iter().map(|file| Remark::Edited { directory: directory.clone(), file: file.clone() });
    let missing =
        results.missing.iter().map(|file| Remark::Missing { directory: directory.clone(), file: file.clone() });
    let partial = run.partial.then(|| Remark::Partial {
        directory: directory.clone(),
        done: run.trials_done,
        asked: run.trials_asked,
    });
    edited.chain(missing).chain(partial).collect()
}

fn of_two(first: &Results, other: &Results) -> Vec<Remark> {
    let directory = &other.directory;
    let (was, is) = (&first.recorded, &other.recorded);
    let mut remarks = runs(directory.clone(), was, is);
    let toml = |recorded: &Recorded| written_keys(&recorded.scenario.resolved_toml);
    match (toml(was), toml(is)) {
        (Ok(was), Ok(is)) => remarks.extend(scenarios([first, other], [&was, &is])),
        (Err(error), _) | (_, Err(error)) => {
            remarks.push(Remark::Unreadable { directory: directory.clone(), error });
        }
    }
    if was.run.seed == is.run.seed
        && was.run.generator == is.run.generator
        && (was.scenario != is.scenario || was.run.trials_done != is.run.trials_done)
    {
        remarks.push(Remark::SameDraws { directory: directory.clone() });
    }
    remarks
}

fn runs(directory: PathBuf, was: &Recorded, is: &Recorded) -> Vec<Remark> {
    let facts = |recorded: &Recorded| {
        [
            ("scenario", recorded.scenario.name.clone()),
            ("program version", recorded.program_version.clone()),
            ("generator", recorded.run.generator.clone()),
            ("seed", recorded.run.seed.to_string()),
            ("trials", recorded.run.trials_done.to_string()),
        ]
    };
    let pairs = facts(was).into_iter().zip(facts(is)).filter(|((_, first), (_, here))| first != here);
    pairs.map(|((what, first), (_, here))| Remark::Other { what, directory: directory.clone(), here, first }).collect()
}

fn scenarios([first, other]: [&Results; 2], [was, is]: [&[WrittenKey]; 2]) -> Vec<Remark> {
    let directory = &other.directory;
    let mut remarks = Vec::new();
    let keys = differing(was, is);
    if !keys.is_empty() {
        remarks.push(Remark::Keys { directory: directory.clone(), keys });
    }
    for (table, kind) in KINDS {
        let (missing, extra) = (only_in(first, other, table), only_in(other, first, table));
        if missing.is_empty() && extra.is_empty() {
            continue;
        }
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        remarks.push(Remark::Entities {
            directory: directory.clone(),
            kind,
            missing: owned(&missing),
            extra: owned(&extra),
        });
        let pairs = missing.iter().filter_map(|from| Some((from, renamed(kind, from, &extra, [was, is])?)));
        remarks.extend(pairs.map(|(from, to)| Remark::Renamed {
            directory: directory.clone(),
            kind,
            from: (*from).to_owned(),
            to: to.to_owned(),
        }));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_values_without_their_evidence_and_words_only_where_nothing_else_differs() {
        let key = |key: &str, first: &str, other: Option<&str>| KeyDifference {
            key: key.to_owned(),
            first: Some(first.to_owned()),
            other: other.map(str::to_owned),
        };
        let title = key("scenario.title", "\"a\"", Some("\"b\""));
        let law = key("gpu.life_q", "{ uniform = [1, 2], source = \"judgement\", note = \"x\" }", None);
        assert_eq!(keys_in_words(&[title.clone(), law]), "gpu.life_q { uniform = [1, 2] } -> (not written)");
        assert_eq!(keys_in_words(&[title]), "its title and story only");
        let long = key("run.levels", &"9".repeat(99), Some("1"));
        assert_eq!(keys_in_words(&[long]), format!("run.levels {}... -> 1", "9".repeat(60)));
    }
}
