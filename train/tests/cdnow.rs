//! The committed summary of the CDNOW orders is what the command makes of them.

mod common;

use std::fs;

use common::{cdnow, clv_of, root, text};

#[test]
fn the_committed_summary_is_remade_byte_for_byte() {
    let scratch = tempfile::tempdir().unwrap();
    let remade = scratch.path().join("cdnow-rfm.csv");
    let until = ["--observe-until", "1997-09-30", "-o", remade.to_str().unwrap()];
    let run = clv_of("summary", &cdnow(), &until);
    assert!(run.status.success());
    assert_eq!(
        text(&run.stderr),
        "orders read: 6919, left out after the end: 1959, customers: 2357, \
         repeat customers: 946, observed: 1997-01-01..1997-09-30, \
         orders equal to another: 9\n"
    );
    let committed = fs::read(root().join("data/cdnow-rfm.csv")).unwrap();
    assert!(fs::read(&remade).unwrap() == committed);
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1);
}
