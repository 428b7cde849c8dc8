//! Who holds the loans.

use std::iter;

use crate::model::system::{Accounting, DefaultModel, System};

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

    /// What it is now.
    #[must_use]
    pub fn read(&self) -> Holding {
        Holding { holder: self.holder, face: *self.face, carrying: *self.carrying }
    }
}

/// Who holds what of each facility: rows of holdings. The opening rows lie close together, which is how every quarter reads
/// them; a row whose holders become more than its room moves to where there is room for everybody who may join.
#[derive(Debug, Clone)]
pub struct Holdings {
    rows: Vec<Row>,
    holders: Vec<u32>,
    faces: Vec<f64>,
    carrying: Vec<f64>,
    /// Behind the start of each row: the places in it of those that mark, in order.
    marking: Vec<u32>,
    /// Holders that live and carry their loans at fair value, outside last.
    marks: Vec<bool>,
    /// Carrying values by holder, as last added up.
    carried: Vec<f64>,
    outside: usize,
}

/// Where the holdings of a facility lie.
#[derive(Debug, Clone, Copy)]
struct Row {
    start: usize,
    end: usize,
    /// End of the room that the row has.
    room: usize,
    /// How many of its holders mark.
    marking: usize,
    /// Start and end of the room for the opening holders, then of that for everybody.
    rooms: [(usize, usize); 2],
}

