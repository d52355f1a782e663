//! The files that every report carries, and how a file is written.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::ReportError;

/// What lies in `assets/` of each report. Where third-party files come from is told in their folder's README.
const FILES: [(&str, &[u8]); 6] = [
    ("style.css", include_bytes!("../../assets/style.css")),
    ("report.js", include_bytes!("../../assets/report.js")),
    ("plots.js", include_bytes!("../../assets/plots.js")),
    ("plotly.js", include_bytes!("../../assets/plotly.js")),
    ("plotly.css", include_bytes!("../../assets/plotly.css")),
    ("stix-two-math.css", include_bytes!("../../assets/stix-two-math.css")),
];

/// Licences of the third-party files.
const LICENCES: [(&str, &[u8]); 2] = [
    ("plotly.LICENSE", include_bytes!("../../assets/plotly.LICENSE")),
    ("stix-two-math.LICENSE", include_bytes!("../../assets/stix-two-math.LICENSE")),
];

/// Writes the files that every report carries.
pub(super) fn write(folder: &Path) -> Result<(), ReportError> {
    let assets = folder.join("assets");
    FILES.iter().chain(&LICENCES).try_for_each(|(name, content)| replace(&assets.join(name), content))
}

/// Writes a file beside its place and renames it: whoever reads it sees the old content or the new, never half.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    let attempt = || -> io::Result<()> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".report-").tempfile_in(folder)?;
        file.write_all(content)?;
        readable_by_all(file.as_file())?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

/// Temporary files are private to their owner, but a report is there to be published.
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/page.html");
        replace(&path, b"first, and longer").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = replace(&file.join("page.html"), b"").unwrap_err();
        assert!(error.to_string().contains("page.html"), "{error}");
    }
}
