//! The claims of deep learning theory, the runner that puts them to the test, and the report.
//!
//! A [`claim::Claim`] states something that can fail, plans [tasks](claim::Claim::plan), runs one task at a
//! time and judges all of them together. The [`run`] module plans, executes, stores and resumes;
//! [`report`] turns a finished run into a browsable folder; [`cli`] is the `saddlepoint` program.
//!
//! ```
//! use saddlepoint_experiments::claims;
//!
//! let ids: Vec<&str> = claims::all().iter().map(|claim| claim.card().id).collect();
//! assert!(ids.contains(&"kl-inverse"));
//! ```

#![forbid(unsafe_code)]

pub mod claim;
pub mod claims;
pub mod cli;
pub mod correlation;
pub mod decaying_design;
pub mod dense_risk;
pub mod digit_networks;
pub mod figure;
pub mod granulated;
pub mod measure;
pub mod measures;
pub mod network_loss;
pub mod noisy_digits;
pub mod number;
pub mod once;
pub mod portrait;
pub mod reference_network;
pub mod regression;
pub mod report;
pub mod run;
pub mod sample;
pub mod sample_matrix;
pub mod sign_test;
pub mod smooth_functions;
pub mod sparse_code;
pub mod stochastic_network;
pub mod trained_relu;
pub mod verdict;
