//! Keys whose value is one of a few words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::model::system::{
    Acceleration, Accounting, Copula, DefaultModel, ExternalPriority, Insolvency, LenderType, Means, Recovery,
    Refinancing, SolvencyBasis,
};
use crate::scenario::error::{Code, nearest};
use crate::scenario::file::reader::{Content, Field, Reader, shortened};
use crate::scenario::tree::{Node, Value};

/// A type that a scenario writes as one word.
pub trait Word: Sized + Copy + 'static {
    /// Its name in the schema.
    const NAME: &'static str;
    /// Every word with its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

/// A word and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice<T> {
    /// The choice.
    pub value: T,
    /// Its place.
    pub span: std::ops::Range<usize>,
}

impl<T: Word> Field for Choice<T> {
    const CONTENT: Content = Content::Text;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let words = || T::WORDS.iter().map(|(word, _)| *word);
        let expected = format!("one of \"{}\"", words().collect::<Vec<_>>().join("\", \""));
        let Value::Text(text) = &node.value else {
            return reader.wrong_type(node, &node.value, &expected);
        };
        let found = T::WORDS.iter().find(|(word, _)| word == text);
        if found.is_none() {
            let message = format!("expected {expected}, found \"{}\"", shortened(text));
            let hint = nearest(text, words());
            reader.push(node.span.clone(), Code::UnknownWord, message, hint);
        }
        found.map(|(_, value)| Choice { value: *value, span: node.span.clone() })
    }
}

impl<T: Word> JsonSchema for Choice<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> = T::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

/// What kind of obligor: a choice of presets, the equations are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObligorType {
    /// Trains models and rents compute.
    AiLab,
    /// Rents out GPUs bought on credit.
    Neocloud,
    /// Large, rated, diversified.
    Hyperscaler,
    /// Owns one site or one fleet.
    Spv,
    /// Operator of Chinese data centres.
    CnOperator,
}

impl Word for ObligorType {
    const NAME: &'static str = "ObligorType";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ai_lab", ObligorType::AiLab),
        ("neocloud", ObligorType::Neocloud),
        ("hyperscaler", ObligorType::Hyperscaler),
        ("spv", ObligorType::Spv),
        ("cn_operator", ObligorType::CnOperator),
    ];
}

impl Word for Accounting {
    const NAME: &'static str = "Accounting";
    const WORDS: &'static [(&'static str, Self)] =
        &[("accrual", Accounting::Accrual), ("fair_value", Accounting::FairValue)];
}

impl Word for LenderType {
    const NAME: &'static str = "LenderType";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("bank", LenderType::Bank),
        ("insurer", LenderType::Insurer),
        ("credit_fund", LenderType::CreditFund),
        ("bond_fund", LenderType::BondFund),
        ("vendor", LenderType::Vendor),
    ];
}

impl Word for ExternalPriority {
    const NAME: &'static str = "ExternalPriority";
    const WORDS: &'static [(&'static str, Self)] =
        &[("senior", ExternalPriority::Senior), ("pari_passu", ExternalPriority::PariPassu)];
}

impl Word for DefaultModel {
    const NAME: &'static str = "DefaultModel";
    const WORDS: &'static [(&'static str, Self)] =
        &[("structural", DefaultModel::Structural), ("latent", DefaultModel::Latent), ("both", DefaultModel::Both)];
}

impl Word for SolvencyBasis {
    const NAME: &'static str = "SolvencyBasis";
    const WORDS: &'static [(&'static str, Self)] =
        &[("assets", SolvencyBasis::Assets), ("market", SolvencyBasis::Market)];
}

impl Word for Copula {
    const NAME: &'static str = "Copula";
    const WORDS: &'static [(&'static str, Self)] = &[("gaussian", Copula::Gaussian), ("t", Copula::StudentT)];
}

impl Word for Refinancing {
    const NAME: &'static str = "Refinancing";
    const WORDS: &'static [(&'static str, Self)] =
        &[("market", Refinancing::Market), ("always", Refinancing::Always), ("never", Refinancing::Never)];
}

impl Word for Acceleration {
    const NAME: &'static str = "Acceleration";
    const WORDS: &'static [(&'static str, Self)] =
        &[("shortfall", Acceleration::Shortfall), ("full", Acceleration::Full)];
}

impl Word for Insolvency {
    const NAME: &'static str = "Insolvency";
    const WORDS: &'static [(&'static str, Self)] =
        &[("loses_access", Insolvency::LosesAccess), ("immediate", Insolvency::Immediate)];
}

impl Word for Recovery {
    const NAME: &'static str = "Recovery";
    const WORDS: &'static [(&'static str, Self)] = &[("endogenous", Recovery::Endogenous), ("fixed", Recovery::Fixed)];
}

impl Word for Means {
    const NAME: &'static str = "Means";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("capex", Means::Capex),
        ("lines", Means::Lines),
        ("equity", Means::Equity),
        ("invoices", Means::Invoices),
        ("sponsor", Means::Sponsor),
    ];
}
