//! Who holds the loans.

use std::iter;
use std::ops::Range;

use crate::model::system::{DefaultModel, Facility, System};

/// What one holder has of a facility, USD bn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holding {
    /// The lender; [`Holdings::outside`] stands for outside. A failed lender's holding is its estate.
    pub holder: usize,
    /// What the borrower owes it.
    pub face: f64,
    /// What it carries it at: face under accrual, fair value otherwise.
    pub carrying: f64,
}

/// A [`Holding`] in its place.
#[derive(Debug)]
pub struct HoldingMut<'a> {
    /// The lender.
    pub holder: usize,
    /// What the borrower owes it.
    pub face: &'a mut f64,
    /// What it carries it at.
    pub carrying: &'a mut f64,
}

impl HoldingMut<'_> {
    /// Cash for principal lowers the carrying value by as much; below par the gain shows at the next marking.
    /// (methods.md, 16.2)
    pub fn repay(&mut self, paid: f64, face_left: f64) {
        *self.carrying = if *self.carrying == *self.face { face_left } else { *self.carrying - paid };
        *self.face = face_left;
    }

    /// Adds face at par.
    pub fn add(&mut self, amount: f64) {
        *self.face += amount;
        *self.carrying += amount;
    }

    /// What it is now.
    #[must_use]
    pub fn read(&self) -> Holding {
        Holding { holder: self.holder, face: *self.face, carrying: *self.carrying }
    }
}

/// Who holds what of each facility: rows of holdings. The opening rows lie one behind the other, which is how every quarter reads
/// them; a row whose holders become more than its room moves to where there is room for everybody who may join.
#[derive(Debug, Clone)]
pub struct Holdings {
    rows: Vec<Row>,
    holders: Vec<u32>,
    faces: Vec<f64>,
    carrying: Vec<f64>,
    /// Carrying values by holder, as last added up.
    carried: Vec<f64>,
    /// A holding may have moved since then.
    moved: bool,
    outside: usize,
    /// Fixed for a run.
    rooms: Vec<Rooms>,
}

/// Where the holdings of a facility lie.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    start: usize,
    end: usize,
}

/// Where the holdings of a facility may lie: start and end.
#[derive(Debug, Clone, Copy)]
struct Rooms {
    /// Room for the opening holders.
    opening: (usize, usize),
    /// Room for everybody.
    everybody: (usize, usize),
}

impl Rooms {
    /// End of the room that a row is in.
    fn end(&self, row: Row) -> usize {
        if row.start == self.opening.0 { self.opening.1 } else { self.everybody.1 }
    }
}

/// Share of a facility that no lender holds at opening; lenders' shares are checked to sum to 1 within rounding, and what is below
/// that is not a holding.
fn share_of_outside(facility: &Facility) -> Option<f64> {
    let rest = facility.holders.iter().fold(1.0, |rest, (_, share)| rest - share);
    (rest > 1e-9).then_some(rest)
}

