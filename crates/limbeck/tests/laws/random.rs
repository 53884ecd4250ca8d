//! Histories made at random.
