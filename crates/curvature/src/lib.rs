//! Exact curvature of burn modules.
