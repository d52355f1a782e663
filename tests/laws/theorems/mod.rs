//! Laws of the theorems and measures of `saddlepoint-theory`, one file each.
