//! What a task of a claim costs, measured once and kept with the program: for the first run on a machine, of which nothing
//! else is known. Only the ratios matter; how fast this machine is shows while it works.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::claim::Profile;

/// Mean seconds of a task by claim; the table of `saddlepoint docs --costs`.
const TABLE: &str = include_str!("../../assets/costs.csv");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    claim: String,
    smoke: Option<f64>,
    quick: Option<f64>,
    paper: Option<f64>,
}

impl Row {
    fn at(&mut self, profile: Profile) -> &mut Option<f64> {
        match profile {
            Profile::Smoke => &mut self.smoke,
            Profile::Quick => &mut self.quick,
            Profile::Paper => &mut self.paper,
        }
    }
}

fn rows() -> Vec<Row> {
    csv::Reader::from_reader(TABLE.as_bytes()).deserialize().filter_map(Result::ok).collect()
}

/// Mean seconds of a task of each claim at a profile or, where that was not measured, at the next smaller one.
pub(super) fn seconds(profile: Profile) -> BTreeMap<String, f64> {
    let known = |mut row: Row| {
        let mut smaller =
            [Profile::Paper, Profile::Quick, Profile::Smoke].into_iter().filter(|p| *p <= profile);
        let seconds = smaller.find_map(|profile| *row.at(profile))?;
        Some((row.claim, seconds))
    };
    rows().into_iter().filter_map(known).collect()
}

/// The table with the means of a run in the place of those of its profile, for claims in this order.
///
/// # Errors
/// When a row cannot be written as CSV.
pub fn table(
    profile: Profile,
    claims: impl Iterator<Item = &'static str>,
    measured: &BTreeMap<&str, f64>,
) -> Result<Vec<u8>, csv::Error> {
    let mut rows: BTreeMap<String, Row> = rows().into_iter().map(|row| (row.claim.clone(), row)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for id in claims {
        let blank = Row { claim: id.to_owned(), smoke: None, quick: None, paper: None };
        let mut row = rows.remove(id).unwrap_or(blank);
        if let Some(seconds) = measured.get(id) {
            // Three digits are more than another machine will confirm.
            *row.at(profile) = format!("{seconds:.2e}").parse().ok();
        }
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_back_and_takes_a_run() {
        let known = seconds(Profile::Quick);
        assert!(known.values().all(|seconds| *seconds > 0.0 && seconds.is_finite()));
        let ids = || ["kl-inverse", "a-new-one"].into_iter();
        let written = table(Profile::Paper, ids(), &BTreeMap::from([("a-new-one", 12.3456)])).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(text.starts_with("claim,smoke,quick,paper\nkl-inverse,"), "{text}");
        assert!(text.ends_with("\na-new-one,,,12.3\n"), "{text}");
    }
}
