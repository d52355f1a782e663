//! A clear error, the right exit code, nothing lost.

use std::fs;

use super::{FEW_TASKS, finish, program, results, smoke};

#[test]
fn wrong_words_are_usage_errors_that_help() {
    for (arguments, hint) in [
        (&["run", "--only", "fgsm-liner"][..], "did you mean \"fgsm-linear\"?"),
        (&["run", "--only", "zzz"], "saddlepoint list"),
        (&["run", "--tag", "no-such-tag"], "the tags are"),
        (&["run", "--backend", "tpu"], "flex, ndarray or wgpu"),
        (&["run", "--profile", "huge"], "smoke"),
        (&["run", "--seed", "-1"], "--seed"),
        (&["run", "--seed", "many"], "many"),
        (&["run", "--jobs", "0"], "--jobs"),
        (&["statsu"], "status"),
        (&[], "Usage"),
    ] {
        let (code, _, errors) = finish(program(arguments));
        assert_eq!(code, 2, "{arguments:?}: {errors}");
        assert!(errors.contains(hint), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_backend_that_this_machine_cannot_run_is_a_usage_error_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = smoke(folder.path(), &["--only", FEW_TASKS, "--backend", "wgpu"]);
    // Where wgpu is compiled in, hide every driver from it.
    command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
    command.env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent").env("LIBGL_DRIVERS_PATH", "/nonexistent");
    let (code, _, errors) = finish(command);
    assert_eq!(code, 2, "{errors}");
    let advice = if cfg!(feature = "wgpu") { "mesa-vulkan-drivers" } else { "--features wgpu" };
    assert!(errors.contains(advice), "{errors}");
}

#[test]
fn a_damaged_record_is_set_aside_named_and_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    assert_eq!(finish(smoke(out, &["--only", FEW_TASKS])).0, 0);
    let whole = results(out);
    let records = out.join("smoke/records").join(FEW_TASKS);
    let record = fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&record).unwrap();
    for damage in [&bytes[..bytes.len() / 2], b"not json at all", b""] {
        fs::write(&record, damage).unwrap();
        let (code, text, errors) = finish(smoke(out, &["--only", FEW_TASKS]));
        assert_eq!(code, 0, "{errors}");
        assert!(errors.contains(".json.damaged") && text.contains("(1 tasks run)"), "{errors}{text}");
        assert_eq!(fs::read(record.with_extension("json.damaged")).unwrap(), damage);
        assert_eq!(results(out), whole);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("occupied");
    fs::write(&occupied, "a file").unwrap();
    for out in [occupied.as_path(), std::path::Path::new("/proc/nowhere")] {
        let (code, _, errors) = finish(smoke(out, &["--only", FEW_TASKS]));
        assert_eq!(code, 3, "{errors}");
        assert!(errors.contains(out.to_str().unwrap()), "{errors}");
    }
    let (code, _, errors) = finish(program(&["report", "/nowhere/at/all"]));
    assert!(code == 3 && errors.contains("/nowhere/at/all"), "{errors}");
}
