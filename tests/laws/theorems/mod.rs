//! Laws of the theorems and measures of `saddlepoint-theory`, one file each.

mod covering;
mod rademacher;
mod vc_dimension;
