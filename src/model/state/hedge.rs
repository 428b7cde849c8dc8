//! Risk transfers in a quarter.

/// A risk transfer in a quarter, USD bn.
#[derive(Debug, Default)]
pub struct SrtState {
    /// Face of each reference facility that is covered: what the buyer held at opening.
    pub covered: Vec<f64>,
    /// The buyer's default losses of this quarter on the covered face of each.
    pub losses: Vec<f64>,
    /// Sum of `covered`.
    pub notional: f64,
    /// Covered losses since opening.
    pub lost: f64,
    /// Payouts since opening.
    pub paid: f64,
    /// Outstanding note; 0 once it is used up or paid back.
    pub note: f64,
}

impl SrtState {
    /// A risk transfer on so many facilities.
    #[must_use]
    pub fn new(references: usize) -> Self {
        SrtState { covered: vec![0.0; references], losses: vec![0.0; references], ..SrtState::default() }
    }
}

impl Clone for SrtState {
    fn clone(&self) -> Self {
        SrtState { covered: self.covered.clone(), losses: self.losses.clone(), ..*self }
    }

    /// The lists keep their memory.
    fn clone_from(&mut self, other: &Self) {
        let (mut covered, mut losses) = (std::mem::take(&mut self.covered), std::mem::take(&mut self.losses));
        covered.clone_from(&other.covered);
        losses.clone_from(&other.losses);
        *self = SrtState { covered, losses, ..*other };
    }
}
