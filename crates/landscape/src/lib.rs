//! Objectives, their critical points and descent on them; knows no network.
