//! One reader of bytes that come from elsewhere: that of the program's name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saddlepoint_tests::fuzzing::TARGETS;

fuzz_target!(|bytes: &[u8]| {
    for (name, target) in TARGETS {
        if name == env!("CARGO_BIN_NAME") {
            target(bytes);
        }
    }
});
