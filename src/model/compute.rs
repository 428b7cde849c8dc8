//! GPU values and the compute market.
