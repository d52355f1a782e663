//! Values of the theorems and measures of `saddlepoint-theory` from independent implementations.