impl Holdings {
    /// Room for the opening holders and for who may join them: every lender where a facility may be refinanced in the market, outside
    /// everywhere.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let outside = system.lenders.len();
        let at_opening =
            |facility: &Facility| facility.holders.len() + usize::from(share_of_outside(facility).is_some());
        let (mut start, mut all) = (0, system.facilities.iter().map(at_opening).sum());
        let mut rooms = Vec::with_capacity(system.facilities.len());
        for facility in &system.facilities {
            let rolls_in_full = system.obligors[facility.borrower].default_model == DefaultModel::Latent;
            let lenders = if rolls_in_full { facility.holders.len() } else { outside };
            let (end, room) = (start + at_opening(facility), all + lenders + 1);
            rooms.push(Rooms { opening: (start, end), everybody: (all, room) });
            (start, all) = (end, room);
        }
        Holdings {
            rows: vec![Row::default(); rooms.len()],
            holders: vec![0; all],
            faces: vec![0.0; all],
            carrying: vec![0.0; all],
            carried: vec![0.0; outside + 1],
            moved: true,
            outside,
            rooms,
        }
    }

    /// Opening holdings at par: amount times share, outside holding the rest.
    pub fn reset(&mut self, system: &System) {
        self.moved = true;
        for (f, facility) in system.facilities.iter().enumerate() {
            let (start, _) = self.rooms[f].opening;
            let lenders = facility.holders.iter().map(|(lender, share)| (*lender, *share));
            let outside = share_of_outside(facility).map(|rest| (self.outside, rest));
            let mut end = start;
            for (holder, share) in lenders.chain(outside) {
                let face = facility.amount * share;
                (self.holders[end], self.faces[end], self.carrying[end]) = (holder as u32, face, face);
                end += 1;
            }
            self.rows[f] = Row { start, end };
        }
    }

    /// Become the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        self.rows.copy_from_slice(&other.rows);
        self.carried.copy_from_slice(&other.carried);
        self.moved = other.moved;
        let opening = self.rooms.last().map_or(0, |rooms| rooms.opening.1);
        self.copy_places(0..opening, other);
        for (row, rooms) in iter::zip(&other.rows, &other.rooms) {
            if row.start != rooms.opening.0 {
                self.copy_places(row.start..row.end, other);
            }
        }
    }

    fn copy_places(&mut self, places: Range<usize>, other: &Self) {
        self.holders[places.clone()].copy_from_slice(&other.holders[places.clone()]);
        self.faces[places.clone()].copy_from_slice(&other.faces[places.clone()]);
        self.carrying[places.clone()].copy_from_slice(&other.carrying[places]);
    }

    /// Index that stands for outside.
    #[must_use]
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Holdings of a facility.
    #[inline]
    pub fn row(&self, facility: usize) -> impl ExactSizeIterator<Item = Holding> + Clone + '_ {
        let Row { start, end } = self.rows[facility];
        let values = iter::zip(&self.faces[start..end], &self.carrying[start..end]);
        iter::zip(&self.holders[start..end], values).map(|(holder, (face, carrying))| Holding {
            holder: *holder as usize,
            face: *face,
            carrying: *carrying,
        })
    }

    /// Holders of a facility and their faces.
    #[inline]
    pub fn faces(&self, facility: usize) -> impl Iterator<Item = (&u32, &f64)> {
        let Row { start, end } = self.rows[facility];
        iter::zip(&self.holders[start..end], &self.faces[start..end])
    }

    /// Holdings of a facility, to be changed in place.
    #[inline]
    pub fn row_mut(&mut self, facility: usize) -> impl Iterator<Item = HoldingMut<'_>> {
        self.moved = true;
        let Row { start, end } = self.rows[facility];
        let values = iter::zip(&mut self.faces[start..end], &mut self.carrying[start..end]);
        iter::zip(&self.holders[start..end], values).map(|(holder, (face, carrying))| HoldingMut {
            holder: *holder as usize,
            face,
            carrying,
        })
    }

    /// Adds face at par to a holder, who joins the row if it is new.
    pub fn add(&mut self, facility: usize, holder: usize, amount: f64) {
        self.moved = true;
        let row = &mut self.rows[facility];
        if let Some(place) = self.holders[row.start..row.end].iter().position(|known| *known as usize == holder) {
            self.faces[row.start + place] += amount;
            self.carrying[row.start + place] += amount;
            return;
        }
        let rooms = &self.rooms[facility];
        if row.end == rooms.end(*row) {
            let (old, start) = (row.start..row.end, rooms.everybody.0);
            self.holders.copy_within(old.clone(), start);
            self.faces.copy_within(old.clone(), start);
            self.carrying.copy_within(old.clone(), start);
            *row = Row { start, end: start + old.len() };
        }
        debug_assert!(row.end < rooms.end(*row), "there is room for every possible holder");
        self.holders[row.end] = holder as u32;
        self.faces[row.end] = amount;
        self.carrying[row.end] = amount;
        row.end += 1;
    }

    /// Carrying values by holder, outside last.
    pub fn carried(&mut self) -> &[f64] {
        if !std::mem::take(&mut self.moved) {
            return &self.carried;
        }
        self.carried.fill(0.0);
        // Rows that lie one behind the other are one.
        for rows in self.rows.chunk_by(|row, next| row.end == next.start) {
            let places = rows[0].start..rows[rows.len() - 1].end;
            add_up(&self.holders[places.clone()], &self.carrying[places], &mut self.carried);
        }
        &self.carried
    }

    /// Sum of the faces of one holder.
    #[must_use]
    pub fn face_of(&self, holder: usize) -> f64 {
        let all = (0..self.rows.len()).flat_map(|f| self.row(f));
        all.filter(|held| held.holder == holder).map(|held| held.face).sum()
    }

    /// Sum of the faces of a facility.
    #[must_use]
    pub fn balance(&self, facility: usize) -> f64 {
        let Row { start, end } = self.rows[facility];
        self.faces[start..end].iter().sum()
    }
}

