//! The committed summary of the CDNOW orders is what the command makes of them.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_committed_summary_is_remade_byte_for_byte() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let scratch = tempfile::tempdir().unwrap();
    let remade = scratch.path().join("cdnow-rfm.csv");
    let run = Command::new(env!("CARGO_BIN_EXE_clv"))
        .arg("summary")
        .arg(data.join("cdnow-orders.csv"))
        .args(["--observe-until", "1997-09-30", "-o"])
        .arg(&remade)
        .output()
        .unwrap();

    assert!(run.status.success());
    assert_eq!(
        String::from_utf8(run.stderr).unwrap(),
        "orders read: 6919, left out after the end: 1959, customers: 2357, \
         repeat customers: 946, observed: 1997-01-01..1997-09-30, \
         orders equal to another: 9\n"
    );
    let committed = fs::read(data.join("cdnow-rfm.csv")).unwrap();
    assert!(fs::read(&remade).unwrap() == committed);
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1);
}
