//! `losses.csv`: the mean loss of every lender by channel, and what of it counts in the system loss.

use crate::model::ledger::is_counted;
use crate::model::outcome::{Channel, FailureCause};
use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::lenders::type_name;
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::{Estimate, Summary};

/// Lenders in scenario order, each with one row a channel and one for the equity that scheduled failures took away.
///
/// A lender's rows add up to its expected loss, the counted rows of all lenders to the mean system loss.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let mut headers = ["lender", "type", "channel", "counted"].map(str::to_owned).to_vec();
    headers.extend(estimate_headers("mean_loss_usd_bn"));
    headers.push("trials".to_owned());
    let order = scenario_order(system.lenders.iter().map(|lender| lender.place));
    let rows = order.into_iter().flat_map(|lender| rows(system, lender, summary));
    Table { name: "losses", headers, rows: rows.collect() }
}

fn rows(system: &System, lender: usize, summary: &Summary) -> Vec<Vec<Cell>> {
    let (lender, losses) = (&system.lenders[lender], &summary.lenders[lender]);
    let row = |channel: &str, counted: bool, loss: Option<Estimate>| {
        let mut row = vec![lender.name.as_str().into(), type_name(lender.kind).into(), channel.into()];
        row.push(u64::from(counted).into());
        row.extend(estimate_cells(loss));
        row.push(summary.trials.into());
        row
    };
    let channels = Channel::ALL.into_iter().zip(losses.channels);
    let channels = channels.map(|(channel, loss)| row(channel.name(), is_counted(lender.kind, channel), loss));
    let decreed = row(FailureCause::Scheduled.name(), false, losses.decreed_usd_bn);
    channels.chain([decreed]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{FIXED_ONE, Outcome};
    use crate::model::system::LenderType;
    use crate::output::fixture::{calm, summary, world};

    fn cell(table: &Table, row: usize, header: &str) -> Cell {
        let at = table.headers.iter().position(|known| known == header).unwrap();
        table.rows[row][at].clone()
    }

    /// Alpha loses 1 to a failed zeta, which by decree loses 3 in a book of which it lost 2 anyway.
    fn decreed() -> Outcome {
        let mut outcome = calm(4.0);
        let fixed = |amount: f64| (amount * FIXED_ONE) as i64;
        outcome.losses[(0, Channel::Counterparty as usize)] = fixed(1.0);
        outcome.losses[(1, Channel::OtherBook as usize)] = fixed(5.0);
        outcome.decreed[1] = fixed(3.0);
        outcome
    }

    #[test]
    fn a_lender_has_a_row_for_every_channel_and_one_for_decrees() {
        let table = table(&world(), &summary(&[decreed(), calm(0.0)]));
        assert_eq!(table.rows.len(), 2 * (Channel::ALL.len() + 1));
        for (row, lender, channel, counted, loss) in [
            (0, "zeta", "credit", 1, 2.0),
            (8, "zeta", "other_book", 1, 1.0),
            (12, "zeta", "scheduled", 0, 1.5),
            (13, "alpha", "credit", 1, 0.0),
            (22, "alpha", "counterparty", 0, 0.5),
        ] {
            assert_eq!(cell(&table, row, "lender"), lender.into());
            assert_eq!(cell(&table, row, "channel"), channel.into());
            assert_eq!(cell(&table, row, "counted"), Cell::Count(counted), "{lender} {channel}");
            assert_eq!(cell(&table, row, "mean_loss_usd_bn"), loss.into(), "{lender} {channel}");
        }
        assert_eq!(cell(&table, 0, "mean_loss_usd_bn_std_error"), 2.0.into());
    }

    #[test]
    fn nothing_of_a_vendor_counts() {
        let mut world = world();
        world.lenders[1].kind = LenderType::Vendor;
        let table = table(&world, &summary(&[decreed()]));
        assert!((0..13).all(|row| cell(&table, row, "counted") == Cell::Count(0)));
        assert_eq!(cell(&table, 13, "counted"), Cell::Count(1));
    }
}
