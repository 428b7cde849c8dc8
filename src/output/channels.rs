//! `channels.csv`: one row a channel.

use crate::model::outcome::Channel;
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, tail_warning};
use crate::statistics::{Attribution, Summary};

/// What is lost through every channel by all lenders but vendors, in the mean and where the system loses most.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let row = |(place, channel)| row(place, channel, summary);
    let rows = Channel::ALL.into_iter().enumerate().map(row).collect();
    Table { name: "channels", headers: headers(summary), rows }
}

fn headers(summary: &Summary) -> Vec<String> {
    let mut headers = vec!["channel".to_owned(), "counted".to_owned()];
    for measure in &summary.attribution {
        let name =
            measure.level.map_or("mean_loss_usd_bn".to_owned(), |level| format!("es_{level}_contribution_usd_bn"));
        headers.extend(estimate_headers(&name));
        headers.push(format!("{}_share", measure.measure()));
    }
    headers.extend(["trials", "warning"].map(str::to_owned));
    headers
}

fn row(place: usize, channel: Channel, summary: &Summary) -> Vec<Cell> {
    let mut row = vec![channel.name().into(), u64::from(!channel.intra_system()).into()];
    for Attribution { parts, .. } in &summary.attribution {
        row.extend(estimate_cells(parts.channels[place].loss_usd_bn));
        row.push(parts.channels[place].share.into());
    }
    row.push(summary.trials.into());
    row.push(tail_warning(summary, []));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::FIXED_ONE;
    use crate::output::fixture::{calm, summary};

    const THIN: &str =
        "0.95: fewer than 100 trials beyond the quantile; 0.999: fewer than 100 trials beyond the quantile";

    #[test]
    fn a_channel_within_the_system_has_a_mean_and_no_part() {
        let mut outcome = calm(3.0);
        outcome.losses[(0, Channel::Counterparty as usize)] = (2.0 * FIXED_ONE) as i64;
        let table = table(&summary(&[outcome, calm(0.0)]));
        let cell = |row: usize, header: &str| {
            let at = table.headers.iter().position(|known| known == header).unwrap();
            table.rows[row][at].clone()
        };
        assert_eq!(
            (table.rows.len(), cell(0, "channel"), cell(9, "channel")),
            (12, "credit".into(), "counterparty".into())
        );
        for (header, credit, counterparty) in [
            ("counted", 1_u64.into(), 0_u64.into()),
            ("mean_loss_usd_bn", 1.5.into(), 1.0.into()),
            ("mean_share", 1.0.into(), Cell::Empty),
            ("es_0.95_contribution_usd_bn", 3.0.into(), Cell::Empty),
            ("es_0.95_share", 1.0.into(), Cell::Empty),
            ("warning", THIN.into(), THIN.into()),
        ] {
            assert_eq!((cell(0, header), cell(9, header)), (credit, counterparty), "{header}");
        }
    }
}
