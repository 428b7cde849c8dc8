//! Who is who: the roles of names, and what may have been meant.

use crate::model::system::LenderType;
use crate::scenario::check::Checker;
use crate::scenario::error::{Code, nearest};
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::entity::{Entity, Section};
use crate::scenario::file::value::Located;

/// What a name can stand for in a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A borrower.
    Obligor,
    /// A lender.
    Lender,
    /// A lender of type `credit_fund` or `bond_fund`.
    Fund,
    /// A lender of type `vendor`.
    Vendor,
    /// The world outside.
    Outside,
    /// Unmodelled customers or suppliers.
    Market,
}

impl Role {
    fn phrase(self) -> &'static str {
        match self {
            Role::Obligor => "an obligor",
            Role::Lender => "a lender",
            Role::Fund => "a fund",
            Role::Vendor => "a vendor",
            Role::Outside => "`outside`",
            Role::Market => "`market`",
        }
    }

    fn names(self, file: &ScenarioFile) -> Vec<&str> {
        let of_type = |kinds: &[LenderType]| {
            let has = |entity: &&Entity<_>| is_of(entity, kinds);
            names(file.lender.iter().filter(has))
        };
        match self {
            Role::Obligor => names(file.obligor.iter()),
            Role::Lender => names(file.lender.iter()),
            Role::Fund => of_type(&[LenderType::CreditFund, LenderType::BondFund]),
            Role::Vendor => of_type(&[LenderType::Vendor]),
            Role::Outside => vec!["outside"],
            Role::Market => vec!["market"],
        }
    }
}

fn is_of(lender: &Entity<crate::scenario::file::lender::Lender>, kinds: &[LenderType]) -> bool {
    lender.kind.as_ref().is_none_or(|kind| kinds.contains(&kind.value))
}

fn names<'a, T: 'a>(entities: impl Iterator<Item = &'a Entity<T>>) -> Vec<&'a str> {
    entities.map(|entity| entity.name.value.as_str()).collect()
}

impl Checker<'_> {
    /// A name is one balance sheet, an obligor or a lender, and never a word of the grammar.
    pub(super) fn roles(&mut self) {
        let file = self.file;
        for lender in file.lender.iter() {
            if let Some(obligor) = file.obligor.named(&lender.name.value) {
                let (first, second) = match lender.name.span.start < obligor.name.span.start {
                    true => (&lender.name, &obligor.name),
                    false => (&obligor.name, &lender.name),
                };
                let message = format!("`{}` is both an obligor and a lender", first.value);
                let hint = "a name is one balance sheet: enter the group twice (`x`, `x-vendor`) and tie the two by a stake or a sponsor";
                self.push_hint(&second.span, Code::Inconsistent, message, hint);
            }
        }
        let obligors = file.obligor.iter().map(|entity| &entity.name);
        for name in obligors.chain(file.lender.iter().map(|entity| &entity.name)) {
            if name.value.trim().is_empty() {
                self.push(&name.span, Code::Inconsistent, "a name is empty");
            }
            if matches!(name.value.as_str(), "outside" | "market") {
                let message = format!("`{}` names the world outside and no entity", name.value);
                self.push(&name.span, Code::Inconsistent, message);
            }
        }
    }

    /// Tells a name that has none of the roles.
    pub(super) fn party(&mut self, name: Option<&Located<String>>, roles: &[Role]) {
        let Some(name) = name else { return };
        let file = self.file;
        let known: Vec<&str> = roles.iter().flat_map(|role| role.names(file)).collect();
        if known.contains(&name.value.as_str()) {
            return;
        }
        let phrases: Vec<_> = roles.iter().map(|role| role.phrase()).collect();
        let known_as =
            [Role::Obligor, Role::Lender].into_iter().find(|role| role.names(file).contains(&name.value.as_str()));
        let is = known_as.map_or(String::new(), |role| format!(", it is {}", role.phrase()));
        let message = format!("`{}` is not {}{is}", name.value, phrases.join(" or "));
        let hint = nearest(&name.value, known);
        self.report.push(name.span.clone(), Code::UnknownName, message, hint);
    }

    /// Tells a name that no entity of a section has.
    pub(super) fn known<T>(&mut self, name: &Located<String>, section: &Section<T>, what: &str) {
        if section.named(&name.value).is_none() {
            let message = format!("`{}` is no {what}", name.value);
            let hint = nearest(&name.value, names(section.iter()));
            self.report.push(name.span.clone(), Code::UnknownName, message, hint);
        }
    }
}
