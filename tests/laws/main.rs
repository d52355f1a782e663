//! Laws: for each claim, property tests that try to falsify it, and teeth: what must fail does.
