//! The `saddlepoint` program.
fn main() {}