impl Holdings {
    /// Room for the opening holders and, where a facility may be refinanced in the market, for every lender.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let outside = system.lenders.len();
        let opening = system.facilities.iter().map(|facility| facility.holders.len() + 1);
        let mut all: usize = opening.clone().sum();
        let mut rows = Vec::with_capacity(system.facilities.len());
        let mut start = 0;
        for (facility, holders) in system.facilities.iter().zip(opening) {
            let rolls_in_full = system.obligors[facility.borrower].default_model == DefaultModel::Latent;
            let everybody = if rolls_in_full { 0 } else { outside + 1 };
            let rooms = [(start, start + holders), (all, all + everybody)];
            rows.push(Row { start, end: start, room: start + holders, marking: 0, rooms });
            start += holders;
            all += everybody;
        }
        Holdings {
            rows,
            holders: vec![0; all],
            faces: vec![0.0; all],
            carrying: vec![0.0; all],
            marking: vec![0; all],
            marks: vec![false; outside + 1],
            carried: vec![0.0; outside + 1],
            outside,
        }
    }

    /// Opening holdings at par: amount times share, outside holding the rest.
    pub fn reset(&mut self, system: &System) {
        for (marks, lender) in self.marks.iter_mut().zip(&system.lenders) {
            *marks = lender.accounting == Accounting::FairValue;
        }
        for (f, facility) in system.facilities.iter().enumerate() {
            let row = &mut self.rows[f];
            (row.start, row.room) = row.rooms[0];
            (row.end, row.marking) = (row.start, 0);
            let mut rest = 1.0;
            for (lender, share) in &facility.holders {
                self.add(f, *lender, facility.amount * share);
                rest -= share;
            }
            // Shares are checked to sum to 1 within rounding: what is below it is not a holding.
            if rest > 1e-9 {
                self.add(f, self.outside, facility.amount * rest);
            }
        }
    }

    /// The opening holdings of another world of the same system.
    pub fn restore(&mut self, opening: &Self) {
        self.rows.copy_from_slice(&opening.rows);
        let end = self.rows.last().map_or(0, |row| row.rooms[0].1);
        self.holders[..end].copy_from_slice(&opening.holders[..end]);
        self.faces[..end].copy_from_slice(&opening.faces[..end]);
        self.carrying[..end].copy_from_slice(&opening.carrying[..end]);
        self.marking[..end].copy_from_slice(&opening.marking[..end]);
        self.marks.copy_from_slice(&opening.marks);
    }

    /// Index that stands for outside.
    #[must_use]
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Holdings of a facility.
    #[inline]
    pub fn row(&self, facility: usize) -> impl ExactSizeIterator<Item = Holding> + Clone + '_ {
        let Row { start, end, .. } = self.rows[facility];
        let values = iter::zip(&self.faces[start..end], &self.carrying[start..end]);
        iter::zip(&self.holders[start..end], values).map(|(holder, (face, carrying))| Holding {
            holder: *holder as usize,
            face: *face,
            carrying: *carrying,
        })
    }

    /// Holdings of a facility, to be changed in place.
    #[inline]
    pub fn row_mut(&mut self, facility: usize) -> impl Iterator<Item = HoldingMut<'_>> {
        let Row { start, end, .. } = self.rows[facility];
        let values = iter::zip(&mut self.faces[start..end], &mut self.carrying[start..end]);
        iter::zip(&self.holders[start..end], values).map(|(holder, (face, carrying))| HoldingMut {
            holder: *holder as usize,
            face,
            carrying,
        })
    }

    /// Adds face at par to a holder, who joins the row if it is new.
    pub fn add(&mut self, facility: usize, holder: usize, amount: f64) {
        let row = &mut self.rows[facility];
        if let Some(place) = self.holders[row.start..row.end].iter().position(|known| *known as usize == holder) {
            self.faces[row.start + place] += amount;
            self.carrying[row.start + place] += amount;
            return;
        }
        if row.end == row.room {
            let (old, (start, room)) = (row.start..row.end, row.rooms[1]);
            self.holders.copy_within(old.clone(), start);
            self.faces.copy_within(old.clone(), start);
            self.carrying.copy_within(old.clone(), start);
            self.marking.copy_within(row.start..row.start + row.marking, start);
            (row.start, row.end, row.room) = (start, start + old.len(), room);
        }
        debug_assert!(row.end < row.room, "there is room for every possible holder");
        self.holders[row.end] = holder as u32;
        self.faces[row.end] = amount;
        self.carrying[row.end] = amount;
        if self.marks[holder] {
            self.marking[row.start + row.marking] = (row.end - row.start) as u32;
            row.marking += 1;
        }
        row.end += 1;
    }

    /// A lender that has failed marks its loans no more.
    pub fn stop_marking(&mut self, holder: usize) {
        if !std::mem::replace(&mut self.marks[holder], false) {
            return;
        }
        for row in &mut self.rows {
            let places = &mut self.marking[row.start..][..row.marking];
            let held = |place: &u32| self.holders[row.start + *place as usize] as usize;
            if let Some(gone) = places.iter().position(|place| held(place) == holder) {
                places.copy_within(gone + 1.., gone);
                row.marking -= 1;
            }
        }
    }

    /// Does anybody mark this facility?
    #[inline]
    #[must_use]
    pub fn is_marked(&self, facility: usize) -> bool {
        self.rows[facility].marking > 0
    }

    /// Calls `mark` with every holding of a facility whose holder marks, for it to set the carrying value.
    #[inline]
    pub fn mark(&mut self, facility: usize, mut mark: impl FnMut(Holding) -> f64) {
        let Row { start, end, marking, .. } = self.rows[facility];
        let (holders, faces) = (&self.holders[start..end], &self.faces[start..end]);
        let carrying = &mut self.carrying[start..end];
        for place in &self.marking[start..start + marking] {
            let place = *place as usize;
            let own = &mut carrying[place];
            *own = mark(Holding { holder: holders[place] as usize, face: faces[place], carrying: *own });
        }
    }

    /// Adds face at par to the holder in a place of the row: holders of the opening keep theirs.
    #[inline]
    pub fn add_at(&mut self, facility: usize, place: usize, amount: f64) {
        let place = self.rows[facility].start + place;
        self.faces[place] += amount;
        self.carrying[place] += amount;
    }

    /// Carrying values by holder, outside last.
    pub fn carried(&mut self) -> &[f64] {
        self.carried.fill(0.0);
        for row in &self.rows {
            let row = row.start..row.end;
            for (holder, carrying) in iter::zip(&self.holders[row.clone()], &self.carrying[row]) {
                self.carried[*holder as usize] += carrying;
            }
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
        let Row { start, end, .. } = self.rows[facility];
        self.faces[start..end].iter().sum()
    }
}