/// Adds amounts to the sums of their holders, in order, four in a go.
fn add_up(holders: &[u32], amounts: &[f64], sums: &mut [f64]) {
    let ((holders, last_holders), (amounts, last_amounts)) = (holders.as_chunks::<4>(), amounts.as_chunks::<4>());
    let mut add = |holder: &u32, amount: &f64| sums[*holder as usize] += amount;
    for ([i, j, k, l], [a, b, c, d]) in iter::zip(holders, amounts) {
        add(i, a);
        add(j, b);
        add(k, c);
        add(l, d);
    }
    iter::zip(last_holders, last_amounts).for_each(|(holder, amount)| add(holder, amount));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    /// Two loans of 8: one held by the first lender and outside, one by the second alone. Both borrowers may be refinanced.
    fn holdings() -> Holdings {
        let mut system = fixture::system(&["us"]);
        system.obligors = vec![fixture::obligor("a"), fixture::obligor("b")];
        system.lenders = ["one", "two", "three"].map(fixture::fund).into();
        system.facilities = vec![fixture::facility(0, 8.0, vec![(0, 0.75)]), fixture::facility(1, 8.0, vec![(1, 1.0)])];
        let mut holdings = Holdings::new(&system);
        holdings.reset(&system);
        holdings
    }

    fn row(holdings: &Holdings, facility: usize) -> Vec<(usize, f64)> {
        holdings.row(facility).map(|held| (held.holder, held.face)).collect()
    }

    /// The first row moves when a third lender joins; the second, when outside does, and then both have gone round what was room
    /// for the opening.
    #[test]
    fn sums_by_holder_follow_rows_wherever_they_lie() {
        let mut holdings = holdings();
        assert_eq!(holdings.carried(), [6.0, 8.0, 0.0, 2.0]);
        holdings.add(0, 2, 1.0);
        holdings.add(0, 3, 0.5);
        assert_eq!(row(&holdings, 0), [(0, 6.0), (3, 2.5), (2, 1.0)]);
        assert_eq!(holdings.carried(), [6.0, 8.0, 1.0, 2.5]);
        for holder in [3, 0, 2, 1] {
            holdings.add(1, holder, 0.25);
        }
        assert_eq!(row(&holdings, 1), [(1, 8.25), (3, 0.25), (0, 0.25), (2, 0.25)]);
        assert_eq!(row(&holdings, 0), [(0, 6.0), (3, 2.5), (2, 1.0)]);
        holdings.row_mut(1).for_each(|mut held| held.repay(0.125, *held.face - 0.125));
        assert_eq!(holdings.carried(), [6.125, 8.125, 1.125, 2.625]);
        assert_eq!(holdings.face_of(3), 2.625);
    }

    /// As many holders as make whole fours, and each rest.
    #[test]
    fn amounts_are_added_in_the_order_of_their_places() {
        let (holders, amounts) = ([2, 0, 2, 1, 2, 0, 1], [1e16, 1.0, 1.0, 2.0, -1e16, 4.0, 8.0]);
        for (places, sums) in [
            (0, [0.0, 0.0, 0.0]),
            (3, [1.0, 0.0, 1e16]),
            (4, [1.0, 2.0, 1e16]),
            (5, [1.0, 2.0, 0.0]),
            (7, [5.0, 10.0, 0.0]),
        ] {
            let mut added = [0.0; 3];
            add_up(&holders[..places], &amounts[..places], &mut added);
            assert_eq!(added, sums, "{places} places");
        }
    }
}
